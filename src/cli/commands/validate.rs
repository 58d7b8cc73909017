//! `dostack validate`: everything that can be known offline.

use serde_json::json;

use crate::{
    cli::{Context, Exit, Failure, commands::refusal, project::Project, stack, view::json},
    components::expand,
    engine::EngineError,
    resources::Kind,
};

/// Checks a stack file and everything it expands to.
pub fn run(context: &Context) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load(context, &project)?;
    let wanted = expand(&loaded.stack, &project.templates()?)
        .map_err(|errors| refusal::engine(&EngineError::Stack(errors)))?;
    // An attachment is not a thing to a person.
    let things = wanted.iter().filter(|(_, node)| node.value.kind() != Kind::Attachment).count();
    let text = if context.global.json {
        let content = json!({ "stack": loaded.stack.name, "resources": things });
        json::text(&json::document("validation", &content))
    } else {
        let file = project.file.display();
        format!("{file} is valid: stack `{}`, {things} things\n", loaded.stack.name)
    };
    context.output.data(&text);
    Ok(Exit::Done)
}
