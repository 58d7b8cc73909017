//! `dostack preview`: the difference.

use std::collections::BTreeMap;

use crate::{
    cli::{
        Context, Exit, Failure,
        args::Preview,
        commands::{asked, refusal, up::saved},
        connect::{self, Connection},
        project::Project,
        secrets, stack,
        view::{self, json, markdown},
    },
    config::Stack,
    engine::{Deep, Doors, Look, Site, deep, identity, look, software_pending},
    plan::Plan,
    provision::Pending,
};

/// Shows what `up` would change.
pub async fn run(context: &Context, args: &Preview) -> Result<Exit, Failure> {
    let mut asked = asked::stand(&args.scope)?;
    let project = Project::find(context.global.stack.as_deref())?;
    let loaded = stack::load(context, &project)?;
    asked.hooks = secrets::digests_at_hand(context, &project, &loaded.stack);
    let connection = Connection::open(context, &project).await?;
    let looked = look(&connection.site, &loaded.stack, &asked).await;
    let account = match &args.out {
        Some(_) => identity(&connection.site).await.map_err(|error| refusal::engine(&error)),
        None => Ok(None),
    };
    let shown = match &looked {
        Ok(look) => {
            let kept = match &args.out {
                Some(file) => {
                    let made = (&look.plan, &asked);
                    account.and_then(|it| saved::write(file, made, it.as_deref()))
                }
                None => Ok(()),
            };
            let site = &connection.site;
            let software = software((context, args), &project, (site, &loaded.stack), look);
            match kept {
                Ok(()) => {
                    software.await.and_then(|software| show(context, args, (&look.plan, &software)))
                }
                Err(failure) => Err(failure),
            }
        }
        Err(error) => Err(refusal::engine(error)),
    };
    connection.close_after(shown).await
}

/// What is known of the software: from tags, and with `--deep` from the machines themselves.
#[derive(Default)]
struct Software {
    pending: Vec<Pending>,
    deep: Option<Deep>,
}

async fn software(
    (context, args): (&Context, &Preview),
    project: &Project,
    (site, stack): (&Site, &Stack),
    look: &Look,
) -> Result<Software, Failure> {
    if args.no_provision || context.global.sandbox {
        return Ok(Software::default());
    }
    let asked = asked::stand(&args.scope)?;
    let pending = software_pending((site, stack), look, &asked);
    let pending = pending.map_err(|error| refusal::engine(&error))?;
    if !args.deep {
        return Ok(Software { pending, deep: None });
    }
    let secrets = secrets::of_software(context, project, stack)?;
    let doors = Doors { login: connect::login(context, project, stack) };
    let deep = deep((site, stack), look, (&asked, &secrets), &doors).await;
    let deep = deep.map_err(|error| refusal::engine(&error))?;
    Ok(Software { pending, deep: Some(deep) })
}

fn show(
    context: &Context,
    args: &Preview,
    (plan, software): (&Plan, &Software),
) -> Result<Exit, Failure> {
    let Software { pending, deep } = software;
    let text = if context.global.json {
        let mut document = json::preview(plan, pending);
        if let Some(deep) = deep {
            document["machines"] = view::software::deep_document(deep);
        }
        json::text(&document)
    } else if args.markdown {
        markdown::plan(plan) + &markdown::software(pending)
    } else {
        let deep = deep.as_ref().map(view::software::deep).unwrap_or_default();
        let software = view::software::pending(pending) + &deep;
        context.output.fitted(&view::plan::plan(plan, &software, context.output.width))
    };
    context.output.data(&text);
    if let Some(failure) = refusal::plan(plan) {
        return Err(failure);
    }
    let machines = || deep.iter().flat_map(BTreeMap::values);
    if let Some(error) = machines().find_map(|machine| machine.as_ref().err()) {
        let failure = Failure::new(Exit::NotServing, "not every machine could be asked");
        return Err(failure.hint(error.help()));
    }
    let differs = machines().flatten().any(|changes| !changes.is_empty());
    let is_empty = plan.is_empty() && pending.is_empty() && !differs;
    Ok(if args.detailed_exitcode && !is_empty { Exit::Pending } else { Exit::Done })
}
