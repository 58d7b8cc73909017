//! `dostack up`: the account as the stack file says.

pub mod saved;

use std::collections::BTreeSet;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Up,
        commands::{asked, change},
        project::Project,
        stack,
    },
    config::{Component, Stack},
    values::SecretName,
};

/// Makes it so.
pub async fn run(context: &Context, args: &Up) -> Result<Exit, Failure> {
    let mut asked = asked::stand(&args.scope)?;
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load(context, &project)?;
    if args.no_provision {
        secrets(context, &hooks(&loaded.stack))?;
    } else {
        let way = "or pass `--no-provision` to bring up the machines alone";
        secrets(context, &loaded.stack.secrets).map_err(|failure| failure.hint(way))?;
    }
    let saved = args.plan.as_deref().map(saved::read).transpose()?;
    asked.replace.extend(saved.iter().flat_map(saved::replaced));
    let software = if args.no_provision || context.global.sandbox {
        change::Software::Leave
    } else {
        change::Software::Converge
    };
    let parallelism = args.parallelism;
    let request = change::Request { command: "up", asked, parallelism, saved, software };
    let exit = Box::pin(change::run(context, &project, &loaded.stack, request)).await?;
    if !args.no_provision && context.global.sandbox && !context.global.json {
        context.output.words(SKIPPED);
    }
    Ok(exit)
}

/// What is left out, so that nobody takes a machine that is on for one that serves.
const SKIPPED: &str =
    "note: software steps are skipped: no machine stands behind a droplet of the sandbox\n";

/// The secrets that alert policies are sent with, whatever else is left out.
fn hooks(stack: &Stack) -> BTreeSet<SecretName> {
    let alerts = stack.components.values().flat_map(Component::alerts);
    alerts.flat_map(|alert| alert.slack.values().cloned()).collect()
}

/// The secrets that are sent somewhere have to have values.
///
/// In the sandbox no machine stands behind a droplet, so a missing one is worth a note only.
fn secrets(context: &Context, needed: &BTreeSet<SecretName>) -> Result<(), Failure> {
    let is_set =
        |name: &str| context.settings.variables.get(name).is_some_and(|value| !value.is_empty());
    let missing: Vec<&str> =
        needed.iter().map(SecretName::as_str).filter(|name| !is_set(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join("`, `");
    if context.global.sandbox {
        let text = format!("note: `{names}` not set; the sandbox needs no secrets\n");
        context.output.words(&text);
        return Ok(());
    }
    Err(Failure::new(Exit::Input, format!("no value for the secrets `{names}`; nothing was sent"))
        .hint("set them in the environment"))
}
