//! 400 nights of a hundred volumes, with everything that goes wrong with nights.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{at, policy};
use crate::{
    calendar::{Copy, Schedule, Slot, Standing, night, pruning, retention::LEAST},
    config::{Keep, Snapshots},
};

/// How many nights, and of how many volumes.
const NIGHTS: i64 = 400;
const SEEDS: u64 = 100;

/// DigitalOcean's limits (docs.digitalocean.com/products/snapshots/details/limits).
const MOST: usize = 25;
const APART: SignedDuration = SignedDuration::from_mins(10);

/// Chance that is the same every time (`SplitMix64`).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: i64) -> i64 {
        i64::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn percent(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }
}

/// A volume at DigitalOcean: what it has, and what it refuses.
#[derive(Default)]
struct Volume {
    copies: Vec<Copy>,
    last: Option<Timestamp>,
    made: u64,
}

impl Volume {
    /// Takes a snapshot, by DigitalOcean's own clock, unless a limit forbids it.
    fn snapshot(&mut self, slot: Option<Slot>, name: &str, now: Timestamp) -> bool {
        let is_named = self.copies.iter().any(|copy| copy.name == name);
        let is_soon = self.last.is_some_and(|last| now.duration_since(last) < APART);
        if is_named || is_soon || self.copies.len() >= MOST {
            return false;
        }
        self.made += 1;
        self.last = Some(now);
        let copy = Copy {
            id: self.made.to_string(),
            name: name.to_owned(),
            slot,
            place: None,
            taken: now,
            size_gb: 10.0,
            volume_gb: 10,
            is_held: false,
        };
        self.copies.push(copy);
        true
    }

    /// How many slots have more than one copy.
    fn doubled(&self) -> usize {
        let slots: Vec<Slot> = self.copies.iter().filter_map(|copy| copy.slot).collect();
        slots.len() - slots.iter().collect::<BTreeSet<_>>().len()
    }

    fn counted(&self, now: Timestamp) -> BTreeSet<Slot> {
        let standing = |copy: &Copy| match copy.standing(now) {
            Standing::Counts(slot) => Some(slot),
            Standing::Held(_)
            | Standing::Unfinished(_)
            | Standing::Future(_)
            | Standing::Foreign => None,
        };
        self.copies.iter().filter_map(standing).collect()
    }

    fn others(&self, now: Timestamp) -> BTreeSet<String> {
        let counts = |copy: &Copy| matches!(copy.standing(now), Standing::Counts(_));
        self.copies.iter().filter(|copy| !counts(copy)).map(|copy| copy.id.clone()).collect()
    }
}

/// What retention says in words: of each of the newest periods that have copies the newest copy,
/// and the oldest of all where there are fewer periods than the rule has places.
fn expected(keep: Keep, schedule: &Schedule, slots: &BTreeSet<Slot>) -> BTreeSet<Slot> {
    let mut kept = BTreeSet::new();
    let mut rule = |count: u32, period: &dyn Fn(Slot) -> String| {
        let mut newest: BTreeMap<String, Slot> = BTreeMap::new();
        for slot in slots {
            newest.insert(period(*slot), *slot);
        }
        let count = usize::try_from(count).unwrap();
        let mut newest: Vec<Slot> = newest.into_values().collect();
        newest.sort();
        kept.extend(newest.iter().rev().take(count));
        if newest.len() < count {
            kept.extend(slots.first());
        }
    };
    let day = |slot: Slot| schedule.day(slot);
    rule(keep.last, &|slot| slot.to_string());
    rule(keep.daily, &|slot| day(slot).to_string());
    rule(keep.weekly, &|slot| day(slot).strftime("%G-%V").to_string());
    rule(keep.monthly, &|slot| day(slot).strftime("%Y-%m").to_string());
    let missing = LEAST.saturating_sub(kept.len());
    let others = slots.iter().rev().filter(|slot| !kept.contains(*slot)).take(missing);
    let others: Vec<Slot> = others.copied().collect();
    kept.extend(others);
    kept
}

