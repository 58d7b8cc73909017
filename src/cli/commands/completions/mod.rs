//! `dostack completions`: for the shell.
//!
//! The scripts for bash, zsh and fish ask `dostack complete` at every tabulator, so that they know
//! stacks and addresses and are never older than the program; the others know commands and flags.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::{Context, Exit, args::Cli};

/// The scripts that ask.
const SCRIPTS: [(Shell, &str); 3] = [
    (Shell::Bash, include_str!("dostack.bash")),
    (Shell::Zsh, include_str!("dostack.zsh")),
    (Shell::Fish, include_str!("dostack.fish")),
];

/// Prints a completion script.
pub fn run(context: &Context, shell: Shell) -> Exit {
    if let Some((_, script)) = SCRIPTS.iter().find(|(known, _)| *known == shell) {
        context.output.data(script);
    } else {
        let mut script = Vec::new();
        generate(shell, &mut Cli::command(), "dostack", &mut script);
        context.output.data(&String::from_utf8_lossy(&script));
    }
    Exit::Done
}
