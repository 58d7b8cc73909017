//! Retention against what restic itself keeps.
//!
//! `restic.txt` is what restic 0.14.0 (Debian 12) answered to `forget --dry-run --json` over a
//! repository of 87 snapshots on irregular days, by the clock of Berlin. Since 0.16 restic keeps the
//! oldest snapshot too where a rule's count is not used up; `oldest` marks those lines.

use std::collections::BTreeSet;

use jiff::civil::DateTime;

use super::policy;
use crate::calendar::{Schedule, Slot, retain};

const SAID: &str = include_str!("restic.txt");

fn slots(words: &str) -> BTreeSet<Slot> {
    let times = words.split(' ').filter(|word| *word != "oldest");
    times
        .map(|time| {
            let civil: DateTime = time.parse().unwrap();
            Slot::of(civil.in_tz("Europe/Berlin").unwrap().timestamp())
        })
        .collect()
}

#[test]
fn what_restic_keeps_is_kept() {
    let mut lines = SAID.lines();
    let all = slots(lines.next().unwrap().strip_prefix("all: ").unwrap());
    assert_eq!(all.len(), 87);
    for line in lines {
        let (counts, words) = line.split_once(": ").unwrap();
        let counts: Vec<u32> = counts.split(' ').map(|count| count.parse().unwrap()).collect();
        let policy = policy("Europe/Berlin", counts.try_into().unwrap());
        let mut expected = slots(words);
        expected.extend(all.first().filter(|_| words.ends_with("oldest")));
        let kept = retain(policy.keep, &Schedule::of(&policy), &all);
        // The three that stay at least are no rule of restic's.
        let kept: BTreeSet<Slot> = match expected.len() {
            ..3 => kept.into_keys().filter(|slot| expected.contains(slot)).collect(),
            _ => kept.into_keys().collect(),
        };
        assert_eq!(kept, expected, "{line}");
    }
}
