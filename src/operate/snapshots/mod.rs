//! Copies of volumes: taken, listed, held, pruned, put back and tried.
//!
//! ```text
//! account -> survey -> Watched… -> calendar::night   -> take
//!                               -> calendar::pruning -> prune
//! ```
//!
//! Taking, holding and pruning need no lock: a copy's name is its night, DigitalOcean refuses a second
//! snapshot of one name, and what is deleted is gone for whoever comes second. So the token of the
//! nightly job may do as little as reading volumes and taking snapshots.

mod diary;
mod drill;
mod error;
mod hold;
mod nightly;
mod place;
mod prune;
mod quiesce;
mod restore;
mod schedule;
mod survey;
mod take;
mod volume;
mod way;

pub use self::{
    drill::{Drill, DrillError, Drilled, Found, Reach, Stage, Verdict},
    error::{RestoreError, SnapshotError, TakeError},
    hold::{Hold, called, hold},
    nightly::{Night, Order, Took, nightly},
    prune::{PruneError, Pruned, Prunes, prune_all},
    quiesce::Calm,
    restore::{Restore, Swapped},
    schedule::schedule,
    survey::{Watched, chosen, survey},
    way::{Account, Nowhere, Way},
};

#[cfg(test)]
mod tests;
