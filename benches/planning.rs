//! Benchmarks of the pure part.

fn main() {}
