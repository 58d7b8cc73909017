//! Who reaches a machine: today, and when the stack's firewalls cover it.

use std::collections::BTreeSet;

use crate::{
    plan::judge::Bench,
    resources::{Droplet, Firewall, LiveDroplet, LiveFirewall, Peers, Protocol, Rules},
    values::{Cidr, Ports},
};

/// What the last step of an adoption closes, in one sentence.
pub fn words(bench: &Bench, wanted: &Droplet, live: &LiveDroplet) -> String {
    let ours: BTreeSet<&str> =
        bench.index.firewalls.values().map(|live| live.id.as_str()).collect();
    let (mut inbound, mut outbound) = (Rules::default(), Rules::default());
    let (theirs, now): (Vec<_>, Vec<_>) =
        covering(bench, live).partition(|wall| !ours.contains(wall.id.as_str()));
    for wall in &theirs {
        join(&mut inbound, &wall.inbound);
        join(&mut outbound, &wall.outbound);
    }
    let is_open = theirs.is_empty() && now.is_empty();
    let before = inbound_words(&inbound, &now);
    for wall in becoming(bench, wanted) {
        join(&mut inbound, &wall.inbound);
        join(&mut outbound, &wall.outbound);
    }
    let before = if is_open {
        "no firewall covers it today, so every port can be reached".to_owned()
    } else {
        format!("today this comes in: {before}")
    };
    let out = if is_everything(&outbound) {
        String::new()
    } else {
        format!("; and only this goes out: {}", listed(&outbound, "to"))
    };
    format!("{before}; the last step leaves open: {}{out}", listed(&inbound, "from"))
}

/// Whether any firewall besides the stack's own covers a machine.
pub fn is_covered_by_others(bench: &Bench, live: &LiveDroplet) -> bool {
    let ours: BTreeSet<&str> =
        bench.index.our_firewalls.iter().map(|live| live.id.as_str()).collect();
    covering(bench, live).any(|wall| !ours.contains(wall.id.as_str()))
}

/// The firewalls that cover a machine now.
fn covering<'a>(bench: &'a Bench, live: &'a LiveDroplet) -> impl Iterator<Item = &'a LiveFirewall> {
    let firewalls = bench.inventory.firewalls.iter();
    firewalls
        .filter(|wall| wall.droplet_ids.contains(&live.id) || !wall.tags.is_disjoint(&live.tags))
}

/// The stack's firewalls that cover a machine once it carries its tags.
fn becoming<'a>(bench: &'a Bench, wanted: &'a Droplet) -> impl Iterator<Item = &'a Firewall> {
    let firewalls = bench.wanted.iter().filter_map(|(_, node)| node.value.as_firewall());
    firewalls.filter(|wall| !wall.tags.is_disjoint(&wanted.tags))
}

fn inbound_words(theirs: &Rules, ours: &[&LiveFirewall]) -> String {
    let mut all = theirs.clone();
    for wall in ours {
        join(&mut all, &wall.inbound);
    }
    listed(&all, "from")
}

fn join(all: &mut Rules, more: &Rules) {
    for (protocol, ports, peers) in more.iter() {
        all.add(protocol.clone(), ports, peers.clone());
    }
}

fn listed(rules: &Rules, preposition: &str) -> String {
    let words: Vec<String> = rules
        .iter()
        .map(|(protocol, ports, peers)| match protocol {
            Protocol::Icmp => format!("icmp {preposition} {peers}"),
            Protocol::Tcp | Protocol::Udp | Protocol::Other(_) => {
                format!("{protocol} {ports} {preposition} {peers}")
            }
        })
        .collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

fn is_everything(outbound: &Rules) -> bool {
    let mut everything = Rules::default();
    for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Icmp] {
        let peers = Peers { ranges: Cidr::anywhere().into(), ..Peers::default() };
        everything.add(protocol, Ports::ALL, peers);
    }
    let mut joined = outbound.clone();
    join(&mut joined, &everything);
    joined == *outbound
}
