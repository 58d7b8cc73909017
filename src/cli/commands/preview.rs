//! `dostack preview`: the difference.

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Preview,
        commands::{asked, refusal, up::saved},
        connect::Connection,
        project::Project,
        stack,
        view::{self, json, markdown},
    },
    engine::{identity, look, software_pending},
    plan::Plan,
    provision::Pending,
};

/// Shows what `up` would change.
pub async fn run(context: &Context, args: &Preview) -> Result<Exit, Failure> {
    let asked = asked::stand(&args.scope)?;
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load(context, &project)?;
    let connection = Connection::open(context, &project).await?;
    let looked = look(&connection.site, &loaded.stack, &asked).await;
    let account = match &args.out {
        Some(_) => identity(&connection.site).await.map_err(|error| refusal::engine(&error)),
        None => Ok(None),
    };
    let look = looked.as_ref().map_err(refusal::engine);
    let shown = look.and_then(|look| {
        if let Some(file) = &args.out {
            saved::write(file, &look.plan, account?.as_deref())?;
        }
        let pending = if args.no_provision || context.global.sandbox {
            Vec::new()
        } else {
            let pending = software_pending((&connection.site, &loaded.stack), look, &asked);
            pending.map_err(|error| refusal::engine(&error))?
        };
        show(context, args, (&look.plan, &pending))
    });
    connection.close_after(shown).await
}

fn show(
    context: &Context,
    args: &Preview,
    (plan, pending): (&Plan, &[Pending]),
) -> Result<Exit, Failure> {
    let text = if context.global.json {
        json::text(&json::preview(plan, pending))
    } else if args.markdown {
        markdown::plan(plan) + &markdown::software(pending)
    } else {
        let software = view::software::pending(pending);
        context.output.fitted(&(view::plan::plan(plan, context.output.width) + &software))
    };
    context.output.data(&text);
    match refusal::plan(plan) {
        Some(failure) => Err(failure),
        None if args.detailed_exitcode && !(plan.is_empty() && pending.is_empty()) => {
            Ok(Exit::Pending)
        }
        None => Ok(Exit::Done),
    }
}
