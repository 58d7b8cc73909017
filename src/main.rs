//! The `dostack` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    dostack::cli::run()
}
