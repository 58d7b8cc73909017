//! `dostack history`: past runs, as the journal tells them.

use std::fmt::Write as _;

use crate::{
    cli::{Context, Exit, Failure, project::Project, stack, view::json},
    journal::{Run, history},
};

/// Shows them, oldest first.
pub fn run(context: &Context) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load_quietly(context, &project)?;
    let folder = project.state().join(loaded.stack.name.as_str());
    let runs = history(&folder).map_err(|error| Failure::caused(Exit::Journal, &error))?;
    let text = if context.global.json {
        json::text(&json::document("runs", &runs))
    } else {
        runs.iter().map(told).collect()
    };
    context.output.data(&text);
    Ok(Exit::Done)
}

fn told(run: &Run) -> String {
    let outcome = run.outcome.as_deref().unwrap_or("did not end by itself");
    let mut text = format!("{:.0}  {:<8} {}  {outcome}\n", run.started, run.command, run.holder);
    for (address, error) in &run.failed {
        let _ = writeln!(text, "    {address} failed: {error}");
    }
    text
}
