//! Nights, as the daemon tells them: what became of each volume's copy, and a calendar of them.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::{
    calendar::{Copy, Schedule, Slot, night, retain},
    config::Snapshots,
    operate::{
        serve::{
            view::{Calendar, Fate, Night as Cell, Upcoming},
            work::{Copied, Round, Verdict},
        },
        snapshots::{Night, Took, Watched},
    },
    values::in_full,
};

/// How far back the calendar goes.
const SHOWN: SignedDuration = SignedDuration::from_hours(35 * 24);

/// How many snapshots of a volume DigitalOcean keeps (docs: Volumes, limits).
const MOST: usize = 25;

/// What became of a component's nights, as one visit.
pub fn round(nights: &[Night], now: Timestamp) -> Round {
    let failed = nights.iter().find_map(failure);
    let taken = nights.iter().filter_map(|night| match &night.took {
        Ok(Took::Copy { name, .. }) => Some(format!("took {name}")),
        Ok(Took::Nothing) | Err(_) => None,
    });
    let gone: usize = nights.iter().flat_map(|night| &night.pruned).map(|it| it.gone.len()).sum();
    let deleted = (gone > 0).then(|| format!("deleted {gone}"));
    let done: Vec<String> = taken.chain(deleted).collect();
    let mut round = match (failed, done.is_empty()) {
        (Some(why), _) => Round::failure(why),
        (None, false) => Round::new(Verdict::Acted, "copied", done.join(", ")),
        (None, true) => Round::new(Verdict::Held, "not-due", "no copy is due"),
    };
    round.copied = nights.iter().map(|night| copied(night, now)).collect();
    round
}

fn failure(night: &Night) -> Option<String> {
    let name = &night.watched.volume.name;
    let pruning = night.pruned.iter().find_map(|pruned| pruned.error.as_ref());
    let why = match (&night.took, pruning) {
        (Err(error), _) => in_full(error),
        (Ok(_), Some(error)) => in_full(error),
        (Ok(_), None) => return None,
    };
    Some(format!("{name}: {why}"))
}

fn copied(night: &Night, now: Timestamp) -> Copied {
    Copied {
        volume: night.watched.volume.name.clone(),
        count: night.watched.copies.len(),
        newest: night.last_good(now).map(Slot::moment),
        missed: night.missed.len(),
    }
}

/// A volume's nights of the last weeks; none where nothing was ever copied.
pub fn calendar(watched: &Watched, now: Timestamp) -> Option<Calendar> {
    let policy = watched.policy.as_ref()?;
    let count = watched.copies.len();
    let nights = cells(policy, &watched.copies, now);
    Some(Calendar {
        volume: watched.volume.name.clone(),
        told: format!("{count} snapshots, at most {MOST}"),
        nights,
    })
}

/// Nights since the oldest copy. One without a copy was pruned if the policy would not have kept it,
/// had every night had one; otherwise it was missed.
fn cells(policy: &Snapshots, copies: &[Copy], now: Timestamp) -> Vec<Cell> {
    let schedule = Schedule::of(policy);
    let there: BTreeSet<Slot> = copies.iter().filter_map(|copy| copy.slot).collect();
    let Some(oldest) = there.first() else { return Vec::new() };
    let begin = now.checked_sub(SHOWN).unwrap_or(Timestamp::MIN);
    let before = oldest.moment().checked_sub(SignedDuration::from_mins(1));
    let begin = begin.max(before.unwrap_or(Timestamp::MIN));
    let all: BTreeSet<Slot> = schedule.between(begin, now).into_iter().collect();
    let wanted = retain(policy.keep, &schedule, &all);
    let due = night(policy, copies, now).due;
    let fate = |slot: &Slot| match (there.contains(slot), wanted.contains_key(slot)) {
        (true, _) => Fate::Kept,
        (false, _) if due == Some(*slot) => Fate::Open,
        (false, true) => Fate::Missed,
        (false, false) => Fate::Pruned,
    };
    all.iter().map(|slot| Cell { date: schedule.day(*slot), fate: fate(slot) }).collect()
}

/// When a volume is copied next.
pub fn upcoming(watched: &Watched, now: Timestamp) -> Option<Upcoming> {
    let next = Schedule::of(watched.policy.as_ref()?).next(now)?;
    let what = format!("snapshot of {}", watched.volume.name);
    Some(Upcoming { at: next.moment(), what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{MissingKeys, OneFile, load};

    const FILE: &str = "stack: core\nregion: sfo2\nvpc: { ip_range: 10.120.0.0/16 }\n\
         ssh: { user: ops, public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }\n\
         components:\n  one:\n    kind: Droplet\n    \
         droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }\n    \
         volume: { size_gb: 10 }\n    \
         snapshots: { at: \"03:00\", keep: { last: 3, weekly: 2 } }\n";

    fn policy() -> Snapshots {
        let stack = match load("stacks/core.yaml", &OneFile(FILE), MissingKeys::ThrowAway) {
            Ok(loaded) => loaded.stack,
            Err(mistakes) => panic!("{mistakes:?}"),
        };
        stack.components.values().next().unwrap().snapshots().unwrap().clone()
    }

    fn copy(day: u8) -> Copy {
        let taken: Timestamp = format!("2026-11-{day:02}T03:00:00Z").parse().unwrap();
        let slot = Some(Slot::of(taken));
        let (id, name) = (day.to_string(), day.to_string());
        Copy { id, name, slot, place: None, taken, size_gb: 1.0, volume_gb: 10, is_held: false }
    }

    fn drawn(days: &[u8], now: &str) -> String {
        let copies: Vec<Copy> = days.iter().copied().map(copy).collect();
        let cells = cells(&policy(), &copies, now.parse().unwrap());
        let letter = |cell: &Cell| match cell.fate {
            Fate::Kept => 'K',
            Fate::Pruned => 'p',
            Fate::Missed => 'M',
            Fate::Open => '.',
        };
        cells.iter().map(letter).collect()
    }

    #[test]
    fn a_night_is_kept_pruned_missed_or_open() {
        let noon = "2026-11-21T12:00:00Z";
        // The 15th is a Sunday: the newest of its week.
        assert_eq!(drawn(&[15, 19, 20, 21], noon), "KpppKKK");
        assert_eq!(drawn(&[15, 19, 21], noon), "KpppKMK");
        assert_eq!(drawn(&[15, 19, 20], noon), "KpppKK.");
        assert_eq!(drawn(&[15, 19, 20], "2026-11-22T02:00:00Z"), "KpppKKM");
        assert_eq!(drawn(&[], noon), "");
    }
}
