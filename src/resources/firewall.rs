//! Cloud firewalls, which always target tags.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Serialize, Serializer};

use crate::{
    resources::{Adopt, Effect, FieldChange},
    values::{Cidr, FirewallName, Ports, Tag},
};

/// A protocol a firewall knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP, which has no ports.
    Icmp,
    /// A word this version does not know.
    Other(String),
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp => out.pad("tcp"),
            Self::Udp => out.pad("udp"),
            Self::Icmp => out.pad("icmp"),
            Self::Other(word) => out.pad(word),
        }
    }
}

/// The other ends of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Peers {
    /// Address ranges.
    pub ranges: BTreeSet<Cidr>,
    /// The stack's network, where its range is known only once the network is found.
    pub network: Option<Network>,
    /// Tags of droplets.
    pub tags: BTreeSet<Tag>,
    /// What a stack file cannot say: droplets, load balancers, clusters by id.
    pub others: BTreeSet<String>,
}

impl Peers {
    /// Adds another rule's ends.
    fn join(&mut self, other: Self) {
        self.ranges.extend(other.ranges);
        self.network = self.network.or(other.network);
        self.tags.extend(other.tags);
        self.others.extend(other.others);
    }

    /// How many sources or destinations these are.
    pub fn count(&self) -> usize {
        let network = usize::from(self.network.is_some());
        self.ranges.len() + network + self.tags.len() + self.others.len()
    }
}

impl fmt::Display for Peers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let anywhere = BTreeSet::from(Cidr::anywhere());
        let everyone = self.ranges.is_superset(&anywhere);
        let mut words: Vec<String> = self
            .ranges
            .iter()
            .filter(|range| !(everyone && anywhere.contains(range)))
            .map(ToString::to_string)
            .collect();
        if everyone {
            words.insert(0, "anywhere".to_owned());
        }
        words.extend(self.network.map(|Network| "the VPC".to_owned()));
        words.extend(self.tags.iter().map(|tag| format!("tag {tag}")));
        words.extend(self.others.iter().cloned());
        out.write_str(&words.join(", "))
    }
}

/// The network the stack lives in, whatever its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Network;

/// Rules in their normal form: for each protocol and ports, the set of other ends.
///
/// Order, repetition and the ways to write "all" do not count; ICMP has no ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    by_ports: BTreeMap<(Protocol, Ports), Peers>,
}

impl Rules {
    /// Adds a rule; one without any other end opens nothing, and DigitalOcean takes none such.
    pub fn add(&mut self, protocol: Protocol, ports: Ports, peers: Peers) {
        if peers.count() == 0 {
            return;
        }
        let ports = if protocol == Protocol::Icmp { Ports::ALL } else { ports };
        self.by_ports.entry((protocol, ports)).or_default().join(peers);
    }

    /// Puts the network's range where the network is spoken of.
    pub fn set_network(&mut self, range: Cidr) {
        for peers in self.by_ports.values_mut().filter(|peers| peers.network.is_some()) {
            peers.network = None;
            peers.ranges.insert(range);
        }
    }

    /// Each rule once, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Protocol, Ports, &Peers)> {
        self.by_ports.iter().map(|((protocol, ports), peers)| (protocol, *ports, peers))
    }

    /// How many rules these are.
    pub fn len(&self) -> usize {
        self.by_ports.len()
    }

    /// The tags the other ends are spoken of by.
    pub fn tags(&self) -> impl Iterator<Item = &Tag> {
        self.by_ports.values().flat_map(|peers| &peers.tags)
    }

    /// The rules that differ, one change for each protocol and ports.
    fn diff(&self, live: &Self, direction: &str) -> Vec<FieldChange> {
        let keys: BTreeSet<&(Protocol, Ports)> =
            self.by_ports.keys().chain(live.by_ports.keys()).collect();
        let text = |rules: &Self, key: &(Protocol, Ports)| {
            rules.by_ports.get(key).map_or_else(|| "closed".to_owned(), ToString::to_string)
        };
        keys.into_iter()
            .filter(|key| self.by_ports.get(key) != live.by_ports.get(key))
            .map(|key| {
                let field = rule_name(direction, key);
                FieldChange::new(field, &text(live, key), &text(self, key), Effect::InPlace)
            })
            .collect()
    }
}

impl Serialize for Rules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.by_ports.iter().map(|(key, peers)| (rule_name("", key).trim().to_owned(), peers)),
        )
    }
}

fn rule_name(direction: &str, (protocol, ports): &(Protocol, Ports)) -> String {
    match protocol {
        Protocol::Icmp => format!("{direction} icmp"),
        Protocol::Tcp | Protocol::Udp | Protocol::Other(_) => {
            format!("{direction} {protocol} {ports}")
        }
    }
}

