//! What holds for every stack, whatever was found.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, sample::Index};

use crate::{
    config::{
        AppStack, BackupsSpec, Component, DropletSpec, Home, InboundRule, MicroCache,
        NetworkFirewall, Peer, PlainDroplet, ReservedIp, Stack, Switch, VectorDroplet,
    },
    inventory::Inventory,
    plan::{
        Asked, NewData, Plan, Work, check, diff,
        tests::{
            stacks::{alert, data, dns, from, ladder, machine, plain, project, sample, stack},
            wanted, world,
        },
    },
    resources::{Debt, Kind, LiveBackups, Status},
    values::{
        Address, BackupPolicy, ComponentName, Mark, RecordName, SizeSlug, Weekday, short_digest,
    },
};

pub const NAMES: [&str; 4] = ["a", "b", "c", "d"];
pub const SIZES: [&str; 4] = ["s-1vcpu-1gb", "s-2vcpu-4gb", "s-4vcpu-8gb", "s-8vcpu-16gb"];

fn component(name: &'static str) -> impl Strategy<Value = Component> {
    let volume = || prop::option::of(prop_oneof![Just(10u32), Just(200)].prop_map(data));
    let records = prop::bool::ANY.prop_map(|named| {
        named.then(|| RecordName::parse(name).unwrap().into()).into_iter().collect::<BTreeSet<_>>()
    });
    let droplet = || {
        let backups = prop::sample::select(vec![
            BackupsSpec::Unsaid,
            BackupsSpec::Off,
            BackupsSpec::On(None),
            BackupsSpec::On(Some(BackupPolicy::Daily { hour: 4 })),
        ]);
        ((0..SIZES.len()), prop::bool::ANY, backups).prop_map(|(size, lasting, backups)| {
            let reserved_ip = if lasting { ReservedIp::One } else { ReservedIp::None };
            DropletSpec { backups, reserved_ip, ..machine(SIZES[size]) }
        })
    };
    let home = || droplet().prop_map(|droplet| Home::Own(Box::new(droplet)));
    let resize = || prop::bool::ANY.prop_map(|grows| grows.then(|| ladder(&SIZES)));
    let machines = (home(), volume(), records.clone(), resize());
    prop_oneof![
        machines.clone().prop_map(|(home, volume, records, resize)| {
            let Component::VectorDroplet(it) = sample("vector") else { panic!() };
            Component::VectorDroplet(VectorDroplet { home, volume, records, resize, ..it })
        }),
        machines.prop_map(|(home, volume, records, resize)| {
            let Component::AppStack(it) = sample("app") else { panic!() };
            Component::AppStack(AppStack { home, volume, records, resize, ..it })
        }),
        (prop::bool::ANY, home(), records.clone()).prop_map(|(on, home, records)| {
            let Component::MicroCache(it) = sample("cache") else { panic!() };
            let enabled = if on { Switch::On } else { Switch::Auto };
            Component::MicroCache(MicroCache { enabled, home, records, ..it })
        }),
        inbound().prop_map(|inbound| {
            Component::NetworkFirewall(NetworkFirewall {
                name: None,
                adopt: None,
                inbound,
                outbound: None,
            })
        }),
        (prop::option::of(1u16..4), droplet(), volume(), inbound(), records).prop_map(
            |(count, droplet, volume, inbound, records)| {
                let records = if count.is_none() { records } else { [].into() };
                let it = plain(count);
                // What else is drawn decides about alerts, so that nothing more has to be.
                let alerts = match droplet.size.as_str() {
                    "s-1vcpu-1gb" => vec![alert(80)],
                    "s-2vcpu-4gb" => vec![alert(90)],
                    _ => Vec::new(),
                };
                Component::Droplet(PlainDroplet { droplet, alerts, volume, inbound, records, ..it })
            }
        ),
    ]
}

fn inbound() -> impl Strategy<Value = Vec<InboundRule>> {
    let peer = prop_oneof![
        Just(Peer::Anywhere),
        Just(Peer::Vpc),
        (0..NAMES.len()).prop_map(|at| Peer::Component(ComponentName::parse(NAMES[at]).unwrap())),
    ];
    prop::collection::vec((1u16..5, peer).prop_map(|(port, peer)| from(port, peer)), 0..3)
}

