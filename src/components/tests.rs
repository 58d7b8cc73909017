//! Tables for what components expand to.

use std::net::Ipv4Addr;

use crate::{
    components::{self, ExpandError, Wanted},
    config::{Component, Dns, MissingKeys, OneFile, Stack, load},
    render::Templates,
    resources::{Droplet, Kind, Resource},
    values::{Address, ComponentName, DomainName, RecordName, StackName, Tag},
};

/// A stack of these components; `DROPLET` stands for a small machine.
fn stack(components: &str) -> Stack {
    let droplet = "droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }";
    let text = format!(
        "stack: core\nregion: sfo2\nvpc: {{ ip_range: 10.120.0.0/16 }}\n\
         ssh: {{ public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }}\n\
         secrets: [ORG_PW]\ncomponents:\n{}",
        components.replace("DROPLET", droplet)
    );
    match load("stacks/core.yaml", &OneFile(&text), MissingKeys::ThrowAway) {
        Ok(loaded) => loaded.stack,
        Err(mistakes) => panic!("{mistakes:?}"),
    }
}

const VECTOR: &str = "  vector: { kind: VectorDroplet, DROPLET, volume: { size_gb: 10 }, \
     weaviate: { version: \"1.40\", api_key: \"${secret:ORG_PW}\" } }\n";

const APP: &str = "  app: { kind: AppStack, DROPLET, volume: { size_gb: 10 }, \
     postgres: { version: 16, password: \"${secret:ORG_PW}\" } }\n";

const NETWORK: &str = "  network: { kind: NetworkFirewall, \
     inbound: [{ protocol: tcp, ports: \"443\", from: [anywhere] }] }\n";

