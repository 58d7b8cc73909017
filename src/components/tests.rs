//! Tables for what components expand to.

use crate::{
    components::{ExpandError, Wanted, expand},
    config::{
        AppStack, Component, DropletSpec, Filesystem, InboundRule, MicroCache, Monitoring,
        NetworkFirewall, Peer, PlainDroplet, Protocol, Ssh, Stack, Switch, VectorDroplet,
        VolumeSpec, VpcSpec,
    },
    resources::{Droplet, Kind, Resource},
    values::{
        Address, Cidr, ComponentName, Image, Ports, PublicKey, Region, SizeSlug, StackName, Tag,
        VpcName,
    },
};

fn droplet() -> DropletSpec {
    DropletSpec {
        size: SizeSlug::new("s-1vcpu-1gb"),
        image: Image::new("ubuntu-22-04-x64"),
        name: None,
        adopt: None,
        monitoring: Monitoring::None,
    }
}

fn volume() -> VolumeSpec {
    VolumeSpec { size_gb: 10, filesystem: Filesystem::Ext4, name: None }
}

fn stack(components: Vec<(&str, Component)>) -> Stack {
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
            public_keys: vec![PublicKey::throw_away("test")],
            private_key: None,
            allow_from: Cidr::anywhere().into(),
        },
        dns: None,
        secrets: [].into(),
        budget: None,
        components: components.into_iter().map(named).collect(),
    }
}

fn vector() -> Component {
    let (records, resize) = ([].into(), None);
    Component::VectorDroplet(VectorDroplet {
        droplet: droplet(),
        volume: Some(volume()),
        records,
        resize,
    })
}

fn plain(count: Option<u16>) -> PlainDroplet {
    let (inbound, records, resize) = (vec![], [].into(), None);
    PlainDroplet { count, droplet: droplet(), volume: None, inbound, records, resize }
}

fn network() -> Component {
    let inbound = vec![InboundRule {
        protocol: Protocol::Tcp,
        ports: Ports::one(443),
        from: vec![Peer::Anywhere],
    }];
    Component::NetworkFirewall(NetworkFirewall { name: None, inbound, outbound: None })
}

fn addresses(wanted: &Wanted) -> Vec<String> {
    wanted.iter().map(|(address, _)| address.to_string()).collect()
}

fn at<'a>(wanted: &'a Wanted, address: &str) -> &'a Resource {
    &wanted.get(&address.parse().unwrap()).unwrap().value
}

fn machine<'a>(wanted: &'a Wanted, address: &str) -> &'a Droplet {
    let Resource::Droplet(droplet) = at(wanted, address) else { panic!("{address}") };
    droplet
}

fn inbound(wanted: &Wanted, address: &str) -> Vec<String> {
    let Resource::Firewall(firewall) = at(wanted, address) else { panic!("{address}") };
    let rules = firewall.inbound.iter();
    rules.map(|(protocol, ports, peers)| format!("{protocol} {ports} {peers}")).collect()
}

#[test]
fn a_vector_droplet_is_a_machine_with_its_volume_and_its_firewall() {
    let wanted = expand(&stack(vec![("vector", vector())])).unwrap();
    let key = wanted.iter().find(|(_, node)| node.value.kind() == Kind::SshKey).unwrap().0;
    assert_eq!(
        addresses(&wanted),
        [
            "stack:vpc",
            &key.to_string(),
            "vector",
            "vector:tag",
            "vector:volume",
            "vector:attachment",
            "vector:firewall",
        ]
    );
    assert_eq!(
        inbound(&wanted, "vector:firewall"),
        [
            "tcp 22 anywhere",
            "tcp 2112 10.120.0.0/16",
            "tcp 8080 10.120.0.0/16",
            "tcp 50051 10.120.0.0/16"
        ]
    );
}

#[test]
fn an_app_stack_opens_the_web_to_all_and_postgres_to_the_network() {
    let (records, resize) = ([].into(), None);
    let app = AppStack { droplet: droplet(), volume: Some(volume()), records, resize };
    let wanted = expand(&stack(vec![("app", Component::AppStack(app))])).unwrap();
    assert_eq!(
        inbound(&wanted, "app:firewall"),
        ["tcp 22 anywhere", "tcp 80 anywhere", "tcp 443 anywhere", "tcp 5432 10.120.0.0/16"]
    );
}

#[test]
fn a_droplet_is_covered_from_its_first_moment() {
    let wanted = expand(&stack(vec![("network", network()), ("vector", vector())])).unwrap();
    let droplet = machine(&wanted, "vector");
    let needs = &wanted.get(&"vector".parse().unwrap()).unwrap().needs;
    for (address, node) in wanted.iter() {
        if let Resource::Firewall(firewall) = &node.value {
            assert!(firewall.tags.is_subset(&droplet.tags), "{address}");
            assert!(needs.contains(address), "{address}");
            assert!(firewall.outbound.len() > 0, "{address} lets nothing out");
        }
    }
}

