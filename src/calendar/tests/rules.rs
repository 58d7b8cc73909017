//! What is due, what stays, and when nothing may go.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{at, copy, policy};
use crate::calendar::{Copy, Fate, Rule, Schedule, Slot, Wait, night, pruning, retention::LEAST};

/// A copy a night, until a moment.
fn nights(count: i64, until: &str) -> Vec<Copy> {
    let until = at(until);
    (0..count).map(|back| copy(Slot::of(until - SignedDuration::from_hours(24 * back)))).collect()
}

const NOW: &str = "2026-11-21T03:30:00Z";

#[test]
fn the_slot_that_has_come_is_due_once() {
    let policy = policy("UTC", [3, 7, 4, 6]);
    let now = at(NOW);
    let first = night(&policy, &[], now);
    assert_eq!(first.due.unwrap().to_string(), "20261121T0300Z");
    let second = night(&policy, &[copy(first.due.unwrap())], now);
    assert_eq!((second.due, second.missed.len()), (None, 0));
    assert_eq!(second.next.unwrap().to_string(), "20261122T0300Z");
}

#[test]
fn of_several_missed_nights_the_last_one_is_caught_up_with() {
    let policy = policy("UTC", [3, 7, 4, 6]);
    let copies = nights(4, "2026-11-17T03:00:00Z");
    let night = night(&policy, &copies, at("2026-11-21T20:00:00Z"));
    assert_eq!(night.due.unwrap().to_string(), "20261121T0300Z");
    let missed: Vec<String> = night.missed.iter().map(ToString::to_string).collect();
    assert_eq!(missed, ["20261118T0300Z", "20261119T0300Z", "20261120T0300Z"]);
}

#[test]
fn a_night_that_is_too_long_ago_is_missed() {
    let policy = policy("UTC", [3, 7, 4, 6]);
    let copies = nights(4, "2026-11-20T03:00:00Z");
    let late = night(&policy, &copies, at("2026-11-21T23:00:01Z"));
    assert_eq!((late.due, late.missed.len()), (None, 1));
    let in_time = night(&policy, &copies, at("2026-11-21T23:00:00Z"));
    assert_eq!((in_time.due.is_some(), in_time.missed.len()), (true, 0));
}

#[test]
fn by_a_clock_that_is_behind_nothing_is_due() {
    let policy = policy("UTC", [3, 7, 4, 6]);
    let copies = nights(4, "2026-11-21T03:00:00Z");
    assert_eq!(night(&policy, &copies, at("2026-11-10T04:00:00Z")).due, None);
}

#[test]
fn nothing_goes_before_the_last_night_has_a_good_copy() {
    let policy = policy("UTC", [3, 0, 0, 0]);
    let mut copies = nights(6, "2026-11-20T03:00:00Z");
    let waits = pruning(&policy, &copies, at(NOW));
    assert!(matches!(waits.wait, Some(Wait::LastNight(_))));
    assert_eq!(waits.goes(&copies).count(), 0);
    let tonight = copy(Slot::of(at("2026-11-21T03:00:00Z")));
    copies.push(Copy { size_gb: 0.0, ..tonight.clone() });
    assert_eq!(pruning(&policy, &copies, at(NOW)).goes(&copies).count(), 0);
    copies.pop();
    copies.push(tonight);
    assert_eq!(pruning(&policy, &copies, at(NOW)).goes(&copies).count(), 4);
}

#[test]
fn three_stay_whatever_the_policy_says() {
    let policy = policy("UTC", [1, 0, 0, 0]);
    let copies = nights(9, "2026-11-21T03:00:00Z");
    let pruning = pruning(&policy, &copies, at(NOW));
    assert_eq!(pruning.goes(&copies).count(), 9 - LEAST);
    let by_least = Fate::Stays([Rule::Least].into());
    assert_eq!(pruning.fates.values().filter(|fate| **fate == by_least).count(), LEAST - 1);
    let newest = &pruning.fates["20261121T0300Z"];
    assert_eq!(*newest, Fate::Stays([Rule::Last].into()));
}

#[test]
fn held_foreign_unfinished_and_future_copies_neither_go_nor_count() {
    let policy = policy("UTC", [3, 0, 0, 0]);
    let mut copies = nights(8, "2026-11-21T03:00:00Z");
    copies[1].is_held = true;
    copies[2].slot = None;
    copies[3].size_gb = 0.0;
    copies.push(copy(Slot::of(at("2031-01-01T03:00:00Z"))));
    copies.push(Copy { taken: at("2026-11-22T03:00:00Z"), ..copies[7].clone() });
    copies[9].id = "late".to_owned();
    let pruning = pruning(&policy, &copies, at(NOW));
    let gone: BTreeSet<&str> = pruning.goes(&copies).map(|copy| copy.id.as_str()).collect();
    assert_eq!(gone, ["20261115T0300Z", "20261114T0300Z"].into());
    let fates = |id: &str| pruning.fates[id].clone();
    assert_eq!(fates(&copies[1].id), Fate::Held);
    assert_eq!(fates(&copies[2].id), Fate::Foreign);
    assert_eq!(fates(&copies[3].id), Fate::Unfinished);
    assert_eq!((fates(&copies[8].id), fates("late")), (Fate::Future, Fate::Future));
}

#[test]
fn a_day_is_one_of_the_wall_clock() {
    // By UTC the slots of 31 October and 1 November fall on 31 October and 2 November.
    let policy = crate::config::Snapshots {
        at: jiff::civil::time(16, 30, 0, 0),
        ..policy("America/Los_Angeles", [0, 4, 0, 0])
    };
    let schedule = Schedule::of(&policy);
    let now: Timestamp = at("2026-11-04T12:00:00Z");
    let slots = schedule.between(at("2026-10-28T12:00:00Z"), now);
    let copies: Vec<Copy> = slots.iter().map(|slot| copy(*slot)).collect();
    assert_eq!((copies.len(), pruning(&policy, &copies, now).goes(&copies).count()), (7, 3));
}
