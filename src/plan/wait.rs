//! What waits for a removal although nothing in the file says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    slice,
};

use crate::{
    plan::{Deletion, Step, Succeed, Update, Work, judge::Bench},
    resources::{Kind, Resource},
    values::{Address, Part, Tag},
};

/// Adds to each step the removals it has to wait for.
///
/// No removal ever waits for a step that waits here, so this closes no circle.
pub fn add_waits(bench: &Bench, steps: &mut [Step]) {
    let waits: Vec<BTreeSet<Address>> = steps
        .iter()
        .map(|step| {
            let mut waits = old_records(step, steps);
            waits.extend(uncovered_droplets(bench, step));
            waits.extend(old_holders(bench, step));
            waits.extend(firewalls_that_let_go(step, steps));
            waits.extend(records_that_leave(bench, step, steps));
            waits.extend(machines_renamed(bench, step, steps));
            waits.extend(successors_in_place(step, steps));
            waits
        })
        .collect();
    for (step, waits) in steps.iter_mut().zip(waits) {
        step.needs.extend(waits);
    }
    let renamed: Vec<(Address, Address)> = renamed_under(steps).collect();
    for (machine, firewall) in renamed {
        for step in steps.iter_mut().filter(|step| step.address == machine) {
            step.needs.remove(&firewall);
        }
    }
}

/// A firewall that is to cover or name machines by a new tag, and the removal of the old one, wait
/// until the machines carry it: under a new name as under the old one, none is ever uncovered.
fn machines_renamed(bench: &Bench, step: &Step, steps: &[Step]) -> BTreeSet<Address> {
    let new: BTreeSet<&Tag> = match &step.work {
        Work::Update(Update::Firewall { firewall, .. }) => {
            let live = bench.index.firewalls.get(&step.address);
            let spoken: BTreeSet<&Tag> =
                live.into_iter().flat_map(|live| live.tags_spoken_of()).collect();
            firewall.tags_spoken_of().filter(|tag| !spoken.contains(tag)).collect()
        }
        Work::Delete(Deletion::Tags(old)) if old.iter().any(|tag| bench.mark.now(tag) != *tag) => {
            return steps.iter().filter_map(tagged).map(|(address, _)| address.clone()).collect();
        }
        Work::Nothing
        | Work::Create(_)
        | Work::Update(_)
        | Work::Replace(_)
        | Work::Release(_)
        | Work::Delete(_) => {
            return BTreeSet::new();
        }
    };
    let tagged = steps.iter().filter_map(tagged);
    let renamed = tagged.filter(|(_, tags)| tags.iter().any(|tag| new.contains(tag)));
    renamed.map(|(address, _)| address.clone()).collect()
}

/// A machine that another one replaces goes when that one, and all that needs it, is in place:
/// its volumes, and the names and addresses that point at it.
fn successors_in_place(step: &Step, steps: &[Step]) -> BTreeSet<Address> {
    if *step.address.which() != Part::Former {
        return BTreeSet::new();
    }
    let successor = step.address.part(Part::Main);
    let stays = steps.iter().filter(|other| !matches!(other.work, Work::Delete(_)));
    let needs_it = |other: &&Step| other.address == successor || other.needs.contains(&successor);
    stays.filter(needs_it).map(|other| other.address.clone()).collect()
}

/// A machine that gets tags, and which.
fn tagged(step: &Step) -> Option<(&Address, Vec<&Tag>)> {
    match &step.work {
        Work::Update(Update::Droplet(update)) if !update.add_tags.is_empty() => {
            Some((&step.address, update.add_tags.iter().collect()))
        }
        Work::Replace(replacement) => match &replacement.succeed {
            Succeed::By(successor) => {
                Some((&step.address, successor.droplet.tags.iter().collect()))
            }
            Succeed::NotAtAll => None,
        },
        Work::Nothing | Work::Create(_) | Work::Update(_) | Work::Release(_) | Work::Delete(_) => {
            None
        }
    }
}

/// Each machine with a firewall that waits for it, for which it does not wait in turn: it exists,
/// and is covered as it is.
fn renamed_under(steps: &[Step]) -> impl Iterator<Item = (Address, Address)> {
    let firewalls = steps.iter().filter(|step| step.kind == Kind::Firewall);
    firewalls.flat_map(|firewall| {
        firewall.needs.iter().map(|need| (need.clone(), firewall.address.clone()))
    })
}

