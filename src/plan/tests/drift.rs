//! What may happen to an account between two runs.

use proptest::{prelude::*, sample::Index};

use crate::{
    config::Stack,
    inventory::Inventory,
    plan::tests::{any_stack::SIZES, wanted, world},
    resources::{Debt, LiveBackups, Status},
    values::{Address, BackupPolicy, Mark, SizeSlug, Weekday},
};

/// Something that happened to the account since the last run.
#[derive(Clone, Copy, Debug)]
pub enum Drift {
    Droplet(ToDroplet),
    Volume(ToVolume),
    Firewall(ToFirewall),
    Record(ToRecord),
    Project(ToProject),
    AlertsGone,
    AlertsChanged,
    Ip(ToIp),
    KeysGone,
    NetworkGone,
    NetworkRenamed,
}

/// What may happen to a machine.
#[derive(Clone, Copy, Debug)]
pub enum ToDroplet {
    Gone,
    Renamed,
    Resized,
    LeftOff,
    BackedUp,
    Strange,
    Doubled,
}

/// What may happen to a volume.
#[derive(Clone, Copy, Debug)]
pub enum ToVolume {
    Gone,
    Detached,
    Smaller,
    Larger,
    Untagged,
}

/// What may happen to a firewall.
#[derive(Clone, Copy, Debug)]
pub enum ToFirewall {
    Gone,
    Renamed,
    Opened,
    Widened,
}

/// What may happen to a project.
#[derive(Clone, Copy, Debug)]
pub enum ToProject {
    Gone,
    Renamed,
    Emptied,
    Shared,
}

/// What may happen to a record.
#[derive(Clone, Copy, Debug)]
pub enum ToRecord {
    Gone,
    Halved,
    Moved,
}

/// What may happen to a reserved IP.
#[derive(Clone, Copy, Debug)]
pub enum ToIp {
    Gone,
    Leaving,
    Untagged,
    Strange,
}

fn drift() -> impl Strategy<Value = Drift> {
    let mendable = prop::sample::select(vec![
        Drift::Droplet(ToDroplet::Gone),
        Drift::Droplet(ToDroplet::Renamed),
        Drift::Droplet(ToDroplet::Resized),
        Drift::Droplet(ToDroplet::LeftOff),
        Drift::Droplet(ToDroplet::BackedUp),
        Drift::Volume(ToVolume::Gone),
        Drift::Volume(ToVolume::Detached),
        Drift::Volume(ToVolume::Smaller),
        Drift::Volume(ToVolume::Untagged),
        Drift::Firewall(ToFirewall::Gone),
        Drift::Firewall(ToFirewall::Renamed),
        Drift::Firewall(ToFirewall::Opened),
        Drift::Firewall(ToFirewall::Widened),
        Drift::Record(ToRecord::Gone),
        Drift::Record(ToRecord::Halved),
        Drift::Record(ToRecord::Moved),
        Drift::AlertsGone,
        Drift::AlertsChanged,
        Drift::Project(ToProject::Gone),
        Drift::Project(ToProject::Renamed),
        Drift::Project(ToProject::Emptied),
        Drift::Project(ToProject::Shared),
        Drift::Ip(ToIp::Gone),
        Drift::Ip(ToIp::Leaving),
        Drift::Ip(ToIp::Untagged),
        Drift::KeysGone,
        Drift::NetworkRenamed,
    ]);
    let refused = prop::sample::select(vec![
        Drift::Droplet(ToDroplet::Strange),
        Drift::Droplet(ToDroplet::Doubled),
        Drift::Ip(ToIp::Strange),
        Drift::Volume(ToVolume::Larger),
        Drift::NetworkGone,
    ]);
    prop_oneof![9 => mendable, 1 => refused]
}

/// A few of them, and to which of several things each happened.
pub fn drifts() -> impl Strategy<Value = Vec<(Drift, Index)>> {
    prop::collection::vec((drift(), any::<Index>()), 0..4)
}

/// The account of a stack that stood until they happened.
pub fn drifted(stack: &Stack, drifts: &[(Drift, Index)]) -> Inventory {
    let mut inventory = world::built(&wanted(stack), &stack.mark());
    for (drift, at) in drifts {
        match drift {
            Drift::Droplet(drift) => to_droplet(&mut inventory, *drift, *at),
            Drift::Volume(drift) => to_volume(&mut inventory, *drift, *at),
            Drift::Firewall(drift) => to_firewall(&mut inventory, *drift, *at),
            Drift::Ip(drift) => to_reserved_ip(&mut inventory, (*drift, &stack.mark()), *at),
            Drift::Record(drift) => to_record(&mut inventory, *drift, *at),
            Drift::Project(drift) => to_project(&mut inventory, *drift),
            Drift::AlertsGone => inventory.alerts.clear(),
            Drift::AlertsChanged => inventory.alerts.iter_mut().for_each(|it| it.enabled = false),
            Drift::KeysGone => inventory.keys.clear(),
            Drift::NetworkGone => inventory.vpcs.clear(),
            Drift::NetworkRenamed => inventory.vpcs.iter_mut().for_each(|it| it.name.push('x')),
        }
    }
    inventory
}

