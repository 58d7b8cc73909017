//! Stacks to plan with.

use std::{collections::BTreeSet, sync::LazyLock};

use crate::{
    config::{
        AlertSpec, Component, Dns, DropletSpec, Filesystem, InboundRule, MissingKeys,
        NetworkFirewall, OneFile, Peer, PlainDroplet, ProjectSpec, Protocol, RecordSpec, Resize,
        Stack, Switch, VectorDroplet, VolumeSpec, load,
    },
    values::{
        AlertRule, ComponentName, Metric, Ports, ProjectName, RecordName, Side, SizeSlug, Window,
    },
};

/// One component of each kind, as small as a file may have it.
const EACH: &str = r#"
stack: core
region: sfo2
vpc: { ip_range: 10.120.0.0/16 }
ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }
dns: { domain: example.com, ttl: 900 }
secrets: [ORG_PW]
components:
  vector:
    kind: VectorDroplet
    droplet: { size: s-2vcpu-4gb, image: ubuntu-22-04-x64 }
    volume: { size_gb: 100 }
    weaviate: { version: "1.40", api_key: "${secret:ORG_PW}" }
  app:
    kind: AppStack
    droplet: { size: s-2vcpu-4gb, image: ubuntu-22-04-x64 }
    volume: none
    postgres: { version: 16, password: "${secret:ORG_PW}" }
  cache:
    kind: MicroCache
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
  network:
    kind: NetworkFirewall
    inbound: [{ protocol: tcp, ports: "443", from: [anywhere] }]
  plain:
    kind: Droplet
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
    resize: { ladder: [s-1vcpu-1gb, s-2vcpu-4gb], on_alerts: [MemoryHigh] }
"#;

static LOADED: LazyLock<Stack> =
    LazyLock::new(|| match load("stacks/core.yaml", &OneFile(EACH), MissingKeys::ThrowAway) {
        Ok(loaded) => loaded.stack,
        Err(mistakes) => panic!("{mistakes:?}"),
    });

/// The component of that name in the file above.
pub fn sample(name: &str) -> Component {
    LOADED.components[&ComponentName::parse(name).unwrap()].clone()
}

/// A stack with these components, without a domain.
pub fn stack(components: impl IntoIterator<Item = (&'static str, Component)>) -> Stack {
    let named = |(name, component)| (ComponentName::parse(name).unwrap(), component);
    let components = components.into_iter().map(named).collect();
    Stack { dns: None, components, ..LOADED.clone() }
}

/// The user's own stack in small: a vector droplet with data and a name, and a shared firewall.
pub fn small() -> Stack {
    let mut stack = stack([("vector", vector(&["vector"])), ("network", network())]);
    stack.dns = Some(dns());
    stack
}

pub fn dns() -> Dns {
    LOADED.dns.clone().unwrap()
}

/// An alert of a machine.
pub fn alert(value: u8) -> AlertSpec {
    let rule = AlertRule {
        metric: Metric::Cpu,
        side: Side::Above,
        value: f64::from(value),
        window: Window::Hour,
    };
    let email = ["ops@example.com".to_owned()].into();
    AlertSpec { name: "cpu".to_owned(), rule, email, slack: [].into() }
}

pub fn project() -> ProjectSpec {
    let name = ProjectName::parse("Shop").unwrap();
    ProjectSpec { name, purpose: None, environment: None }
}

pub fn machine(size: &str) -> DropletSpec {
    DropletSpec { size: SizeSlug::new(size), ..plain(None).droplet }
}

pub fn data(size_gb: u32) -> VolumeSpec {
    VolumeSpec { size_gb, filesystem: Filesystem::Ext4, label: None, name: None, adopt: None }
}

pub fn names(records: &[&str]) -> BTreeSet<RecordSpec> {
    records.iter().map(|name| RecordName::parse(name).unwrap().into()).collect()
}

/// A vector droplet with 100 GiB of data.
pub fn vector(records: &[&str]) -> Component {
    let Component::VectorDroplet(vector) = sample("vector") else { panic!() };
    Component::VectorDroplet(VectorDroplet { records: names(records), ..vector })
}

/// A plain droplet, or several, without data.
pub fn plain(count: Option<u16>) -> PlainDroplet {
    let Component::Droplet(plain) = sample("plain") else { panic!() };
    PlainDroplet { count, resize: None, ..plain }
}

/// A plain droplet with a name in the domain.
pub fn web(record: &str) -> Component {
    Component::Droplet(PlainDroplet { records: names(&[record]), ..plain(None) })
}

pub fn cache(enabled: Switch) -> Component {
    let Component::MicroCache(mut cache) = sample("cache") else { panic!() };
    cache.enabled = enabled;
    Component::MicroCache(cache)
}

pub fn network() -> Component {
    let inbound = vec![from(443, Peer::Anywhere)];
    Component::NetworkFirewall(NetworkFirewall { name: None, adopt: None, inbound, outbound: None })
}

pub fn from(port: u16, peer: Peer) -> InboundRule {
    InboundRule { protocol: Protocol::Tcp, ports: Ports::one(port), from: vec![peer] }
}

pub fn ladder(rungs: &[&str]) -> Resize {
    let Component::Droplet(plain) = sample("plain") else { panic!() };
    let ladder = rungs.iter().map(|rung| SizeSlug::new(*rung)).collect();
    Resize { ladder, ..plain.resize.unwrap() }
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
