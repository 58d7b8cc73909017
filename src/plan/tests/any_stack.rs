//! Any stack there may be, for what holds for all of them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::{
    config::{
        AppStack, BackupsSpec, Component, DropletSpec, Home, InboundRule, MicroCache,
        NetworkFirewall, Peer, PlainDroplet, ReservedIp, Stack, Switch, VectorDroplet,
    },
    plan::tests::stacks::{alert, data, dns, from, ladder, machine, plain, project, sample, stack},
    values::{BackupPolicy, ComponentName, RecordName},
};

/// What its components are called.
pub const NAMES: [&str; 4] = ["a", "b", "c", "d"];
/// The sizes its machines have, the least first.
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
