//! Volumes: data, which stays unless it is named.

use std::collections::BTreeSet;

use crate::{
    plan::{
        Deletion, Kept, Refused,
        judge::Bench,
        removal::{Goes, Removals, release},
    },
    resources::{Kind, LiveVolume},
    values::Address,
};

/// Volumes that nothing wants: those named go, the others are kept. Returns the names it understood.
pub fn volumes<'a>(
    bench: &Bench<'a>,
    goes: &mut Goes,
    removals: &mut Removals,
) -> BTreeSet<&'a String> {
    let mut understood = BTreeSet::new();
    let found = bench
        .index
        .volumes
        .iter()
        .flat_map(|(address, found)| found.iter().map(move |live| (address, *live)));
    for (address, live) in found.filter(|(address, _)| bench.wanted.get(address).is_none()) {
        let means = |given: &&String| **given == live.name || **given == address.to_string();
        let given: Vec<&String> = bench.asked.delete_data.iter().filter(means).collect();
        if bench.is_adopted(&live.tags) {
            adopted(bench, (address, live), goes, removals);
        } else if given.is_empty() {
            removals.kept.push(kept(address, live));
        } else {
            delete(bench, (address, live), goes, removals);
        }
        understood.extend(given);
    }
    understood
}

/// One that was adopted is let go of; to be given up, it has to be named as what it is.
fn adopted(
    bench: &Bench,
    (address, live): (&Address, &LiveVolume),
    goes: &mut Goes,
    removals: &mut Removals,
) {
    goes.adopted.push((address.clone(), live.name.clone()));
    if release::is_named(bench.asked, address, &live.name) {
        return delete(bench, (address, live), goes, removals);
    }
    release::volume(bench, (address, live), goes, removals);
    let given = &bench.asked.delete_data;
    if given.contains(&live.name) || given.contains(&address.to_string()) {
        let text = format!("the volume `{}` was adopted, and `--delete-data` leaves it", live.name);
        let way_out = "name it with `--delete-adopted`, if its data really is to be lost";
        removals.refuse(address, Refused::Unsafe, (text, way_out));
    }
}

fn kept(address: &Address, live: &LiveVolume) -> Kept {
    Kept {
        address: address.clone(),
        kind: Kind::Volume,
        name: live.name.clone(),
        size_gb: live.size_gb,
        monthly: live.monthly(),
    }
}

/// Removes a volume: after its machine, or off the machine of ours that stays.
fn delete(
    bench: &Bench,
    (address, live): (&Address, &LiveVolume),
    goes: &mut Goes,
    removals: &mut Removals,
) {
    let holder = live.droplet_ids.first().copied();
    let going = holder.and_then(|holder| bench.going_droplet(holder));
    let staying = holder.filter(|_| going.is_none());
    if let Some(holder) = staying.filter(|holder| !is_ours(bench, *holder)) {
        let text = format!("the volume is attached to droplet {holder}, which is not the stack's");
        let way_out = "detach it there first; dostack never takes a volume from a machine";
        removals.refuse(address, Refused::Unsafe, (text, way_out));
    }
    let deletion = Deletion::Volume {
        id: live.id.clone(),
        attached_to: staying,
        region: live.region.to_string(),
    };
    let step = goes.add(address.clone(), &live.name, deletion);
    step.monthly.before = live.monthly();
    step.needs.extend(going);
}

fn is_ours(bench: &Bench, droplet: u64) -> bool {
    bench.index.droplets.values().flatten().any(|live| live.id == droplet)
}
