//! Deletes what no rule wants, oldest first.

use jiff::Timestamp;
use thiserror::Error;

use crate::{
    calendar::{Copy, Wait, pruning},
    config::Stack,
    digitalocean::{ApiError, Client},
    engine::Site,
    journal::JournalError,
    operate::snapshots::{Watched, diary::Diary},
};

/// Whether what no rule wants is deleted too.
#[derive(Clone, std::marker::Copy, Debug, PartialEq, Eq)]
pub enum Prunes {
    /// It is: the token may.
    Yes,
    /// It stays for another run.
    No,
}

/// What was deleted of one volume.
#[derive(Debug, Default)]
pub struct Pruned {
    /// The copies that are gone.
    pub gone: Vec<Copy>,
    /// Why nothing was deleted although something could be.
    pub wait: Option<Wait>,
    /// Why not all of it is gone.
    pub error: Option<PruneError>,
}

/// Why something was not deleted.
#[derive(Debug, Error)]
pub enum PruneError {
    /// A call failed.
    #[error("cannot delete the snapshot")]
    Api(#[from] ApiError),
    /// The journal cannot be written, so nothing was sent.
    #[error("the journal cannot be used; nothing was sent")]
    Journal(#[from] JournalError),
}

/// Deletes what goes of a volume. Everything that is to go is written down first.
pub async fn prune(
    client: &Client,
    diary: &mut Diary<'_>,
    watched: &Watched,
    now: Timestamp,
) -> Pruned {
    let mut pruned = Pruned::default();
    let Some(policy) = &watched.policy else { return pruned };
    let decided = pruning(policy, &watched.copies, now);
    pruned.wait = decided.wait;
    let mut goes: Vec<&Copy> = decided.goes(&watched.copies).collect();
    goes.sort_by_key(|copy| copy.slot);
    pruned.error = delete(client, diary, (watched, &goes), &mut pruned.gone).await.err();
    pruned
}

/// Deletes what goes of several volumes, one after the other.
pub async fn prune_all(
    (site, stack): (&Site, &Stack),
    all: &[Watched],
    now: Timestamp,
) -> Vec<Pruned> {
    let mut diary = Diary::new(site, &stack.name, "snapshot prune");
    let mut done = Vec::new();
    for watched in all {
        done.push(prune(&site.client, &mut diary, watched, now).await);
    }
    let gone: usize = done.iter().map(|pruned| pruned.gone.len()).sum();
    diary.end(format!("{gone} pruned")).await;
    done
}

async fn delete(
    client: &Client,
    diary: &mut Diary<'_>,
    (watched, goes): (&Watched, &[&Copy]),
    gone: &mut Vec<Copy>,
) -> Result<(), PruneError> {
    for copy in goes {
        diary.intend(&watched.address, &copy.name, "delete").await?;
    }
    for copy in goes {
        client.delete_volume_snapshot(&copy.id).await?;
        diary.done(&watched.address).await?;
        gone.push((*copy).clone());
    }
    Ok(())
}