/// Prunes as a nightly run does, and holds the result to the words above.
fn prune(volume: &mut Volume, policy: &Snapshots, now: Timestamp) -> usize {
    let schedule = Schedule::of(policy);
    let (before, others) = (volume.counted(now), volume.others(now));
    let decided = pruning(policy, &volume.copies, now);
    let gone: BTreeSet<String> = decided.goes(&volume.copies).map(|copy| copy.id.clone()).collect();
    volume.copies.retain(|copy| !gone.contains(&copy.id));
    assert_eq!(volume.others(now), others, "a held or foreign copy went");
    let after = volume.counted(now);
    if decided.wait.is_none() {
        assert_eq!(after, expected(policy.keep, &schedule, &before));
    } else {
        assert_eq!(after, before);
    }
    assert!(after.len() >= LEAST.min(before.len()), "pruning left {}", after.len());
    gone.len()
}

/// What people and other programs do to a volume's snapshots meanwhile.
fn meddle(volume: &mut Volume, chance: &mut Chance, now: Timestamp) {
    if chance.percent(3) && volume.others(now).len() < 6 {
        let name = format!("by-hand-{}", now.as_second());
        volume.snapshot(None, &name, now);
    }
    if chance.percent(2) {
        volume.copies.retain(|copy| copy.slot.is_some());
    }
    let count = i64::try_from(volume.copies.len()).unwrap();
    if chance.percent(4) && count > 0 {
        let which = usize::try_from(chance.below(count)).unwrap();
        let held = volume.copies.iter().filter(|copy| copy.is_held).count();
        let is_held = volume.copies[which].is_held;
        volume.copies[which].is_held = !is_held && held < 3;
    }
    if chance.percent(2) && count > 0 {
        let which = usize::try_from(chance.below(count)).unwrap();
        volume.copies.remove(which);
    }
}

/// The clock of the machine that runs the nights: now and then it is off by hours or years.
fn clock(chance: &mut Chance, now: Timestamp) -> Timestamp {
    let hours = match chance.below(100) {
        0 => chance.below(24 * 400),
        1 => -chance.below(24 * 400),
        2..5 => chance.below(48) - 24,
        _ => 0,
    };
    now + SignedDuration::from_hours(hours)
}

fn policies(seed: u64) -> Snapshots {
    let zones = ["UTC", "America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland"];
    let keeps =
        [[3, 7, 4, 6], [1, 0, 0, 0], [0, 7, 5, 12], [24, 0, 0, 0], [0, 0, 0, 2], [2, 3, 0, 1]];
    let pick = |count: usize| usize::try_from(seed).unwrap() % count;
    policy(zones[pick(zones.len())], keeps[pick(keeps.len())])
}

/// How many copies a seed's nights took, pruned and refused.
fn live(seed: u64) -> [usize; 3] {
    let (mut chance, mut volume) = (Chance(seed), Volume::default());
    let policy = policies(seed);
    let mut counts = [0; 3];
    let mut now = at("2026-01-01T00:00:00Z");
    let end = now + SignedDuration::from_hours(24 * NIGHTS);
    while now < end {
        // The timer comes round every few hours, and is away for days now and then.
        let pause = if chance.percent(2) { 24 * chance.below(9) } else { 3 + chance.below(12) };
        now += SignedDuration::from_hours(pause) + SignedDuration::from_mins(chance.below(60));
        meddle(&mut volume, &mut chance, now);
        let told = clock(&mut chance, now);
        let due = night(&policy, &volume.copies, told).due;
        // One in twenty calls fails; of some the answer alone is lost, and a second daemon follows.
        let fails = chance.percent(5);
        for slot in due.into_iter().filter(|_| !fails) {
            assert!(volume.copies.iter().all(|copy| copy.slot != Some(slot)));
            for _ in 0..=chance.below(3) {
                let taken = volume.snapshot(Some(slot), &slot.name("data"), now);
                counts[if taken { 0 } else { 2 }] += 1;
            }
        }
        if chance.percent(60) {
            counts[1] += prune(&mut volume, &policy, told);
        }
        assert!(volume.copies.len() <= MOST, "{} copies", volume.copies.len());
        assert_eq!(volume.doubled(), 0, "two copies of one slot");
    }
    counts
}

#[test]
fn four_hundred_nights_leave_what_retention_says_and_nothing_else() {
    let mut sums = [0; 3];
    for seed in 0..SEEDS {
        for (sum, count) in sums.iter_mut().zip(live(seed)) {
            *sum += count;
        }
    }
    // The nights have to be worth something: most are taken, many are pruned, some are refused.
    let [taken, pruned, refused] = sums;
    assert!(taken > 25_000 && pruned > 15_000 && refused > 1_000, "{sums:?}");
}
