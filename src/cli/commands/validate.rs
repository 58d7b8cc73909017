//! `dostack validate`: everything that can be known offline.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{
    cli::{
        Context, Exit, Failure,
        commands::refusal,
        project::Project,
        secrets::{self, Needs},
        stack,
        view::json,
    },
    components::expand,
    config::Stack,
    engine::EngineError,
    resources::Kind,
    values::SecretName,
};

/// Checks a stack file and everything it expands to.
pub fn run(context: &Context) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load(context, &project)?;
    let wanted = expand(&loaded.stack, &project.templates()?)
        .map_err(|errors| refusal::engine(&EngineError::Stack(errors)))?;
    // An attachment is not a thing to a person.
    let things = wanted.iter().filter(|(_, node)| node.value.kind() != Kind::Attachment).count();
    let missing = missing(context, &project, &loaded.stack)?;
    let text = if context.global.json {
        let content = json!({
            "stack": loaded.stack.name,
            "resources": things,
            "missing_secrets": missing.keys().collect::<Vec<_>>(),
        });
        json::text(&json::document("validation", &content))
    } else {
        let file = project.file.display();
        format!("{file} is valid: stack `{}`, {things} things\n", loaded.stack.name)
    };
    context.output.data(&text);
    if !context.global.json {
        context.output.words(&context.output.fitted(&notes(&missing)));
    }
    Ok(Exit::Done)
}

/// What somebody needs and nobody has given yet; a file is valid without its secrets.
fn missing(context: &Context, project: &Project, stack: &Stack) -> Result<Needs, Failure> {
    let mut needs = secrets::needs(stack, &project.templates()?)?;
    let names = needs.keys().cloned().collect();
    let origins = secrets::sources(context, project, stack).origins(&names);
    let origins = origins.map_err(|error| secrets::failure(&error))?;
    needs.retain(|name, _| origins.get(name).is_none_or(Option::is_none));
    Ok(needs)
}

fn notes(missing: &Needs) -> String {
    let note = |(name, by): (&SecretName, &BTreeSet<String>)| {
        let by: Vec<&str> = by.iter().map(String::as_str).collect();
        format!("note: `{name}` has no value yet; needed by {}\n", by.join(", "))
    };
    missing.iter().map(note).collect()
}
