//! The `dostack` program.

fn main() {}
