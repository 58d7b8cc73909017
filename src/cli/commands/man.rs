//! `dostack man`: pages made from the same words as the help.

use std::path::Path;

use clap::CommandFactory;

use crate::cli::{Context, Exit, Failure, args::Cli};

/// Writes a page for the program and one for each command.
pub fn run(context: &Context, folder: &Path) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            Exit::Input,
            format!("cannot write man pages into `{}`: {error}", folder.display()),
        )
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(failed)?;
    context.output.words(&format!("wrote man pages into {}\n", folder.display()));
    Ok(Exit::Done)
}
