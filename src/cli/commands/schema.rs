//! `dostack schema`: for editors.

use crate::{
    cli::{Context, Exit, Failure, view::json},
    config,
};

/// Prints the JSON Schema of stack files.
pub fn run(context: &Context) -> Result<Exit, Failure> {
    context.output.data(&json::text(&config::schema()));
    Ok(Exit::Done)
}
