//! `dostack snapshot`: copies of volumes.

pub mod args;
mod drill;
mod errand;
mod hold;
mod list;
mod prune;
mod restore;
mod run;

use crate::cli::{Context, Exit, Failure};

use self::{args::Snapshot, errand::Errand};

/// Does what was typed.
pub async fn run(context: &Context, command: &Snapshot) -> Result<Exit, Failure> {
    match command {
        Snapshot::Run(args) => {
            Errand::run(context, async |errand| run::run(errand, args).await).await
        }
        Snapshot::List(args) => {
            Errand::run(context, async |errand| list::run(errand, args).await).await
        }
        Snapshot::Prune(args) => {
            Errand::run(context, async |errand| prune::run(errand, args).await).await
        }
        Snapshot::Restore(args) => {
            Errand::run(context, async |errand| restore::run(errand, args).await).await
        }
        Snapshot::Drill(args) => drill::run(context, args).await,
        Snapshot::Hold(args) => {
            Errand::run(context, async |errand| hold::run(errand, args).await).await
        }
    }
}