/// Up to four components; rules that name one which is not there are left out.
pub fn stacks() -> impl Strategy<Value = Stack> {
    let components = NAMES.map(|name| prop::option::of(component(name)));
    let flag = || prop::bool::ANY;
    (components, flag(), flag(), flag()).prop_map(|(components, named, grouped, shared)| {
        let present = NAMES.into_iter().zip(components);
        let mut stack = stack(present.filter_map(|(name, it)| Some((name, it?))));
        if shared {
            share(&mut stack);
        }
        stack.dns = named.then(dns);
        stack.project = grouped.then(project);
        let names: BTreeSet<ComponentName> = stack.components.keys().cloned().collect();
        for component in stack.components.values_mut() {
            let inbound = match component {
                Component::NetworkFirewall(network) => &mut network.inbound,
                Component::Droplet(plain) => &mut plain.inbound,
                Component::VectorDroplet(_) | Component::AppStack(_) | Component::MicroCache(_) => {
                    continue;
                }
            };
            inbound.retain(|rule| match &rule.from[..] {
                [Peer::Component(name)] => names.contains(name),
                _ => true,
            });
        }
        stack
    })
}

/// Puts a component that can share a machine on another's, where there is one.
fn share(stack: &mut Stack) {
    let is_host = |component: &Component| {
        component.droplet().is_some() && component.count().is_none() && component.is_wanted()
    };
    let host = stack.components.iter().find(|(_, component)| is_host(component));
    let Some(host) = host.map(|(name, _)| name.clone()) else { return };
    let others = stack.components.iter_mut().filter(|(name, _)| **name != host);
    let mut homes = others.filter_map(|(_, component)| match component {
        Component::VectorDroplet(it) => {
            it.resize = None;
            Some(&mut it.home)
        }
        Component::AppStack(it) => {
            it.resize = None;
            Some(&mut it.home)
        }
        Component::MicroCache(it) => Some(&mut it.home),
        Component::NetworkFirewall(_) | Component::Droplet(_) => None,
    });
    if let Some(home) = homes.next() {
        *home = Home::On(host);
    }
}