fn to_project(inventory: &mut Inventory, drift: ToProject) {
    let Some(live) = inventory.projects.first_mut() else { return };
    match drift {
        ToProject::Gone => inventory.projects.clear(),
        ToProject::Renamed => live.name.push('x'),
        ToProject::Emptied => live.members.clear(),
        ToProject::Shared => drop(live.members.insert("do:space:theirs".to_owned())),
    }
}

/// One of several, if there is any.
fn pick<T>(several: &mut [T], at: Index) -> Option<&mut T> {
    if several.is_empty() { None } else { Some(at.get_mut(several)) }
}

fn to_droplet(inventory: &mut Inventory, drift: ToDroplet, at: Index) {
    let Some(live) = pick(&mut inventory.droplets, at) else { return };
    let size = SizeSlug::new(*at.get(&SIZES));
    match drift {
        ToDroplet::Renamed => live.name.push('x'),
        ToDroplet::Resized => live.size = size,
        ToDroplet::BackedUp => {
            let (weekday, hour) = (Weekday::Sun, 0);
            live.backups = LiveBackups::On(Some(BackupPolicy::Weekly { weekday, hour }));
        }
        ToDroplet::LeftOff => {
            live.status = Status::Off;
            let debt = Debt { deadline: 1, size, operation: format!("op-{}", live.id) };
            live.tags.insert(debt.tag());
        }
        ToDroplet::Strange => live.status = Status::Other("moving".to_owned()),
        ToDroplet::Doubled => {
            let mut second = live.clone();
            second.id += 1000;
            inventory.droplets.push(second);
        }
        ToDroplet::Gone => {
            let id = live.id;
            inventory.droplets.retain(|live| live.id != id);
            // What its address was cannot be known any more.
            inventory.reserved_ips.retain(|live| live.droplet_id != Some(id));
            for volume in &mut inventory.volumes {
                volume.droplet_ids.remove(&id);
            }
        }
    }
}

fn to_volume(inventory: &mut Inventory, drift: ToVolume, at: Index) {
    let Some(live) = pick(&mut inventory.volumes, at) else { return };
    match drift {
        ToVolume::Detached => live.droplet_ids.clear(),
        ToVolume::Smaller => live.size_gb = 5,
        ToVolume::Larger => live.size_gb = 1000,
        ToVolume::Untagged => live.tags.retain(|tag| tag.as_str() != "dostack:core"),
        ToVolume::Gone => {
            let id = live.id.clone();
            inventory.volumes.retain(|live| live.id != id);
        }
    }
}

fn to_firewall(inventory: &mut Inventory, drift: ToFirewall, at: Index) {
    let Some(live) = pick(&mut inventory.firewalls, at) else { return };
    match drift {
        ToFirewall::Renamed => live.name.push('x'),
        ToFirewall::Opened => live.inbound = live.outbound.clone(),
        ToFirewall::Widened => {
            live.droplet_ids.insert(4711);
        }
        ToFirewall::Gone => {
            let id = live.id.clone();
            inventory.firewalls.retain(|live| live.id != id);
        }
    }
}

fn to_reserved_ip(inventory: &mut Inventory, (drift, mark): (ToIp, &Mark), at: Index) {
    let Some(live) = pick(&mut inventory.reserved_ips, at) else { return };
    let Some(holder) = live.droplet_id else { return };
    let ip = live.ip;
    let Some(droplet) = inventory.droplets.iter_mut().find(|it| it.id == holder) else { return };
    match drift {
        ToIp::Gone => inventory.reserved_ips.retain(|live| live.ip != ip),
        // A run was killed while it gave the address back.
        ToIp::Leaving => {
            live.droplet_id = None;
            droplet.tags.insert(mark.leaving_ip_tag(ip));
        }
        // A run was killed before it had the address.
        ToIp::Untagged => {
            droplet.tags.remove(&mark.reserved_ip_tag());
            inventory.reserved_ips.retain(|live| live.ip != ip);
        }
        // Somebody else put it there.
        ToIp::Strange => drop(droplet.tags.remove(&mark.reserved_ip_tag())),
    }
}

fn to_record(inventory: &mut Inventory, drift: ToRecord, at: Index) {
    let Some(zone) = &mut inventory.zone else { return };
    let mut places: Vec<Address> = zone.ours.keys().cloned().collect();
    let Some(place) = pick(&mut places, at) else { return };
    let live = zone.ours.get_mut(place).unwrap();
    match drift {
        ToRecord::Halved => live.id = None,
        ToRecord::Moved => live.data = "198.51.100.1".to_owned(),
        ToRecord::Gone => {
            zone.ours.remove(place);
        }
    }
}
