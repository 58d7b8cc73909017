//! `dostack graph`: what needs what.

use crate::{
    cli::{
        Context, Exit, Failure,
        args::{Drawing, Graph},
        commands::refusal,
        project::Project,
        stack,
        view::graph,
    },
    components::expand,
    engine::EngineError,
};

/// Draws it.
pub fn run(context: &Context, args: &Graph) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load_quietly(context, &project)?;
    let wanted = expand(&loaded.stack, &project.templates()?)
        .map_err(|errors| refusal::engine(&EngineError::Stack(errors)))?;
    context.output.data(&match args.format {
        Drawing::Dot => graph::dot(&wanted),
        Drawing::Mermaid => graph::mermaid(&wanted),
    });
    Ok(Exit::Done)
}