/// Something that happened to the account since the last run.
#[derive(Clone, Copy, Debug)]
enum Drift {
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

#[derive(Clone, Copy, Debug)]
enum ToDroplet {
    Gone,
    Renamed,
    Resized,
    LeftOff,
    BackedUp,
    Strange,
    Doubled,
}

#[derive(Clone, Copy, Debug)]
enum ToVolume {
    Gone,
    Detached,
    Smaller,
    Larger,
    Untagged,
}

#[derive(Clone, Copy, Debug)]
enum ToFirewall {
    Gone,
    Renamed,
    Opened,
    Widened,
}

#[derive(Clone, Copy, Debug)]
enum ToProject {
    Gone,
    Renamed,
    Emptied,
    Shared,
}

#[derive(Clone, Copy, Debug)]
enum ToRecord {
    Gone,
    Halved,
    Moved,
}

#[derive(Clone, Copy, Debug)]
enum ToIp {
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

fn drifts() -> impl Strategy<Value = Vec<(Drift, Index)>> {
    prop::collection::vec((drift(), any::<Index>()), 0..4)
}

fn drifted(stack: &Stack, drifts: &[(Drift, Index)]) -> Inventory {
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

fn planned(stack: &Stack, inventory: &Inventory, asked: &Asked) -> Plan {
    diff(&wanted(stack), inventory, &stack.mark(), asked)
}

/// Every address with all it waits for, however far away.
fn reach(plan: &Plan) -> BTreeMap<Address, BTreeSet<Address>> {
    let mut reach: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
    for step in &plan.steps {
        let mut all = step.needs.clone();
        all.extend(step.needs.iter().flat_map(|need| reach[need].clone()));
        reach.insert(step.address.clone(), all);
    }
    reach
}

/// Where a wanted thing stands in the plan that destroys it.
fn place(address: &Address, kind: Kind) -> Address {
    if kind == Kind::Tag { "stack:tags".parse().unwrap() } else { address.clone() }
}

/// The same account, listed in another order.
fn shuffled(inventory: &Inventory, seed: u32) -> Inventory {
    let mut other = inventory.clone();
    let key = |id: String| short_digest(&format!("{seed} {id}"));
    other.droplets.sort_by_key(|it| key(it.id.to_string()));
    other.volumes.sort_by_key(|it| key(it.id.clone()));
    other.firewalls.sort_by_key(|it| key(it.id.clone()));
    other.reserved_ips.sort_by_key(|it| key(it.ip.to_string()));
    other.vpcs.sort_by_key(|it| key(it.id.clone()));
    other
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stack_that_stands_needs_nothing(stack in stacks()) {
        let inventory = world::built(&wanted(&stack), &stack.mark());
        let plan = planned(&stack, &inventory, &Asked::stand());
        prop_assert!(plan.is_empty(), "{:?}", plan.changes().collect::<Vec<_>>());
        prop_assert_eq!(plan.refusals, []);
        prop_assert_eq!(plan.notes, []);
    }

    #[test]
    fn a_plan_from_nothing_keeps_every_edge_and_builds_the_stack(stack in stacks()) {
        let plan = planned(&stack, &world::empty(), &Asked::stand());
        prop_assert_eq!(check(&plan, &Asked::stand()), []);
        let wanted = wanted(&stack);
        prop_assert_eq!(plan.steps.len(), wanted.len());
        for step in &plan.steps {
            prop_assert_eq!(&step.needs, &wanted.get(&step.address).unwrap().needs);
        }
        let after = world::apply_plan(&world::empty(), &plan);
        prop_assert!(planned(&stack, &after, &Asked::stand()).is_empty());
    }

    #[test]
    fn destroy_is_the_reverse_order(stack in stacks()) {
        let wanted = wanted(&stack);
        let inventory = world::built(&wanted, &stack.mark());
        let plan = planned(&stack, &inventory, &Asked::go());
        prop_assert_eq!(check(&plan, &Asked::go()), []);
        let reach = reach(&plan);
        for (address, node) in wanted.iter() {
            let place_of = |address: &Address| place(address, wanted.get(address).unwrap().value.kind());
            let above = place_of(address);
            for below in node.needs.iter().map(place_of) {
                if reach.contains_key(&above) && reach.contains_key(&below) {
                    prop_assert!(reach[&below].contains(&above), "{below} goes before {above}");
                }
            }
        }
        let after = world::apply_plan(&inventory, &plan);
        prop_assert!(after.droplets.is_empty() && after.firewalls.is_empty());
        prop_assert!(after.reserved_ips.is_empty());
        prop_assert!(after.vpcs.is_empty() && after.keys.is_empty());
        prop_assert_eq!(after.volumes.len(), inventory.volumes.len());
        prop_assert!(planned(&stack, &after, &Asked::go()).is_empty());
    }

    #[test]
    fn whatever_was_found_one_run_is_enough(
        before in stacks(),
        after in stacks(),
        drifts in drifts(),
    ) {
        for stack in [&before, &after] {
            let inventory = drifted(&before, &drifts);
            let asked = Asked { new_data: NewData::Accept, ..Asked::stand() };
            let plan = planned(stack, &inventory, &asked);
            prop_assert_eq!(check(&plan, &asked), []);
            for step in plan.changes().filter(|step| step.work == Work::Nothing) {
                let about = plan.refusals.iter().any(|it| it.address.as_ref() == Some(&step.address));
                prop_assert!(about, "{} does nothing and is not refused", step.address);
            }
            if plan.refusals.is_empty() {
                let next = planned(stack, &world::apply_plan(&inventory, &plan), &asked);
                prop_assert!(next.is_empty(), "{:?}", next.changes().collect::<Vec<_>>());
                prop_assert_eq!(next.monthly.before, plan.monthly.after);
            }
        }
    }

    #[test]
    fn whatever_was_found_destroy_leaves_only_data(stack in stacks(), drifts in drifts()) {
        let inventory = drifted(&stack, &drifts);
        let plan = planned(&stack, &inventory, &Asked::go());
        prop_assert_eq!(check(&plan, &Asked::go()), []);
        if plan.refusals.is_empty() {
            let after = world::apply_plan(&inventory, &plan);
            prop_assert!(after.droplets.is_empty() && after.vpcs.is_empty());
            prop_assert_eq!(after.volumes.len(), inventory.volumes.len());
            prop_assert!(planned(&stack, &after, &Asked::go()).is_empty());
        }
    }

    #[test]
    fn the_order_of_listings_means_nothing(
        stack in stacks(),
        drifts in drifts(),
        seed in any::<u32>(),
    ) {
        let inventory = drifted(&stack, &drifts);
        for asked in [Asked::stand(), Asked::go()] {
            let plan = planned(&stack, &inventory, &asked);
            let other = planned(&stack, &shuffled(&inventory, seed), &asked);
            prop_assert_eq!(plan, other);
        }
    }
}
