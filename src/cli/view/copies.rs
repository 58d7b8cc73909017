//! The snapshots of volumes: age, size, price, and why each stays.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    calendar::{Copy, Fate, Pruning, Rule, Slot, Wait, night, pruning},
    cli::view::{
        night::{slots, when},
        style,
    },
    config::{Keep, Snapshots},
    operate::snapshots::Watched,
    resources::snapshot_price,
    values::{Mark, Money, Scheduler},
};

/// What a copy without a policy is called, and one that no policy of ours made.
const BY_HAND: &str = "not by the policy";

/// Every volume with its snapshots, and who takes them.
pub fn text((all, mark): (&[Watched], &Mark), now: Timestamp) -> String {
    if all.is_empty() {
        return "the stack has no volume\n".to_owned();
    }
    let one = |watched| volume(watched, scheduler(all, mark), now);
    all.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// Who takes them, of any volume: one that was made since carries no tag of it yet.
fn scheduler(all: &[Watched], mark: &Mark) -> Option<Scheduler> {
    all.iter().find_map(|watched| watched.scheduler(mark))
}

fn volume(watched: &Watched, by: Option<Scheduler>, now: Timestamp) -> String {
    let mut text = String::new();
    let (name, address) = (&watched.volume.name, &watched.address);
    let policy = watched.policy.as_ref().map_or_else(|| "no policy".to_owned(), policy);
    let _ = writeln!(text, "{}  {policy}", style::heading(&format!("{address} {name}")));
    let decided = watched.policy.as_ref().map(|policy| pruning(policy, &watched.copies, now));
    let widest = watched.copies.iter().map(|copy| copy.name.len()).max().unwrap_or_default();
    for copy in &watched.copies {
        let fate = decided.as_ref().map_or_else(|| BY_HAND.to_owned(), |it| why(it, copy));
        let (age, size) = (age(copy.taken, now), format!("{} GiB", copy.size_gb));
        let price = price(copy).to_string();
        let _ = writeln!(text, "  {:widest$}  {age:>9}  {size:>9}  {price:>9}  {fate}", copy.name);
    }
    let _ = writeln!(text, "{}", sum(watched, decided.as_ref()));
    if let Some(policy) = &watched.policy {
        let night = night(policy, &watched.copies, now);
        if !night.missed.is_empty() {
            let (missed, who) = (missed(&night.missed), taker(by));
            let _ = writeln!(text, "{}: {missed}; {who}", style::warning("warning"));
        }
        let next = night.due.map(|slot| format!("due since {}", when(slot)));
        let next = next.or_else(|| night.next.map(|slot| format!("the next at {}", when(slot))));
        let _ = writeln!(text, "{}", next.unwrap_or_default());
    }
    text
}

/// How many nights have no copy, and which.
fn missed(nights: &[Slot]) -> String {
    let count = match nights.len() {
        1 => "1 night".to_owned(),
        count => format!("{count} nights"),
    };
    format!("{count} missed, {}", slots(nights))
}

/// Who should have been there, or that nobody was asked to.
fn taker(by: Option<Scheduler>) -> String {
    match by {
        Some(Scheduler::Serve) => "`dostack serve` should take them: does it run?".to_owned(),
        Some(Scheduler::Github) => {
            "a workflow on GitHub should take them: look at its runs".to_owned()
        }
        None => "nobody is scheduled: `dostack up --schedule serve|github`".to_owned(),
    }
}

/// How many there are and what they cost, now and after the next prune.
fn sum(watched: &Watched, decided: Option<&Pruning>) -> String {
    let copies = &watched.copies;
    let monthly: Money = copies.iter().map(price).sum();
    let mut text = format!("{}: {monthly} a month", counted(copies.len()));
    let goes = |copy: &&Copy| decided.is_some_and(|it| it.fates.get(&copy.id) == Some(&Fate::Goes));
    let going: Vec<&Copy> = copies.iter().filter(goes).collect();
    if !going.is_empty() {
        let saved: Money = going.iter().map(|copy| price(copy)).sum();
        let _ = write!(text, "; the next prune deletes {}: {saved} a month", going.len());
    }
    if let Some(Wait::LastNight(slot)) = decided.and_then(|decided| decided.wait)
        && !going.is_empty()
    {
        let _ = write!(text, ", once there is a good copy of {}", when(slot));
    }
    text
}

/// What is about to be deleted.
pub fn going(decided: &[(&Watched, Pruning)]) -> String {
    let mut text = String::new();
    for (watched, pruning) in decided {
        for copy in pruning.goes(&watched.copies) {
            let (name, monthly) = (&copy.name, price(copy));
            let _ = writeln!(text, "{}: {name}, {monthly} a month", watched.address.owner());
        }
    }
    text
}

/// What was deleted.
pub fn gone(copies: &[&Copy]) -> String {
    copies.iter().fold(String::new(), |text, copy| text + "deleted " + &copy.name + "\n")
}

/// The volumes that are not pruned although something of them could go.
pub fn waits(decided: &[(&Watched, Pruning)]) -> Option<String> {
    let waits = decided.iter().filter_map(|(watched, pruning)| {
        let could = pruning.fates.values().any(|fate| *fate == Fate::Goes);
        let Some(Wait::LastNight(slot)) = pruning.wait.filter(|_| could) else { return None };
        let owner = watched.address.owner();
        Some(format!("`{owner}` is not pruned: there is no good copy of {}", when(slot)))
    });
    let waits: Vec<String> = waits.collect();
    (!waits.is_empty()).then(|| waits.join("; "))
}

/// The documents for programs; money in cents.
pub fn documents((all, mark): (&[Watched], &Mark), now: Timestamp) -> Vec<Value> {
    let by = scheduler(all, mark).map(Scheduler::word);
    let document = |watched: &Watched| {
        let decided = watched.policy.as_ref().map(|policy| pruning(policy, &watched.copies, now));
        let night = watched.policy.as_ref().map(|policy| night(policy, &watched.copies, now));
        let copy = |copy: &Copy| {
            let fate = decided.as_ref().and_then(|it| it.fates.get(&copy.id));
            json!({
                "id": copy.id,
                "name": copy.name,
                "slot": copy.slot.map(Slot::moment),
                "taken": copy.taken,
                "size_gb": copy.size_gb,
                "monthly": price(copy),
                "held": copy.is_held,
                "rules": fate.map(rules),
                "goes": fate == Some(&Fate::Goes),
                "why": decided.as_ref().map_or_else(|| BY_HAND.to_owned(), |it| why(it, copy)),
            })
        };
        json!({
            "address": watched.address,
            "volume": watched.volume.name,
            "by": by,
            "snapshots": watched.copies.iter().map(copy).collect::<Vec<_>>(),
            "due": night.as_ref().and_then(|it| it.due).map(Slot::moment),
            "next": night.as_ref().and_then(|it| it.next).map(Slot::moment),
            "missed": night.map(|it| it.missed.iter().copied().map(Slot::moment).collect::<Vec<_>>()),
        })
    };
    all.iter().map(document).collect()
}

fn rules(fate: &Fate) -> Vec<&'static str> {
    match fate {
        Fate::Stays(rules) => rules.iter().map(|rule| rule.word()).collect(),
        Fate::Held | Fate::Unfinished | Fate::Future | Fate::Foreign | Fate::Goes => Vec::new(),
    }
}

