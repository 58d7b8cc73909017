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
    engine::{identity, look},
    plan::Plan,
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
    let plan = match &looked {
        Ok(look) => Ok(&look.plan),
        Err(error) => Err(refusal::engine(error)),
    };
    let shown = plan.and_then(|plan| {
        if let Some(file) = &args.out {
            saved::write(file, plan, account?.as_deref())?;
        }
        show(context, args, plan)
    });
    connection.close_after(shown).await
}

fn show(context: &Context, args: &Preview, plan: &Plan) -> Result<Exit, Failure> {
    let text = if context.global.json {
        json::text(&json::plan(plan))
    } else if args.markdown {
        markdown::plan(plan)
    } else {
        context.output.fitted(&view::plan::plan(plan, context.output.width))
    };
    context.output.data(&text);
    match refusal::plan(plan) {
        Some(failure) => Err(failure),
        None if args.detailed_exitcode && !plan.is_empty() => Ok(Exit::Pending),
        None => Ok(Exit::Done),
    }
}
