//! Real programs that some tests need.

use std::{
    io::{self, Write as _},
    process::Command,
};

/// A program of the machine, or none and a line that says the test is skipped.
///
/// With `DOSTACK_TOOLS_REQUIRED` set, as in CI, its absence fails the test.
#[expect(clippy::disallowed_methods, reason = "whether CI runs is not the program's to know")]
pub fn tool(name: &str) -> Option<Command> {
    let there = Command::new(name).arg("--version").output().is_ok();
    if there {
        return Some(Command::new(name));
    }
    let required = std::env::var_os("DOSTACK_TOOLS_REQUIRED").is_some();
    assert!(!required, "`{name}` is not installed");
    let _ = writeln!(io::stderr(), "skipped: `{name}` is not installed");
    None
}
