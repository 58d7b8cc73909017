//! Which copies stay: restic's rules.
//!
//! As restic's `forget` has it (restic.readthedocs.io, "Removing snapshots according to a policy";
//! `internal/data/snapshot_policy.go`): the copies are gone through from the newest to the oldest,
//! and each rule keeps one whose period is another than that of the last one it kept, as long as its
//! count lasts. Periods without a copy use up nothing. The oldest copy is kept by a rule whose count
//! is not used up. A copy stays if one rule keeps it.
//!
//! As there, a copy's day, week and month are those of the wall clock it was taken by.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::{
    calendar::{Schedule, Slot},
    config::Keep,
};

/// How many copies stay whatever the policy says: one bad night must not leave none.
pub const LEAST: usize = 3;

/// How many copies a policy keeps at most.
pub fn most(keep: Keep) -> usize {
    let Keep { last, daily, weekly, monthly } = keep;
    let sum = [last, daily, weekly, monthly].into_iter().fold(0, u32::saturating_add);
    usize::try_from(sum).unwrap_or(usize::MAX).max(LEAST)
}

/// Why a copy stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// One of the newest.
    Last,
    /// The newest of its day.
    Daily,
    /// The newest of its week, which begins on a Monday.
    Weekly,
    /// The newest of its month.
    Monthly,
    /// The policy does not want it, and there would be too few.
    Least,
}

impl Rule {
    /// The word a person reads.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Least => "never fewer than 3",
        }
    }
}

/// A period that one copy stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    One(Slot),
    Day(Date),
    Week(i16, i8),
    Month(i16, i8),
}

/// The copies that stay, each with the rules that want it; what is not named may go.
pub fn retain(
    keep: Keep,
    schedule: &Schedule,
    slots: &BTreeSet<Slot>,
) -> BTreeMap<Slot, BTreeSet<Rule>> {
    let mut kept: BTreeMap<Slot, BTreeSet<Rule>> = BTreeMap::new();
    let counts = [
        (Rule::Last, keep.last),
        (Rule::Daily, keep.daily),
        (Rule::Weekly, keep.weekly),
        (Rule::Monthly, keep.monthly),
    ];
    for (rule, count) in counts {
        for slot in by_rule(rule, count, schedule, slots) {
            kept.entry(slot).or_default().insert(rule);
        }
    }
    let wanted = kept.len();
    let others = slots.iter().rev().filter(|slot| !kept.contains_key(slot));
    let others: Vec<Slot> = others.take(LEAST.saturating_sub(wanted)).copied().collect();
    kept.extend(others.into_iter().map(|slot| (slot, [Rule::Least].into())));
    kept
}

/// What one rule keeps.
fn by_rule(rule: Rule, count: u32, schedule: &Schedule, slots: &BTreeSet<Slot>) -> Vec<Slot> {
    let oldest = slots.first();
    let mut left = count;
    let mut last = None;
    let mut kept = Vec::new();
    for slot in slots.iter().rev() {
        let period = period(rule, schedule, *slot);
        if left > 0 && (last != Some(period) || Some(slot) == oldest) {
            left -= 1;
            last = Some(period);
            kept.push(*slot);
        }
    }
    kept
}

fn period(rule: Rule, schedule: &Schedule, slot: Slot) -> Period {
    let day = schedule.day(slot);
    match rule {
        Rule::Last | Rule::Least => Period::One(slot),
        Rule::Daily => Period::Day(day),
        Rule::Weekly => {
            let week = day.iso_week_date();
            Period::Week(week.year(), week.week())
        }
        Rule::Monthly => Period::Month(day.year(), day.month()),
    }
}
