//! Programs that nobody here wrote, in a virtual environment of their own.
//!
//! `scripts/install-clients` makes it; `DOSTACK_CLIENTS` says where it is if not in `.tools/clients`.
//! Where there is none a test says so and passes, except under `DOSTACK_CLIENTS_REQUIRED`, where it
//! fails.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// Where it is written down what they do.
pub fn sessions() -> PathBuf {
    Path::new(PROJECT).join("tests/clients")
}

/// One of the programs, to be started with this environment only; none where they are not installed.
pub fn program(name: &str) -> Option<Command> {
    let program = place().join("bin").join(name);
    if !program.exists() {
        skip(&program);
        return None;
    }
    let mut command = Command::new(program);
    command.env_clear().env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONHASHSEED", "0");
    Some(command)
}

#[expect(clippy::disallowed_methods, reason = "tests are told by their environment")]
fn place() -> PathBuf {
    let own = || Path::new(PROJECT).join(".tools/clients");
    env::var_os("DOSTACK_CLIENTS").map_or_else(own, PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "tests are told by their environment")]
#[expect(clippy::print_stderr, reason = "a test that checks nothing says so")]
fn skip(program: &Path) {
    let missing = program.display();
    assert!(env::var_os("DOSTACK_CLIENTS_REQUIRED").is_none(), "{missing} is not installed");
    eprintln!("skipped: {missing} is not installed, scripts/install-clients does it");
}
