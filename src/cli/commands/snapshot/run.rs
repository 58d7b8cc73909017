//! `dostack snapshot run`: tonight's copies.

use std::collections::BTreeSet;

use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        Exit, Failure,
        commands::{
            refusal,
            snapshot::{
                args::Run,
                errand::{Errand, IN_THE_BOX, exit_of, unbegun},
            },
        },
        view::{json, night},
    },
    operate::snapshots::{
        Account, Night, Nowhere, Order, PruneError, Prunes, SnapshotError, nightly,
    },
};

/// Takes what is due; every volume has its own end.
pub async fn run(errand: &Errand<'_>, args: &Run) -> Result<Exit, Failure> {
    let now = (errand.site.clock)();
    let nights = nights(errand, args).await.map_err(|error| unbegun(&error))?;
    let output = errand.context.output;
    output.data(&if errand.context.global.json {
        json::text(&json::document("nights", &night::documents(&nights)))
    } else {
        output.fitted(&night::text(&nights, now))
    });
    match worst(&nights) {
        None => Ok(Exit::Done),
        Some((exit, help)) => {
            Err(Failure::new(exit, "not every volume has tonight's copy").hint(help))
        }
    }
}

async fn nights(errand: &Errand<'_>, args: &Run) -> Result<Vec<Night>, SnapshotError> {
    let (site, stack) = (errand.site, errand.stack);
    let names: BTreeSet<String> = args.names.iter().cloned().collect();
    let prunes = if args.prune { Prunes::Yes } else { Prunes::No };
    let (now, command) = ((site.clock)(), "snapshot run");
    // The whole command ends at a signal.
    let stop = &CancellationToken::new();
    if errand.context.global.sandbox {
        let order = Order { names: &names, prunes, way: &Nowhere(IN_THE_BOX), command, stop };
        return nightly((site, stack), now, &order).await;
    }
    let way = Account { site, stack, login: errand.login.clone() };
    let order = Order { names: &names, prunes, way: &way, command, stop };
    nightly((site, stack), now, &order).await
}

/// The exit code, and what to do next: a part that is done weighs more than why the rest is not.
fn worst(nights: &[Night]) -> Option<(Exit, &'static str)> {
    let ends = nights.iter().filter_map(|night| match (&night.took, &night.pruned) {
        (Err(error), _) => Some((exit_of(error), error.help())),
        (Ok(_), Some(pruned)) => pruned.error.as_ref().map(|error| {
            let exit = match error {
                PruneError::Api(source) => refusal::api_exit(source),
                PruneError::Journal(source) => refusal::journal(source).exit,
            };
            (exit, "the copies are taken; `dostack snapshot prune` deletes what is too many")
        }),
        (Ok(_), None) => None,
    });
    let ends: Vec<_> = ends.collect();
    let (exit, help) = *ends.first()?;
    Some((if ends.len() < nights.len() { Exit::Partly } else { exit }, help))
}
