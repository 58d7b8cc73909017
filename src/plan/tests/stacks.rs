//! Stacks to plan with.

use std::collections::BTreeSet;

use crate::{
    config::{
        Component, Dns, DropletSpec, Filesystem, InboundRule, MicroCache, Monitoring,
        NetworkFirewall, Peer, PlainDroplet, Protocol, Resize, Ssh, Stack, Switch, VectorDroplet,
        VolumeSpec, VpcSpec,
    },
    values::{
        Cidr, ComponentName, DomainName, Image, Ports, PublicKey, RecordName, Region, SizeSlug,
        StackName, VpcName,
    },
};

/// A stack with these components, without a domain.
pub fn stack(components: impl IntoIterator<Item = (&'static str, Component)>) -> Stack {
    let named = |(name, component)| (ComponentName::parse(name).unwrap(), component);
    Stack {
        name: StackName::parse("core").unwrap(),
        region: Region::new("sfo2"),
        vpc: VpcSpec {
            name: VpcName::parse("core").unwrap(),
            ip_range: "10.120.0.0/16".parse().unwrap(),
            adopt: None,
        },
        ssh: Ssh {
            user: "root".to_owned(),
            public_keys: vec![PublicKey::throw_away("operator")],
            private_key: None,
            allow_from: Cidr::anywhere().into(),
        },
        dns: None,
        secrets: [].into(),
        budget: None,
        components: components.into_iter().map(named).collect(),
    }
}

/// The user's own stack in small: a vector droplet with data and a name, and a shared firewall.
pub fn small() -> Stack {
    let mut stack = stack([("vector", vector(&["vector"])), ("network", network())]);
    stack.dns = Some(dns());
    stack
}

pub fn dns() -> Dns {
    Dns { domain: DomainName::parse("example.com").unwrap(), ttl: 900 }
}

pub fn machine(size: &str) -> DropletSpec {
    DropletSpec {
        size: SizeSlug::new(size),
        image: Image::new("ubuntu-22-04-x64"),
        name: None,
        adopt: None,
        monitoring: Monitoring::None,
    }
}

pub fn data(size_gb: u32) -> VolumeSpec {
    VolumeSpec { size_gb, filesystem: Filesystem::Ext4, name: None }
}

fn names(records: &[&str]) -> BTreeSet<RecordName> {
    records.iter().map(|name| RecordName::parse(name).unwrap()).collect()
}

/// A vector droplet with 100 GiB of data.
pub fn vector(records: &[&str]) -> Component {
    Component::VectorDroplet(VectorDroplet {
        droplet: machine("s-2vcpu-4gb"),
        volume: Some(data(100)),
        records: names(records),
        resize: None,
    })
}

/// A plain droplet, or several, without data.
pub fn plain(count: Option<u16>) -> PlainDroplet {
    PlainDroplet {
        count,
        droplet: machine("s-1vcpu-1gb"),
        volume: None,
        inbound: vec![],
        records: [].into(),
        resize: None,
    }
}

/// A plain droplet with a name in the domain.
pub fn web(record: &str) -> Component {
    Component::Droplet(PlainDroplet { records: names(&[record]), ..plain(None) })
}

pub fn cache(enabled: Switch) -> Component {
    let droplet = machine("s-1vcpu-1gb");
    Component::MicroCache(MicroCache { enabled, droplet, records: [].into() })
}

pub fn network() -> Component {
    let inbound = vec![from(443, Peer::Anywhere)];
    Component::NetworkFirewall(NetworkFirewall { name: None, inbound, outbound: None })
}

pub fn from(port: u16, peer: Peer) -> InboundRule {
    InboundRule { protocol: Protocol::Tcp, ports: Ports::one(port), from: vec![peer] }
}

pub fn ladder(rungs: &[&str]) -> Resize {
    Resize { ladder: rungs.iter().map(|rung| SizeSlug::new(*rung)).collect() }
}

/// Changes the vector droplet of a stack.
pub fn with_vector(mut stack: Stack, change: impl FnOnce(&mut VectorDroplet)) -> Stack {
    let name = ComponentName::parse("vector").unwrap();
    if let Some(Component::VectorDroplet(vector)) = stack.components.get_mut(&name) {
        change(vector);
    }
    stack
}

/// The stack without one of its components.
pub fn without(mut stack: Stack, name: &str) -> Stack {
    stack.components.remove(&ComponentName::parse(name).unwrap()).unwrap();
    stack
}

/// The stack with another component.
pub fn with(mut stack: Stack, name: &str, component: Component) -> Stack {
    stack.components.insert(ComponentName::parse(name).unwrap(), component);
    stack
}
