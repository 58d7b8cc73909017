//! Which copies of a volume go, and whether any may.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    calendar::{Copy, Rule, Schedule, Slot, Standing, retain},
    config::Snapshots,
};

/// What becomes of a volume's copies.
#[derive(Clone, Debug, PartialEq)]
pub struct Pruning {
    /// Each copy by its id, with what becomes of it once the volume is pruned.
    pub fates: BTreeMap<String, Fate>,
    /// Why the volume is not pruned now, whatever the fates say.
    pub wait: Option<Wait>,
}

/// What becomes of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays, by these rules.
    Stays(BTreeSet<Rule>),
    /// Somebody holds it.
    Held,
    /// It has no size, or not yet, so nobody knows what it is worth.
    Unfinished,
    /// It is of a time to come, and no rule can place it.
    Future,
    /// It is not the calendar's.
    Foreign,
    /// No rule wants it.
    Goes,
}

/// Why a volume is not pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// There is no good copy of the last night yet; what is old may be all there is.
    LastNight(Slot),
    /// No night has come yet.
    NoNight,
}

impl Pruning {
    /// The copies that go now.
    pub fn goes<'a>(&'a self, copies: &'a [Copy]) -> impl Iterator<Item = &'a Copy> {
        let goes = |copy: &&Copy| self.fates.get(&copy.id) == Some(&Fate::Goes);
        let may = self.wait.is_none();
        copies.iter().filter(move |_| may).filter(goes)
    }
}

/// What becomes of a volume's copies: nothing goes before the last night's copy is there and good.
pub fn pruning(policy: &Snapshots, copies: &[Copy], now: Timestamp) -> Pruning {
    let schedule = Schedule::of(policy);
    let standing = |copy: &Copy| copy.standing(now);
    let counted: BTreeSet<Slot> = copies
        .iter()
        .filter_map(|copy| match standing(copy) {
            Standing::Counts(slot) => Some(slot),
            Standing::Held(_)
            | Standing::Unfinished(_)
            | Standing::Future(_)
            | Standing::Foreign => None,
        })
        .collect();
    let kept = retain(policy.keep, &schedule, &counted);
    let fate = |copy: &Copy| match standing(copy) {
        Standing::Counts(slot) => kept.get(&slot).cloned().map_or(Fate::Goes, Fate::Stays),
        Standing::Held(_) => Fate::Held,
        Standing::Unfinished(_) => Fate::Unfinished,
        Standing::Future(_) => Fate::Future,
        Standing::Foreign => Fate::Foreign,
    };
    let fates = copies.iter().map(|copy| (copy.id.clone(), fate(copy))).collect();
    let is_good =
        |slot: &Slot| copies.iter().any(|copy| copy.slot == Some(*slot) && copy.is_good());
    let wait = match schedule.latest(now) {
        Some(slot) if is_good(&slot) => None,
        Some(slot) => Some(Wait::LastNight(slot)),
        None => Some(Wait::NoNight),
    };
    Pruning { fates, wait }
}
