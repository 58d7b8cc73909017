//! Snapshots: data, which stays unless it is named; looked for on `destroy` only.
//!
//! A snapshot of a volume carries the stack's marks. The call that takes a droplet's snapshot takes
//! no tags, so that one is the stack's if it was tagged afterwards, or while its droplet is.

use std::collections::BTreeSet;

use crate::{
    plan::{
        Asked, Deletion, Kept, Refusal, Refused,
        judge::Bench,
        removal::{Goes, Removals},
    },
    resources::{Kind, LiveSnapshot, SnapshotOf},
    values::{Address, Part},
};

/// Snapshots of the stack's: those named go, the others are kept. `taken` are the names that mean
/// a volume already; what it understands besides is returned.
pub fn snapshots<'a>(
    bench: &Bench<'a>,
    taken: &BTreeSet<&'a String>,
    goes: &mut Goes,
    removals: &mut Removals,
) -> BTreeSet<&'a String> {
    let mut understood = BTreeSet::new();
    let ours = ours(bench);
    for (address, live) in &ours {
        let means = |given: &&&String| means(given, address, live) && !taken.contains(**given);
        let given: Vec<&String> = bench.asked.delete_data.iter().filter(|it| means(&it)).collect();
        match given.first() {
            None => removals.kept.push(kept(address, live)),
            Some(_) => delete((address, live), goes),
        }
        understood.extend(given);
    }
    removals.refusals.extend(named_alike(bench.asked, &ours));
    understood
}

/// The stack's snapshots with their addresses, in the order of these.
fn ours<'a>(bench: &Bench<'a>) -> Vec<(Address, &'a LiveSnapshot)> {
    let all = bench.inventory.snapshots.iter();
    let mut ours: Vec<_> = all.filter_map(|live| Some((address_of(bench, live)?, live))).collect();
    ours.sort_by(|(one, first), (other, second)| {
        (one.owner(), &first.name, one).cmp(&(other.owner(), &second.name, other))
    });
    ours
}

/// A snapshot's address under what it was taken of, if it is the stack's.
fn address_of(bench: &Bench, live: &LiveSnapshot) -> Option<Address> {
    let part = Part::Snapshot(live.id.clone());
    if let Some(marked) = bench.mark.address_among(&live.tags) {
        return Some(marked.part(part));
    }
    if live.tags.contains(&bench.mark.stack_tag()) {
        return Some(Address::stack(part));
    }
    let SnapshotOf::Droplet(droplet) = live.of else { return None };
    let mut placed = bench.index.droplets.iter();
    let (address, _) = placed.find(|(_, found)| {
        found.iter().any(|live| live.id == droplet && !bench.is_adopted(&live.tags))
    })?;
    Some(address.part(part))
}

fn means(given: &str, address: &Address, live: &LiveSnapshot) -> bool {
    given == live.name || given == address.to_string()
}

fn kept(address: &Address, live: &LiveSnapshot) -> Kept {
    Kept {
        address: address.clone(),
        kind: Kind::Snapshot,
        name: live.name.clone(),
        size_gb: whole(live.size_gb),
        monthly: live.monthly(),
    }
}

fn delete((address, live): (&Address, &LiveSnapshot), goes: &mut Goes) {
    let deletion = Deletion::Snapshot { id: live.id.clone() };
    goes.add(address.clone(), &live.name, deletion).monthly.before = live.monthly();
}

/// A name that several snapshots have says of none that it is meant.
fn named_alike(asked: &Asked, ours: &[(Address, &LiveSnapshot)]) -> Vec<Refusal> {
    let named = |given: &String| {
        let alike = ours.iter().filter(|(_, live)| live.name == *given);
        alike.map(|(address, _)| format!("`{address}`")).collect::<Vec<_>>()
    };
    let refusal = |given: &String| {
        let alike = named(given);
        (alike.len() > 1).then(|| Refusal {
            address: None,
            why: Refused::Ambiguous,
            text: format!("`--delete-data {given}` is the name of {} snapshots", alike.len()),
            way_out: format!("say which: {}", alike.join(", ")),
        })
    };
    asked.delete_data.iter().filter_map(refusal).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded up, at least 0"
)]
fn whole(size_gb: f64) -> u32 {
    size_gb.ceil().max(0.0) as u32
}
