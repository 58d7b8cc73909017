//! `dostack up`: the account as the stack file says.

pub mod meeting;
pub mod saved;
mod schedule;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Up,
        commands::{asked, change},
        project::Project,
        secrets, stack,
    },
    config::Stack,
    secrets::Store,
};

/// Makes it so.
pub async fn run(context: &Context, args: &Up) -> Result<Exit, Failure> {
    let mut asked = asked::stand(&args.scope)?;
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load(context, &project)?;
    let values = secrets(context, args, &project, &loaded.stack)?;
    let saved = args.plan.as_deref().map(saved::read).transpose()?;
    asked.replace.extend(saved.iter().flat_map(saved::replaced));
    asked.hooks = secrets::digests(&loaded.stack, &values);
    if let Some(saved) = &saved {
        asked.hooks.retain(|name, _| saved::knew(saved, name));
    }
    let software = if args.no_provision || context.global.sandbox {
        change::Software::Leave
    } else {
        change::Software::Converge
    };
    let parallelism = args.parallelism;
    let (command, resize) = ("up".to_owned(), None);
    let request =
        change::Request { command, asked, resize, parallelism, saved, secrets: values, software };
    let exit = Box::pin(change::run(context, &project, &loaded.stack, request)).await?;
    if !args.no_provision && context.global.sandbox && !context.global.json {
        context.output.words(SKIPPED);
    }
    if let Some(whom) = args.schedule {
        schedule::run(context, &project, &loaded.stack, whom).await?;
    }
    Ok(exit)
}

/// What is left out, so that nobody takes a machine that is on for one that serves.
const SKIPPED: &str =
    "note: software steps are skipped: no machine stands behind a droplet of the sandbox\n";

/// The values of all secrets that are sent somewhere; known before anything is.
fn secrets(
    context: &Context,
    args: &Up,
    project: &Project,
    stack: &Stack,
) -> Result<Store, Failure> {
    let needs = if args.no_provision {
        secrets::hooks(stack)
    } else {
        secrets::needs(stack, &project.templates()?)?
    };
    let values = secrets::values(context, project, stack, &needs.into_keys().collect());
    let way = "or pass `--no-provision` to bring up the machines alone";
    values.map_err(|failure| if args.no_provision { failure } else { failure.hint(way) })
}