/// A record that moves to another machine is made when the old one of its name is gone.
fn old_records(step: &Step, steps: &[Step]) -> BTreeSet<Address> {
    if step.kind != Kind::Record || matches!(step.work, Work::Delete(_)) {
        return BTreeSet::new();
    }
    let removals = steps.iter().filter(|other| matches!(other.work, Work::Delete(_)));
    let alike = removals.filter(|other| other.kind == Kind::Record && other.name == step.name);
    alike.map(|other| other.address.clone()).collect()
}

/// A firewall lets go of a tag when the machines that are protected by it are gone.
fn uncovered_droplets(bench: &Bench, step: &Step) -> BTreeSet<Address> {
    let Work::Update(Update::Firewall { firewall, .. }) = &step.work else {
        return BTreeSet::new();
    };
    let live = bench.index.firewalls.get(&step.address);
    let lost: BTreeSet<&Tag> =
        live.into_iter().flat_map(|live| live.tags.difference(&firewall.tags)).collect();
    let covered = bench
        .inventory
        .droplets
        .iter()
        .filter(|live| live.tags.iter().any(|tag| lost.contains(tag)));
    covered.filter_map(|live| bench.going_droplet(live.id)).collect()
}

/// A volume joins its machine when the machine that holds it is gone.
fn old_holders(bench: &Bench, step: &Step) -> BTreeSet<Address> {
    let volumes: &[Address] = match &step.work {
        Work::Create(resource) => match &**resource {
            Resource::Droplet(droplet) => &droplet.volumes,
            Resource::Attachment(attachment) => slice::from_ref(&attachment.volume),
            Resource::Tag(_)
            | Resource::Vpc(_)
            | Resource::SshKey(_)
            | Resource::Volume(_)
            | Resource::ReservedIp(_)
            | Resource::Firewall(_)
            | Resource::Domain(_)
            | Resource::Project(_)
            | Resource::Membership(_)
            | Resource::Alert(_)
            | Resource::Record(_) => &[],
        },
        Work::Nothing | Work::Update(_) | Work::Replace(_) | Work::Release(_) | Work::Delete(_) => {
            &[]
        }
    };
    let live = volumes.iter().filter_map(|volume| bench.index.volumes.get(volume)).flatten();
    let holders: BTreeMap<u64, Option<Address>> =
        live.flat_map(|live| &live.droplet_ids).map(|id| (*id, bench.going_droplet(*id))).collect();
    holders.into_values().flatten().collect()
}

/// A reserved IP goes when no record points at it any more, and a machine when those are gone that
/// did: its own, and those of components that shared it. A record that moves may wait for a machine
/// that waits for this one to go, so that a machine does not wait for it in turn.
fn records_that_leave(bench: &Bench, step: &Step, steps: &[Step]) -> BTreeSet<Address> {
    let Work::Delete(deletion) = &step.work else { return BTreeSet::new() };
    let (ip, waits_for_moves) = match deletion {
        Deletion::ReservedIp { ip, .. } => (ip.map(IpAddr::V4), true),
        Deletion::Droplet { id } => {
            (bench.index.numbered.get(id).and_then(|live| live.public_ip), false)
        }
        Deletion::Tags(_)
        | Deletion::Vpc { .. }
        | Deletion::SshKey { .. }
        | Deletion::Volume { .. }
        | Deletion::Snapshot { .. }
        | Deletion::Firewall { .. }
        | Deletion::Project { .. }
        | Deletion::Alert { .. }
        | Deletion::Records(_) => (None, false),
    };
    let Some(ip) = ip.map(|ip| ip.to_string()) else { return BTreeSet::new() };
    let leaves = |other: &&Step| match &other.work {
        Work::Update(Update::Record { live, .. }) => waits_for_moves && live.data == ip,
        Work::Delete(Deletion::Records(records)) => records.iter().any(|live| live.data == ip),
        Work::Nothing
        | Work::Create(_)
        | Work::Update(_)
        | Work::Replace(_)
        | Work::Release(_)
        | Work::Delete(_) => false,
    };
    steps.iter().filter(leaves).map(|other| other.address.clone()).collect()
}

/// Tags go when no firewall covers or names them any more.
fn firewalls_that_let_go(step: &Step, steps: &[Step]) -> BTreeSet<Address> {
    if !matches!(step.work, Work::Delete(Deletion::Tags(_))) {
        return BTreeSet::new();
    }
    let changed = |other: &&Step| matches!(other.work, Work::Update(Update::Firewall { .. }));
    steps.iter().filter(changed).map(|other| other.address.clone()).collect()
}