/// Why a copy stays, in words, or that it goes.
fn why(decided: &Pruning, copy: &Copy) -> String {
    match decided.fates.get(&copy.id) {
        Some(Fate::Stays(rules)) => {
            rules.iter().map(|rule| Rule::word(*rule)).collect::<Vec<_>>().join(", ")
        }
        Some(Fate::Held) => "held".to_owned(),
        Some(Fate::Unfinished) => "without a size: not whole, or not yet".to_owned(),
        Some(Fate::Future) => "of a time to come: a clock was wrong".to_owned(),
        Some(Fate::Foreign) | None => BY_HAND.to_owned(),
        Some(Fate::Goes) => "goes with the next prune".to_owned(),
    }
}

/// When a volume is copied, and what is kept.
fn policy(policy: &Snapshots) -> String {
    let Keep { last, daily, weekly, monthly } = policy.keep;
    let counts = [("last", last), ("daily", daily), ("weekly", weekly), ("monthly", monthly)];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts.map(|(word, count)| format!("{word} {count}")).collect();
    let (at, zone) = (policy.at.strftime("%H:%M"), &policy.time_zone);
    format!("at {at} {zone}, keeps {}", counts.join(", "))
}

fn price(copy: &Copy) -> Money {
    snapshot_price(copy.size_gb)
}

fn counted(count: usize) -> String {
    if count == 1 { "1 snapshot".to_owned() } else { format!("{count} snapshots") }
}

/// How old something is, in the largest unit of which it has more than one.
fn age(taken: Timestamp, now: Timestamp) -> String {
    match now.duration_since(taken).as_hours().max(0) {
        0 => "just now".to_owned(),
        hours @ 1..48 => format!("{hours} h"),
        hours => format!("{} days", hours / 24),
    }
}
