//! `dostack completions`: for the shell.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::{Context, Exit, args::Cli};

/// Prints a completion script.
pub fn run(context: &Context, shell: Shell) -> Exit {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "dostack", &mut script);
    context.output.data(&String::from_utf8_lossy(&script));
    Exit::Done
}
