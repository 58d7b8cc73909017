//! `dostack snapshot list`: what there is, why, and for how much.

use std::collections::BTreeSet;

use crate::{
    cli::{
        Exit, Failure,
        commands::snapshot::{
            args::Volumes,
            errand::{Errand, unbegun},
        },
        view::{copies, json},
    },
    operate::snapshots::{Watched, chosen, survey},
};

/// Lists the snapshots of the volumes that are meant.
pub async fn run(errand: &Errand<'_>, args: &Volumes) -> Result<Exit, Failure> {
    let all = volumes(errand, args).await?;
    let (now, output) = ((errand.site.clock)(), errand.context.output);
    let marked = (all.as_slice(), &errand.stack.mark());
    output.data(&if errand.context.global.json {
        json::text(&json::document("volumes", &copies::documents(marked, now)))
    } else {
        copies::text(marked, now)
    });
    Ok(Exit::Done)
}

/// The volumes that are meant.
pub async fn volumes(errand: &Errand<'_>, args: &Volumes) -> Result<Vec<Watched>, Failure> {
    let names: BTreeSet<String> = args.names.iter().cloned().collect();
    let read = survey(&errand.site.client, errand.stack).await.map_err(Into::into);
    read.and_then(|all| chosen(all, &names)).map_err(|error| unbegun(&error))
}
