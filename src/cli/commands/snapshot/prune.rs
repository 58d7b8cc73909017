//! `dostack snapshot prune`: the end of what no rule wants.

use crate::{
    calendar::{Pruning, pruning},
    cli::{
        Exit, Failure,
        commands::{
            change::{confirm, refuse_if_nobody_can_answer},
            refusal,
            snapshot::{args::Volumes, errand::Errand, list},
        },
        view::{copies, json},
    },
    operate::snapshots::{PruneError, Pruned, Watched, prune_all},
    values::in_full,
};

/// Shows what would go, asks, deletes it.
pub async fn run(errand: &Errand<'_>, args: &Volumes) -> Result<Exit, Failure> {
    refuse_if_nobody_can_answer(errand.context)?;
    let (context, now) = (errand.context, (errand.site.clock)());
    let mut all = list::volumes(errand, args).await?;
    all.retain(|watched| watched.policy.is_some());
    let decided: Vec<(&Watched, Pruning)> = all
        .iter()
        .filter_map(|it| Some((it, pruning(it.policy.as_ref()?, &it.copies, now))))
        .collect();
    let waits = copies::waits(&decided);
    let goes = decided.iter().map(|(it, pruning)| pruning.goes(&it.copies).count()).sum::<usize>();
    if goes > 0 {
        context.output.words(&copies::going(&decided));
        confirm(context, "Delete this?").await?;
        let pruned = prune_all((errand.site, errand.stack), &all, now).await;
        report(errand, &pruned)?;
    } else if !context.global.json {
        context.output.words("no snapshot to delete\n");
    } else {
        report(errand, &[])?;
    }
    match waits {
        Some(text) => Err(Failure::new(Exit::Unsafe, text)
            .hint("`dostack snapshot run` takes it; nothing is deleted before")),
        None => Ok(Exit::Done),
    }
}

fn report(errand: &Errand<'_>, pruned: &[Pruned]) -> Result<(), Failure> {
    let gone: Vec<_> = pruned.iter().flat_map(|pruned| &pruned.gone).collect();
    let text = if errand.context.global.json {
        let names: Vec<&str> = gone.iter().map(|copy| copy.name.as_str()).collect();
        json::text(&json::document("pruned", &names))
    } else {
        copies::gone(&gone)
    };
    errand.context.output.data(&text);
    let Some(error) = pruned.iter().find_map(|pruned| pruned.error.as_ref()) else {
        return Ok(());
    };
    let exit = match error {
        PruneError::Api(source) => refusal::api_exit(source),
        PruneError::Journal(source) => refusal::journal(source).exit,
    };
    let exit = if gone.is_empty() { exit } else { Exit::Partly };
    Err(Failure::new(exit, in_full(error)).hint("run the same command again"))
}
