//! What there is to do tonight.

use jiff::{SignedDuration, Timestamp};

use crate::{
    calendar::{Copy, Schedule, Slot},
    config::Snapshots,
};

/// What there is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Night {
    /// The slot to take a copy for now.
    pub due: Option<Slot>,
    /// The nights since the newest copy that have none and get none: too late to be caught up with.
    pub missed: Vec<Slot>,
    /// The next slot.
    pub next: Option<Slot>,
}

/// What there is to do, as far as copies tell.
///
/// Only the newest slot is caught up with: several copies of one moment are worth no more than one.
/// By a clock that is behind DigitalOcean's nothing is due: the night it thinks of may be long over.
pub fn night(policy: &Snapshots, copies: &[Copy], now: Timestamp) -> Night {
    let schedule = Schedule::of(policy);
    let (latest, next) = (schedule.latest(now), schedule.next(now));
    let is_taken = |slot: &Slot| copies.iter().any(|copy| copy.slot == Some(*slot));
    let patience = SignedDuration::try_from(policy.catch_up).unwrap_or(SignedDuration::MAX);
    let in_time = |slot: &Slot| now.duration_since(slot.moment()) <= patience;
    let is_behind = copies.iter().any(|copy| copy.is_ahead_of(now));
    let due = latest.filter(|slot| !is_behind && !is_taken(slot) && in_time(slot));
    let newest =
        copies.iter().filter_map(|copy| copy.slot).filter(|slot| slot.moment() <= now).max();
    let since = newest.map(|newest| schedule.between(newest.moment(), now)).unwrap_or_default();
    let missed = since.into_iter().filter(|slot| Some(*slot) != due).collect();
    Night { due, missed, next }
}
