//! `dostack schema`: for editors.

use crate::{
    cli::{Context, Exit, view::json},
    config,
};

/// Prints the JSON Schema of stack files.
pub fn run(context: &Context) -> Exit {
    context.output.data(&json::text(&config::schema()));
    Exit::Done
}