fn expand(stack: &Stack) -> Result<Wanted, Vec<ExpandError>> {
    components::expand(stack, &Templates::built_in())
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

/// What may reach a component of these, besides SSH.
fn services_open(components: &str, address: &str) -> Vec<String> {
    let mut all = inbound(&expand(&stack(components)).unwrap(), address);
    all.retain(|rule| !rule.contains(" 22 "));
    all
}

#[test]
fn machines_of_a_stack_that_is_watched_show_their_figures_in_its_network_alone() {
    let watch = "monitoring: { enabled: true, token: \"${secret:ORG_PW}\" }, postgres:";
    let plain = format!("{APP}  other: {{ kind: Droplet, DROPLET }}\n");
    let watched = plain.replace("postgres:", watch);
    assert_eq!(services_open(&plain, "other:firewall"), [""; 0]);
    assert_eq!(services_open(&watched, "other:firewall"), ["tcp 9100 10.120.0.0/16"]);
    let own = services_open(&watched, "app:firewall");
    let mut before = services_open(&plain, "app:firewall");
    before.push("tcp 9100 10.120.0.0/16".to_owned());
    assert_eq!(own, before);
}

fn inbound(wanted: &Wanted, address: &str) -> Vec<String> {
    let Resource::Firewall(firewall) = at(wanted, address) else { panic!("{address}") };
    let rules = firewall.inbound.iter();
    rules.map(|(protocol, ports, peers)| format!("{protocol} {ports} {peers}")).collect()
}

#[test]
fn a_vector_droplet_is_a_machine_with_its_volume_and_its_firewall() {
    let wanted = expand(&stack(VECTOR)).unwrap();
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
fn a_pool_is_open_to_the_network_beside_postgres() {
    let pooled = APP.replace("version: 16,", "version: 16, pool: {},");
    let inbound = inbound(&expand(&stack(&pooled)).unwrap(), "app:firewall");
    assert!(inbound.contains(&"tcp 6432 10.120.0.0/16".to_owned()), "{inbound:?}");
}

#[test]
fn an_app_stack_opens_the_web_to_all_and_postgres_to_the_network() {
    let wanted = expand(&stack(APP)).unwrap();
    assert_eq!(
        inbound(&wanted, "app:firewall"),
        ["tcp 22 anywhere", "tcp 80 anywhere", "tcp 443 anywhere", "tcp 5432 10.120.0.0/16"]
    );
}

#[test]
fn a_droplet_is_covered_from_its_first_moment() {
    let wanted = expand(&stack(&[NETWORK, VECTOR].concat())).unwrap();
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
    let wanted = expand(&stack(VECTOR)).unwrap();
    let tags: Vec<String> = wanted
        .iter()
        .filter(|(_, node)| node.value.kind() == Kind::Tag)
        .map(|(_, node)| node.value.name())
        .collect();
    assert_eq!(tags, ["dostack:core:vector"]);
}

#[test]
fn a_cache_exists_only_when_it_is_on() {
    let cache = |enabled: &str| {
        let text = format!(
            "  cache: {{ kind: MicroCache, enabled: {enabled}, DROPLET, \
             when: {{ metric: chat_latency_p95_ms, above: 50, for: 10m }} }}\n"
        );
        addresses(&expand(&stack(&text)).unwrap())
    };
    assert!(cache("true").contains(&"cache".to_owned()));
    assert!(!cache("false").contains(&"cache".to_owned()));
    assert!(!cache("auto").contains(&"cache".to_owned()));
}

#[test]
fn several_of_one_make_share_a_firewall_and_have_numbers() {
    let wanted = expand(&stack("  w: { kind: Droplet, count: 3, DROPLET }\n")).unwrap();
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
    let web = "  web: { kind: Droplet, DROPLET, \
         inbound: [{ protocol: tcp, ports: \"9000\", from: [vector] }] }\n";
    let wanted = expand(&stack(&[VECTOR, web].concat())).unwrap();
    assert_eq!(inbound(&wanted, "web:firewall")[1], "tcp 9000 tag dostack:core:vector");
    let needs = &wanted.get(&"web:firewall".parse().unwrap()).unwrap().needs;
    assert!(needs.contains(&"vector:tag".parse::<Address>().unwrap()));
}

#[test]
fn a_rule_may_name_a_component_that_is_off() {
    let text = "  cache: { kind: MicroCache, enabled: false, DROPLET }\n  \
         web: { kind: Droplet, DROPLET, \
         inbound: [{ protocol: tcp, ports: \"9000\", from: [cache] }] }\n";
    let wanted = expand(&stack(text)).unwrap();
    assert!(matches!(at(&wanted, "cache:tag"), Resource::Tag(_)));
    let needs = &wanted.get(&"web:firewall".parse().unwrap()).unwrap().needs;
    assert!(needs.contains(&"cache:tag".parse::<Address>().unwrap()));
}

#[test]
fn a_name_that_breaks_its_rule_is_the_only_thing_said() {
    let mut long = stack(VECTOR);
    let name = ComponentName::parse(&"a".repeat(32)).unwrap();
    long.components = long.components.into_values().map(|it| (name.clone(), it)).collect();
    long.name = StackName::parse(&"a".repeat(32)).unwrap();
    let errors = expand(&long).unwrap_err();
    assert!(matches!(&errors[..], [ExpandError::Name { .. }]), "{errors:?}");
}

#[test]
fn ssh_from_nowhere_is_no_rule_at_all() {
    let mut closed = stack(VECTOR);
    closed.ssh.allow_from.clear();
    let wanted = expand(&closed).unwrap();
    assert!(inbound(&wanted, "vector:firewall").iter().all(|rule| !rule.starts_with("tcp 22 ")));
}

#[test]
fn a_firewall_over_its_limits_is_refused() {
    let mut open = stack(VECTOR);
    let addresses = (0..=1000u32).map(|at| Ipv4Addr::from_bits(0x0A78_0000 + at).to_string());
    open.ssh.allow_from = addresses.map(|address| address.parse().unwrap()).collect();
    let errors = expand(&open).unwrap_err();
    assert!(
        matches!(errors[0], ExpandError::OverLimit { limit: 1000, count: 1001, .. }),
        "{errors:?}"
    );
}

/// The application and a cache on the vector store's machine.
const SHARED: &str = "  vector: { kind: VectorDroplet, DROPLET, volume: { size_gb: 10 } }\n  \
     app: { kind: AppStack, on: vector, volume: { size_gb: 20 } }\n  \
     cache: { kind: MicroCache, on: vector }\n  \
     off: { kind: MicroCache, enabled: false, on: vector }\n";

#[test]
fn components_on_one_machine_are_one_droplet_with_all_their_volumes() {
    let wanted = expand(&stack(SHARED)).unwrap();
    let droplets: Vec<_> = wanted.iter().filter_map(|(_, node)| node.value.as_droplet()).collect();
    let [droplet] = droplets.as_slice() else { panic!("{droplets:?}") };
    let volumes: Vec<String> = droplet.volumes.iter().map(ToString::to_string).collect();
    assert_eq!(volumes, ["vector:volume", "app:volume"]);
    let guests: Vec<&str> = droplet.guests.iter().map(ComponentName::as_str).collect();
    assert_eq!(guests, ["app", "cache"]);
    let Resource::Attachment(attachment) = at(&wanted, "app:attachment") else { panic!() };
    assert_eq!(attachment.droplet.to_string(), "vector");
    for disk in
        ["core-vector-data:/mnt/core_vector_data:ext4:", "core-app-data:/mnt/core_app_data:ext4:"]
    {
        assert!(droplet.user_data.contains(disk), "{disk}");
    }
}

#[test]
fn components_on_one_machine_share_its_firewall_and_its_address() {
    let web = "  web: { kind: Droplet, DROPLET, \
         inbound: [{ protocol: tcp, ports: \"9000\", from: [app] }] }\n";
    let mut stack = stack(&[SHARED, web].concat());
    stack.dns = Some(Dns { domain: DomainName::parse("example.com").unwrap(), ttl: 900 });
    let app = stack.components.get_mut(&ComponentName::parse("app").unwrap());
    let Some(Component::AppStack(app)) = app else { panic!() };
    app.records.insert(RecordName::parse("app").unwrap().into());
    let wanted = expand(&stack).unwrap();
    let rules = inbound(&wanted, "vector:firewall");
    for port in ["80 anywhere", "443 anywhere", "5432 10", "6379 10", "8080 10", "22 anywhere"] {
        let is_open = |rule: &String| rule.starts_with(&format!("tcp {port}"));
        assert!(rules.iter().any(is_open), "{port}: {rules:?}");
    }
    assert!(wanted.get(&"app:firewall".parse().unwrap()).is_none());
    // Whoever names a component that shares a machine means that machine.
    assert_eq!(inbound(&wanted, "web:firewall")[1], "tcp 9000 tag dostack:core:vector");
    let Resource::Record(record) = at(&wanted, "app:record-app") else { panic!() };
    assert_eq!(record.target.to_string(), "vector");
}