#[test]
fn only_targeted_tags_are_created_ahead() {
    let wanted = expand(&stack(vec![("vector", vector())])).unwrap();
    let tags: Vec<String> = wanted
        .iter()
        .filter(|(_, node)| node.value.kind() == Kind::Tag)
        .map(|(_, node)| node.value.name())
        .collect();
    assert_eq!(tags, ["dostack:core:vector"]);
}

#[test]
fn a_cache_exists_only_when_it_is_on() {
    let cache = |enabled| {
        let cache = MicroCache { enabled, droplet: droplet(), records: [].into() };
        expand(&stack(vec![("cache", Component::MicroCache(cache))])).unwrap()
    };
    assert!(addresses(&cache(Switch::On)).contains(&"cache".to_owned()));
    for enabled in [Switch::Off, Switch::Auto] {
        assert!(!addresses(&cache(enabled)).contains(&"cache".to_owned()));
    }
}

#[test]
fn several_of_one_make_share_a_firewall_and_have_numbers() {
    let wanted = expand(&stack(vec![("w", Component::Droplet(plain(Some(3))))])).unwrap();
    let shared = Tag::new("dostack:core:w:tag");
    for number in 1..=3 {
        let droplet = machine(&wanted, &format!("w-{number}"));
        assert_eq!(droplet.name.as_str(), format!("core-w-{number}"));
        assert!(droplet.tags.contains(&shared));
    }
    let firewalls = wanted.iter().filter(|(_, node)| node.value.kind() == Kind::Firewall);
    assert_eq!(firewalls.count(), 1);
}

#[test]
fn rules_may_name_another_component() {
    let mut web = plain(None);
    web.inbound = vec![InboundRule {
        protocol: Protocol::Tcp,
        ports: Ports::one(9000),
        from: vec![Peer::Component(ComponentName::parse("vector").unwrap())],
    }];
    let wanted =
        expand(&stack(vec![("vector", vector()), ("web", Component::Droplet(web))])).unwrap();
    assert_eq!(inbound(&wanted, "web:firewall")[1], "tcp 9000 tag dostack:core:vector");
    let needs = &wanted.get(&"web:firewall".parse().unwrap()).unwrap().needs;
    assert!(needs.contains(&"vector:tag".parse::<Address>().unwrap()));
}

#[test]
fn a_rule_may_name_a_component_that_is_off() {
    let enabled = Switch::Off;
    let cache = MicroCache { enabled, droplet: droplet(), records: [].into() };
    let mut web = plain(None);
    web.inbound = vec![InboundRule {
        protocol: Protocol::Tcp,
        ports: Ports::one(9000),
        from: vec![Peer::Component(ComponentName::parse("cache").unwrap())],
    }];
    let parts = vec![("cache", Component::MicroCache(cache)), ("web", Component::Droplet(web))];
    let wanted = expand(&stack(parts)).unwrap();
    assert!(matches!(at(&wanted, "cache:tag"), Resource::Tag(_)));
    let needs = &wanted.get(&"web:firewall".parse().unwrap()).unwrap().needs;
    assert!(needs.contains(&"cache:tag".parse::<Address>().unwrap()));
}

#[test]
fn a_name_that_breaks_its_rule_is_the_only_thing_said() {
    let long = "a".repeat(32);
    let mut long_stack = stack(vec![(long.as_str(), vector())]);
    long_stack.name = StackName::parse(&long).unwrap();
    let errors = expand(&long_stack).unwrap_err();
    assert!(matches!(&errors[..], [ExpandError::Name { .. }]), "{errors:?}");
}

#[test]
fn ssh_from_nowhere_is_no_rule_at_all() {
    let mut closed = stack(vec![("vector", vector())]);
    closed.ssh.allow_from.clear();
    let wanted = expand(&closed).unwrap();
    assert!(inbound(&wanted, "vector:firewall").iter().all(|rule| !rule.starts_with("tcp 22 ")));
}

#[test]
fn two_of_a_kind_with_one_name_are_refused() {
    let mut other = plain(None);
    other.droplet.name = Some("core-vector".to_owned().try_into().unwrap());
    let stack = stack(vec![("vector", vector()), ("web", Component::Droplet(other))]);
    let errors = expand(&stack).unwrap_err();
    assert!(matches!(&errors[..], [ExpandError::SameName { .. }]), "{errors:?}");
}

#[test]
fn a_firewall_over_its_limits_is_refused() {
    let inbound = (1..=60)
        .map(|port| InboundRule {
            protocol: Protocol::Tcp,
            ports: Ports::one(port),
            from: vec![Peer::Anywhere],
        })
        .collect();
    let network = NetworkFirewall { name: None, inbound, outbound: None };
    let stack = stack(vec![("network", Component::NetworkFirewall(network))]);
    let errors = expand(&stack).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "network: a firewall may have at most 50 rules; this one has 63"
    );
}