/// A firewall that is to exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Firewall {
    /// Unique in the account.
    pub name: FirewallName,
    /// The tags it covers, which are its mark too.
    pub tags: BTreeSet<Tag>,
    /// What may come in.
    pub inbound: Rules,
    /// What may go out; without a rule nothing may.
    pub outbound: Rules,
    /// Droplets it covers by id, which only one that was adopted does.
    pub droplet_ids: BTreeSet<u64>,
    /// An existing firewall that the file would rather take in.
    pub adopt: Option<Adopt>,
}

/// A firewall that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveFirewall {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The tags it covers.
    pub tags: BTreeSet<Tag>,
    /// The droplets it covers by id.
    pub droplet_ids: BTreeSet<u64>,
    /// What may come in.
    pub inbound: Rules,
    /// What may go out.
    pub outbound: Rules,
}

impl LiveFirewall {
    /// Every tag it speaks of: those it covers, and those of its rules.
    pub fn tags_spoken_of(&self) -> impl Iterator<Item = &Tag> {
        self.tags.iter().chain(self.inbound.tags()).chain(self.outbound.tags())
    }
}

impl Firewall {
    /// The tags it covers, and those its rules name.
    pub fn tags_spoken_of(&self) -> impl Iterator<Item = &Tag> {
        self.tags.iter().chain(self.inbound.tags()).chain(self.outbound.tags())
    }

    /// How many rules a firewall may have in all (docs: Firewalls, limits).
    pub const MAX_RULES: usize = 50;
    /// How many tags a firewall may cover (docs: Firewalls, limits).
    pub const MAX_TAGS: usize = 5;
    /// How many sources or destinations a rule may have (docs: Firewalls, limits).
    pub const MAX_PEERS: usize = 1000;

    /// The fields that differ.
    pub fn diff(&self, live: &LiveFirewall) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        if live.name != self.name.as_str() {
            changes.push(FieldChange::new("name", &live.name, &self.name, Effect::InPlace));
        }
        changes.extend(self.inbound.diff(&live.inbound, "inbound"));
        changes.extend(self.outbound.diff(&live.outbound, "outbound"));
        if live.tags != self.tags {
            let text =
                |tags: &BTreeSet<Tag>| tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ");
            let (before, after) = (text(&live.tags), text(&self.tags));
            changes.push(FieldChange::new("tags", &before, &after, Effect::InPlace));
        }
        if live.droplet_ids != self.droplet_ids {
            let text = |ids: &BTreeSet<u64>| {
                ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            };
            let (before, after) = (text(&live.droplet_ids), text(&self.droplet_ids));
            changes.push(FieldChange::new("droplets", &before, &after, Effect::InPlace));
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::{Peers, Protocol, Rules};
    use crate::values::{Cidr, Ports};

    fn from(range: &str) -> Peers {
        Peers { ranges: [range.parse().unwrap()].into(), ..Peers::default() }
    }

    #[test]
    fn order_repetition_and_spelling_do_not_count() {
        let mut one = Rules::default();
        one.add(Protocol::Tcp, "all".parse().unwrap(), from("10.0.0.0/8"));
        one.add(Protocol::Tcp, "0".parse().unwrap(), from("10.0.0.1/32"));
        one.add(Protocol::Icmp, Ports::one(1), from("10.0.0.0/8"));
        let mut other = Rules::default();
        other.add(Protocol::Icmp, Ports::ALL, from("10.0.0.0/8"));
        other.add(Protocol::Tcp, "1-65535".parse().unwrap(), from("10.0.0.1"));
        other.add(Protocol::Tcp, "0".parse().unwrap(), from("10.0.0.0/8"));
        assert_eq!(one, other);
        assert!(one.diff(&other, "inbound").is_empty());
    }

    #[test]
    fn a_closed_and_an_opened_port_are_each_named() {
        let mut wanted = Rules::default();
        wanted.add(Protocol::Tcp, Ports::one(443), from("10.0.0.0/8"));
        let mut live = Rules::default();
        live.add(Protocol::Tcp, Ports::one(80), from("10.0.0.0/8"));
        let changes: Vec<(String, String, String)> = wanted
            .diff(&live, "inbound")
            .into_iter()
            .map(|change| (change.field, change.change.before, change.change.after))
            .collect();
        let text = |field: &str, before: &str, after: &str| {
            (field.to_owned(), before.to_owned(), after.to_owned())
        };
        assert_eq!(
            changes,
            [
                text("inbound tcp 80", "10.0.0.0/8", "closed"),
                text("inbound tcp 443", "closed", "10.0.0.0/8"),
            ]
        );
    }

    #[test]
    fn a_rule_for_nobody_is_no_rule() {
        let mut rules = Rules::default();
        rules.add(Protocol::Tcp, Ports::one(22), Peers::default());
        assert_eq!(rules.len(), 0);
    }

    #[test]
    fn both_families_together_read_as_anywhere() {
        let peers = Peers { ranges: Cidr::anywhere().into(), ..Peers::default() };
        assert_eq!(peers.to_string(), "anywhere");
        assert_eq!(from("0.0.0.0/0").to_string(), "0.0.0.0/0");
    }
}
