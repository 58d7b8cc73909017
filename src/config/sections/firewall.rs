//! `inbound` and `outbound`: what may come in and go out.

use crate::{
    config::{
        reader::Reader,
        shape::{Field, Shape, optional, required},
        tree::Node,
    },
    values::{Cidr, ComponentName, Ports},
};

/// What may come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundRule {
    /// Which protocol.
    pub protocol: Protocol,
    /// Which ports; every one for ICMP.
    pub ports: Ports,
    /// Where from.
    pub from: Vec<Peer>,
}

/// What may go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundRule {
    /// Which protocol.
    pub protocol: Protocol,
    /// Which ports; every one for ICMP.
    pub ports: Ports,
    /// Where to.
    pub to: Vec<Peer>,
}

/// A protocol a firewall knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP, which has no ports.
    Icmp,
}

/// The other end of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Every address.
    Anywhere,
    /// The stack's private network.
    Vpc,
    /// An address or a range.
    Range(Cidr),
    /// The machines of another component.
    Component(ComponentName),
}

/// What may come in.
pub const INBOUND: Field = optional(
    "inbound",
    &Shape::List(&Shape::Record(&[PROTOCOL, PORTS, required("from", &PEERS, ENDS)])),
    "What may come in; nothing besides SSH unless given.",
);

/// What may go out.
pub const OUTBOUND: Field = optional(
    "outbound",
    &Shape::List(&Shape::Record(&[PROTOCOL, PORTS, required("to", &PEERS, ENDS)])),
    "What may go out; everything unless given.",
);

const PROTOCOL: Field =
    required("protocol", &Shape::Word(&["tcp", "udp", "icmp"]), "One of tcp, udp and icmp.");

const PORTS: Field = optional(
    "ports",
    &Shape::Text,
    "One port as \"443\", a range as \"8000-8010\", or `all`; not with icmp.",
);

const PEERS: Shape = Shape::List(&Shape::Text);

const ENDS: &str = "`anywhere`, `vpc`, an address or range, or the name of a component.";

/// The most rules one firewall may have, in and out together (docs: Cloud Firewalls, limits).
const MAX_RULES: usize = 50;

/// The rules that stand for an `outbound` that is not given: tcp, udp and icmp to everywhere.
const OUTBOUND_DEFAULT: usize = 3;

/// The rule that lets SSH in.
const SSH: usize = 1;

/// The most sources or destinations one rule may have (docs: Cloud Firewalls, limits).
const MAX_PEERS: usize = 1000;

impl Peer {
    /// Reads the other end of a rule.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "anywhere" => return Ok(Self::Anywhere),
            "vpc" => return Ok(Self::Vpc),
            _ => {}
        }
        if text.contains(['.', ':', '/']) {
            return text.parse().map(Self::Range).map_err(|error| format!("{error}"));
        }
        ComponentName::parse(text).map(Self::Component).map_err(|_| {
            format!("`{text}` is no end of a rule: write `anywhere`, `vpc`, a range, or a component's name")
        })
    }
}

/// Reads what may come in.
pub fn inbound(component: &Node, reader: &mut Reader<'_>) -> Vec<InboundRule> {
    let rules = component.get(INBOUND.name).map(Node::items).unwrap_or_default();
    let read = |rule| {
        let (protocol, ports, from) = rule_of(rule, "from", reader)?;
        Some(InboundRule { protocol, ports, from })
    };
    rules.iter().filter_map(read).collect()
}

/// Reads what may go out.
pub fn outbound(component: &Node, reader: &mut Reader<'_>) -> Option<Vec<OutboundRule>> {
    let rules = component.get(OUTBOUND.name)?;
    let read = |rule| {
        let (protocol, ports, to) = rule_of(rule, "to", reader)?;
        Some(OutboundRule { protocol, ports, to })
    };
    Some(rules.items().iter().filter_map(read).collect())
}

/// Tells when a firewall would have too many rules.
pub fn limit(
    component: &Node,
    inbound: &[InboundRule],
    outbound: Option<&[OutboundRule]>,
    reader: &mut Reader<'_>,
) {
    let out = outbound.map_or(OUTBOUND_DEFAULT, <[OutboundRule]>::len);
    let sum = inbound.len() + SSH + out;
    if sum > MAX_RULES {
        let message = format!(
            "the firewall has {sum} rules ({} in, {SSH} for SSH, {out} out), and DigitalOcean takes at most {MAX_RULES}",
            inbound.len(),
        );
        let place = component.get(INBOUND.name).map_or(component.place, |rules| rules.place);
        reader.mistake(place, message);
    }
}

fn rule_of(
    rule: &Node,
    other_end: &str,
    reader: &mut Reader<'_>,
) -> Option<(Protocol, Ports, Vec<Peer>)> {
    let protocol = match rule.get(PROTOCOL.name).and_then(Node::text) {
        Some("tcp") => Some(Protocol::Tcp),
        Some("udp") => Some(Protocol::Udp),
        Some("icmp") => Some(Protocol::Icmp),
        Some(_) | None => None,
    };
    let given = rule.get(PORTS.name);
    match (protocol, given) {
        (Some(Protocol::Icmp), Some(ports)) => reader.mistake(ports.place, "icmp has no ports"),
        (Some(Protocol::Tcp | Protocol::Udp), None) => {
            reader.mistake(
                rule.place,
                "the field `ports` is missing: tcp and udp need it, `all` is every port",
            );
        }
        (Some(Protocol::Icmp), None)
        | (Some(Protocol::Tcp | Protocol::Udp), Some(_))
        | (None, Some(_) | None) => {}
    }
    let ports = match given {
        Some(_) => reader.parse(given, ports),
        None => Some(Ports::ALL),
    };
    let peers = rule.get(other_end).map(|peers| peers_of(peers, reader));
    Some((protocol?, ports?, peers?))
}

fn ports(text: &str) -> Result<Ports, String> {
    if text.is_empty() {
        return Err("there are no ports here: `all` is every one".to_owned());
    }
    text.parse().map_err(|error| format!("{error}"))
}

fn peers_of(list: &Node, reader: &mut Reader<'_>) -> Vec<Peer> {
    match list.items().len() {
        0 => reader
            .mistake(list.place, "the rule has no other end: name one, as `anywhere` or `vpc`"),
        count if count > MAX_PEERS => {
            reader
                .mistake(list.place, format!("a rule takes at most {MAX_PEERS}, here are {count}"));
        }
        _ => {}
    }
    reader.parse_all(Some(list), Peer::parse)
}
