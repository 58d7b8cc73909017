//! Firewall rules as a stack file or a component states them.

use std::collections::BTreeSet;

use crate::{
    components::shared::{Building, stack_tag_address},
    config::{
        Component, InboundRule, OutboundRule, Peer, Protocol as Stated, Reach, Stack, of_machines,
    },
    resources::{Firewall, Network, Peers, Protocol, Resource, Rules},
    values::{Address, Cidr, ComponentName, FirewallName, Part, Ports, Tag},
};

/// What may reach a component's machines: SSH from where the stack allows it, the services of all
/// components on them, their own figures where the stack is watched, and what the file adds.
fn component_rules(stack: &Stack, name: &ComponentName, extra: &[InboundRule]) -> Rules {
    let mut rules = Rules::default();
    let operators = Peers { ranges: stack.ssh.allow_from.clone(), ..Peers::default() };
    rules.add(Protocol::Tcp, Ports::one(22), operators);
    let exporters = stack.watcher().map(|_| of_machines()).unwrap_or_default();
    let figures = exporters.into_iter().filter(|port| port.reach == Reach::Network);
    let services = stack.residents(name).flat_map(|(_, component)| component.ports());
    for port in services.chain(figures) {
        let to = match port.reach {
            Reach::Machine => continue,
            Reach::Network => Peer::Vpc,
            Reach::Everybody => Peer::Anywhere,
        };
        rules.add(Protocol::Tcp, Ports::one(port.number), peers(stack, [&to]));
    }
    add_inbound(&mut rules, stack, extra);
    rules
}

/// Adds rules as the file states them.
pub fn add_inbound(rules: &mut Rules, stack: &Stack, stated: &[InboundRule]) {
    for rule in stated {
        rules.add(protocol(rule.protocol), rule.ports, peers(stack, &rule.from));
    }
}

/// What may go out as the file states it; everything where it says nothing.
///
/// It is always written down: a firewall without outbound rules lets nothing out at all
/// (docs: Firewalls, how to configure rules).
pub fn outbound_rules(stack: &Stack, stated: Option<&[OutboundRule]>) -> Rules {
    let mut rules = Rules::default();
    match stated {
        Some(stated) => {
            for rule in stated {
                rules.add(protocol(rule.protocol), rule.ports, peers(stack, &rule.to));
            }
        }
        None => {
            for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Icmp] {
                rules.add(protocol, Ports::ALL, peers(stack, [&Peer::Anywhere]));
            }
        }
    }
    rules
}

/// Adds the firewall of a component's machines, and the tag by which it covers them.
///
/// The tag and its address are given back for the machines to carry and to need.
pub fn guard(
    building: &mut Building,
    name: &ComponentName,
    extra: &[InboundRule],
) -> (Tag, Address) {
    let main = Address::component(name.clone());
    let (tag, tag_address) = target(building.stack, name);
    building.target_tag(&tag_address, tag.clone());
    let address = main.part(Part::Firewall);
    let made = format!("{}-{name}", building.stack.name);
    let inbound = component_rules(building.stack, name, extra);
    if let Some(name) = building.name(&address, FirewallName::parse(&made)) {
        let outbound = outbound_rules(building.stack, None);
        let mut needs = add_tags_spoken_of(building, &inbound);
        needs.insert(tag_address.clone());
        let firewall = Firewall {
            name,
            tags: [tag.clone()].into(),
            inbound,
            outbound,
            droplet_ids: BTreeSet::new(),
            adopt: None,
        };
        building.add(address, Resource::Firewall(firewall), needs);
    }
    (tag, tag_address)
}

/// Adds the tags that rules speak of, and gives back their addresses.
///
/// A component that is switched off has no machines, but a rule may name it all the same, and
/// DigitalOcean takes a rule only when the tag exists.
pub fn add_tags_spoken_of(building: &mut Building, rules: &Rules) -> BTreeSet<Address> {
    let spoken: BTreeSet<&Tag> = rules.tags().collect();
    let targets = building.stack.components.keys().map(|name| target(building.stack, name));
    let targets: Vec<(Tag, Address)> = targets.filter(|(tag, _)| spoken.contains(tag)).collect();
    for (tag, address) in &targets {
        building.target_tag(address, tag.clone());
    }
    targets.into_iter().map(|(_, address)| address).collect()
}

/// The tag by which a component's machines are targeted, and the tag's address.
///
/// One machine is targeted by its own mark, whichever of the components on it is meant; several
/// share a tag of their component's; and a `NetworkFirewall` covers the whole stack.
pub fn target(stack: &Stack, name: &ComponentName) -> (Tag, Address) {
    let name = stack.host(name);
    let main = Address::component(name.clone());
    let tag_address = main.part(Part::Tag);
    match stack.components.get(name) {
        Some(Component::NetworkFirewall(_)) => (stack.mark().stack_tag(), stack_tag_address()),
        Some(Component::Droplet(plain)) if plain.count.is_some() => {
            (stack.mark().address_tag(&tag_address), tag_address)
        }
        _ => (stack.mark().address_tag(&main), tag_address),
    }
}

fn peers<'a>(stack: &Stack, stated: impl IntoIterator<Item = &'a Peer>) -> Peers {
    let mut peers = Peers::default();
    for peer in stated {
        match peer {
            Peer::Anywhere => peers.ranges.extend(Cidr::anywhere()),
            Peer::Vpc => match stack.vpc.ip_range {
                Some(range) => drop(peers.ranges.insert(range)),
                None => peers.network = Some(Network),
            },
            Peer::Range(range) => peers.ranges.extend([*range]),
            Peer::Component(name) => {
                peers.tags.insert(target(stack, name).0);
            }
        }
    }
    peers
}

fn protocol(stated: Stated) -> Protocol {
    match stated {
        Stated::Tcp => Protocol::Tcp,
        Stated::Udp => Protocol::Udp,
        Stated::Icmp => Protocol::Icmp,
    }
}
