//! A night: what is due is taken, and what no rule wants any more goes.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    calendar::{Copy, Slot, night},
    config::Stack,
    engine::Site,
    operate::snapshots::{
        Calm, Pruned, Prunes, SnapshotError, TakeError, Watched, Way, chosen, diary::Diary,
        prune::prune, quiesce::calmly, survey, take::Taking,
    },
};

/// What is asked of a night.
pub struct Order<'a, W> {
    /// The volumes that are meant; all that have a policy where none is named.
    pub names: &'a BTreeSet<String>,
    /// Whether what no rule wants is deleted.
    pub prunes: Prunes,
    /// The way to the machines, for copies that want them still.
    pub way: &'a W,
    /// The command, for the journal.
    pub command: &'a str,
    /// Cancelled when no further copy is to be begun.
    pub stop: &'a CancellationToken,
}

/// What a night came to for one volume.
#[derive(Debug)]
pub struct Night {
    /// The volume, with its copies as they are afterwards.
    pub watched: Watched,
    /// What became of the copy that was due.
    pub took: Result<Took, TakeError>,
    /// The nights since the newest copy that have none and get none. The same ones are told until
    /// there is a newer copy: who counts them remembers them.
    pub missed: Vec<Slot>,
    /// When the next copy is due.
    pub next: Option<Slot>,
    /// What was deleted; none where nobody asked for it.
    pub pruned: Option<Pruned>,
}

/// What became of the copy that was due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Took {
    /// It was taken, and is good.
    Copy {
        /// Its name.
        name: String,
        /// How still the data was.
        calm: Calm,
    },
    /// None was due.
    Nothing,
}

impl Night {
    /// The night of the newest good copy.
    pub fn last_good(&self, now: Timestamp) -> Option<Slot> {
        self.watched.last_good(now)?.slot
    }
}

/// Takes what is due of a stack's volumes, one after the other; each may fail for itself.
///
/// Volumes without a policy are left out. `serve` calls this from its timer, `snapshot run` once.
pub async fn nightly<W: Way>(
    (site, stack): (&Site, &Stack),
    now: Timestamp,
    order: &Order<'_, W>,
) -> Result<Vec<Night>, SnapshotError> {
    let read = order.stop.run_until_cancelled(survey(&site.client, stack)).await;
    let all = chosen(read.ok_or(SnapshotError::Stopped)??, order.names)?;
    let mut diary = Diary::new(site, &stack.name, order.command);
    let mut nights = Vec::new();
    for watched in all.into_iter().filter(|watched| watched.policy.is_some()) {
        if order.stop.is_cancelled() {
            break;
        }
        nights.push(of_one((site, stack), (now, order), &mut diary, watched).await);
    }
    diary.end(outcome(&nights)).await;
    Ok(nights)
}

async fn of_one<W: Way>(
    (site, stack): (&Site, &Stack),
    (now, order): (Timestamp, &Order<'_, W>),
    diary: &mut Diary<'_>,
    mut watched: Watched,
) -> Night {
    let decided = watched.policy.as_ref().map(|policy| night(policy, &watched.copies, now));
    let (due, missed, next) =
        decided.map_or_else(Default::default, |it| (it.due, it.missed, it.next));
    let took = match due {
        Some(slot) => {
            let taking = Taking::new(&site.client, stack, &watched, slot);
            match Box::pin(take(&taking, order.way, diary)).await {
                Ok((took, copies)) => {
                    watched.copies = copies;
                    Ok(took)
                }
                Err(error) => Err(error),
            }
        }
        None => Ok(Took::Nothing),
    };
    let pruned = match (order.prunes, &took) {
        (Prunes::Yes, Ok(_)) => Some(prune(&site.client, diary, &watched, now).await),
        (Prunes::Yes, Err(_)) | (Prunes::No, _) => None,
    };
    let gone = pruned.iter().flat_map(|pruned| &pruned.gone);
    let gone: BTreeSet<String> = gone.map(|copy| copy.id.clone()).collect();
    watched.copies.retain(|copy| !gone.contains(&copy.id));
    Night { watched, took, missed, next, pruned }
}

/// Takes a copy and makes sure that it is good.
async fn take<W: Way>(
    taking: &Taking<'_>,
    way: &W,
    diary: &mut Diary<'_>,
) -> Result<(Took, Vec<Copy>), TakeError> {
    taking.check()?;
    let calm = calmly(way, taking.watched, taking.make(diary)).await?;
    let copies = taking.until_good().await?;
    diary.done(&taking.watched.address).await?;
    let name = taking.slot.name(&taking.watched.volume.name);
    Ok((Took::Copy { name, calm }, copies))
}

/// A word or two for the history.
fn outcome(nights: &[Night]) -> String {
    let taken = nights.iter().filter(|night| matches!(night.took, Ok(Took::Copy { .. }))).count();
    let failed = nights.iter().filter(|night| night.took.is_err()).count();
    let pruned: usize = nights.iter().flat_map(|night| &night.pruned).map(|it| it.gone.len()).sum();
    format!("{taken} taken, {pruned} pruned, {failed} failed")
}
