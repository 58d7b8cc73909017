//! The rules of a firewall: what they may say, and how they are kept.
//!
//! Ports are kept as they were sent, but `all` becomes `0`, and ICMP has no ports: it gets `0` too.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::sandbox::{answer::Refusal, tags, world::World};

/// Limits of docs.digitalocean.com/products/networking/firewalls/details/limits.
const MAX_RULES: usize = 50;
const MAX_PEERS: usize = 1000;

/// The rules of both directions.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RuleSet {
    #[serde(default, deserialize_with = "null_is_empty")]
    inbound_rules: Vec<Inbound>,
    #[serde(default, deserialize_with = "null_is_empty")]
    outbound_rules: Vec<Outbound>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Inbound {
    protocol: Protocol,
    #[serde(default)]
    ports: Option<String>,
    sources: Peers,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Outbound {
    protocol: Protocol,
    #[serde(default)]
    ports: Option<String>,
    destinations: Peers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Protocol {
    Tcp,
    Udp,
    Icmp,
}

/// The other side of a rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Peers {
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    droplet_ids: Vec<u64>,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    load_balancer_uids: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    kubernetes_ids: Vec<String>,
}

/// The API's clients send null for a list they do not use.
fn null_is_empty<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl RuleSet {
    /// These rules and others, each once.
    pub fn with(mut self, added: Self) -> Self {
        self.inbound_rules.extend(added.inbound_rules);
        self.outbound_rules.extend(added.outbound_rules);
        Self {
            inbound_rules: unique(self.inbound_rules),
            outbound_rules: unique(self.outbound_rules),
        }
    }

    /// These rules but for others.
    pub fn without(mut self, gone: &Self) -> Self {
        self.inbound_rules.retain(|rule| !gone.inbound_rules.contains(rule));
        self.outbound_rules.retain(|rule| !gone.outbound_rules.contains(rule));
        self
    }
}

fn unique<T: PartialEq>(rules: Vec<T>) -> Vec<T> {
    rules.into_iter().fold(Vec::new(), |mut kept, rule| {
        if !kept.contains(&rule) {
            kept.push(rule);
        }
        kept
    })
}

/// Refuses rules DigitalOcean would refuse, and gives the others as they are kept.
pub fn check(world: &World, rules: RuleSet) -> Result<RuleSet, Refusal> {
    let count = rules.inbound_rules.len() + rules.outbound_rules.len();
    if count == 0 {
        return Err(Refusal::unprocessable("at least one rule is required"));
    }
    if count > MAX_RULES {
        return Err(Refusal::unprocessable(format!(
            "a firewall can have at most {MAX_RULES} rules"
        )));
    }
    let inbound = rules.inbound_rules.into_iter().map(|rule| {
        Ok(Inbound {
            ports: Some(ports(rule.protocol, rule.ports.as_deref())?),
            sources: peers(world, rule.sources)?,
            protocol: rule.protocol,
        })
    });
    let outbound = rules.outbound_rules.into_iter().map(|rule| {
        Ok(Outbound {
            ports: Some(ports(rule.protocol, rule.ports.as_deref())?),
            destinations: peers(world, rule.destinations)?,
            protocol: rule.protocol,
        })
    });
    Ok(RuleSet {
        inbound_rules: inbound.collect::<Result<_, Refusal>>()?,
        outbound_rules: outbound.collect::<Result<_, Refusal>>()?,
    })
}

fn ports(protocol: Protocol, sent: Option<&str>) -> Result<String, Refusal> {
    match (protocol, sent.unwrap_or_default()) {
        (Protocol::Icmp, _) | (Protocol::Tcp | Protocol::Udp, "all" | "0") => Ok("0".to_owned()),
        (Protocol::Tcp | Protocol::Udp, sent) if is_port_or_range(sent) => Ok(sent.to_owned()),
        (Protocol::Tcp | Protocol::Udp, _) => Err(Refusal::unprocessable("invalid ports")),
    }
}

fn is_port_or_range(text: &str) -> bool {
    let port = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|port| digits && *port > 0)
    };
    match text.split_once('-') {
        None => port(text).is_some(),
        Some((low, high)) => port(low).zip(port(high)).is_some_and(|(low, high)| low <= high),
    }
}

fn peers(world: &World, sent: Peers) -> Result<Peers, Refusal> {
    let others = sent.droplet_ids.len() + sent.load_balancer_uids.len() + sent.kubernetes_ids.len();
    let count = sent.addresses.len() + sent.tags.len() + others;
    if count == 0 {
        return Err(Refusal::unprocessable("a rule needs at least one source or destination"));
    }
    if count > MAX_PEERS {
        let message = format!("a rule can have at most {MAX_PEERS} sources or destinations");
        return Err(Refusal::unprocessable(message));
    }
    if let Some(address) = sent.addresses.iter().find(|address| !is_address(address)) {
        return Err(Refusal::unprocessable(format!("invalid address: {address}")));
    }
    if let Some(id) = sent.droplet_ids.iter().find(|id| !world.droplets.contains_key(id)) {
        return Err(Refusal::unprocessable(format!("droplet {id} does not exist")));
    }
    let canonical = |name: &String| {
        let missing = || Refusal::unprocessable(format!("tag {name} does not exist"));
        tags::find(world, name).map(|tag| tag.name.clone()).ok_or_else(missing)
    };
    let tags = sent.tags.iter().map(canonical).collect::<Result<_, _>>()?;
    Ok(Peers { tags, ..sent })
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok() || text.parse::<IpNet>().is_ok()
}
