//! What the API says, as the inventory understands it.

use serde_json::{Value, from_value, json};

use crate::{
    digitalocean::records::Record,
    inventory::{Inventory, Zone, live, zone::zone},
    resources::{LiveFirewall, Protocol, Status},
    values::{Address, DomainName, Mark, Money, Ports, StackName, Tag},
};

fn mark() -> Mark {
    Mark::new(StackName::parse("core").unwrap())
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn firewall(rules: &Value) -> LiveFirewall {
    let wire = json!({
        "id": "f", "name": "core-vector", "status": "succeeded", "tags": ["dostack:core:vector"],
        "inbound_rules": rules, "outbound_rules": null, "droplet_ids": null,
    });
    live::firewall(&from_value(wire).unwrap())
}

fn rule(protocol: &str, ports: &str, sources: &Value) -> Value {
    json!({ "protocol": protocol, "ports": ports, "sources": sources })
}

#[test]
fn a_droplet_reads_with_its_state_its_addresses_and_its_volumes() {
    let wire = json!({
        "id": 7, "name": "core-vector", "status": "off", "locked": true,
        "size_slug": "s-2vcpu-4gb", "disk": 80, "region": { "slug": "sfo2" },
        "networks": { "v4": [
            { "ip_address": "10.120.0.2", "type": "private" },
            { "ip_address": "203.0.113.7", "type": "public" },
        ], "v6": [] },
        "volume_ids": ["v"], "tags": ["dostack:core"], "vpc_uuid": "n",
        "created_at": "2026-01-01T00:00:00Z",
    });
    let droplet = live::droplet(&from_value(wire.clone()).unwrap());
    assert_eq!((droplet.status, droplet.locked, droplet.disk_gb), (Status::Off, true, 80));
    assert_eq!(droplet.public_ip, Some("203.0.113.7".parse().unwrap()));
    assert_eq!(droplet.private_ip, Some("10.120.0.2".parse().unwrap()));
    assert!(droplet.volume_ids.contains("v") && droplet.vpc_id.as_deref() == Some("n"));
    for (word, status) in [
        ("new", Status::New),
        ("active", Status::Active),
        ("archive", Status::Archive),
        ("moving", Status::Other("moving".to_owned())),
    ] {
        let mut wire = wire.clone();
        wire["status"] = word.into();
        assert_eq!(live::droplet(&from_value(wire).unwrap()).status, status);
    }
}

#[test]
fn a_volume_without_tags_and_machines_reads_as_such() {
    let wire = json!({
        "id": "v", "name": "core-vector-data", "size_gigabytes": 160, "region": { "slug": "sfo2" },
        "droplet_ids": null, "tags": null,
    });
    let volume = live::volume(&from_value(wire).unwrap());
    assert!(volume.tags.is_empty() && volume.droplet_ids.is_empty());
    assert_eq!((volume.size_gb, volume.monthly()), (160, Money::cents(1600)));
}

#[test]
fn a_price_is_kept_in_cents() {
    let wire = json!({
        "slug": "s-1vcpu-1gb", "memory": 1024, "vcpus": 1, "disk": 25, "price_monthly": 6.0,
        "price_hourly": 0.00893, "regions": ["sfo2"], "available": true,
    });
    let (slug, size) = live::size(&from_value(wire).unwrap());
    assert_eq!((slug.as_str(), size.monthly), ("s-1vcpu-1gb", Money::cents(600)));
}

#[test]
fn rules_read_into_one_form_however_they_are_written() {
    let everyone = json!({ "addresses": ["0.0.0.0/0", "::/0"] });
    let reversed = json!({ "addresses": ["::/0", "0.0.0.0/0"] });
    let one = firewall(&json!([
        rule("tcp", "0", &everyone),
        rule("icmp", "", &everyone),
        rule("udp", "53", &json!({ "addresses": ["10.0.0.1"] })),
    ]));
    let other = firewall(&json!([
        rule("udp", "53", &json!({ "addresses": ["10.0.0.1/32"] })),
        rule("icmp", "0", &json!({ "addresses": ["0.0.0.0/0"] })),
        rule("icmp", "8", &json!({ "addresses": ["::/0"] })),
        rule("tcp", "1-65535", &reversed),
        rule("tcp", "all", &reversed),
    ]));
    assert_eq!(one, other);
    assert_eq!(one.inbound.len(), 3);
}

#[test]
fn what_a_file_cannot_say_is_not_lost_from_a_rule() {
    let sources = json!({
        "addresses": ["10.0.0.5/8"], "droplet_ids": [7], "load_balancer_uids": ["l"],
        "kubernetes_ids": ["k"], "tags": ["Web"],
    });
    let live = firewall(&json!([rule("tcp", "22", &sources), rule("gre", "?", &sources)]));
    let rules: Vec<(String, Ports, String)> = live
        .inbound
        .iter()
        .map(|(protocol, ports, peers)| (protocol.to_string(), ports, peers.to_string()))
        .collect();
    let peers = "tag Web, 10.0.0.5/8, cluster k, droplet 7, load balancer l".to_owned();
    assert_eq!(
        rules,
        [
            ("tcp".to_owned(), Ports::one(22), peers.clone()),
            (Protocol::Other("gre ?".to_owned()).to_string(), Ports::ALL, peers),
        ]
    );
}

#[test]
fn a_tag_that_only_a_rule_names_exists() {
    let named = firewall(&json!([rule("tcp", "22", &json!({ "tags": ["dostack:core:cache"] }))]));
    let inventory = Inventory { firewalls: vec![named], ..Inventory::default() };
    for tag in ["dostack:core:cache", "DOSTACK:core:vector"] {
        assert!(inventory.known_tags().contains(&Tag::new(tag)), "{tag}");
    }
    assert!(!inventory.known_tags().contains(&Tag::new("dostack:core")));
}

fn record(id: u64, kind: &str, name: &str, data: &str) -> Record {
    from_value(json!({ "id": id, "type": kind, "name": name, "data": data, "ttl": 900 })).unwrap()
}

fn sorted(records: &[Record]) -> Zone {
    zone(&DomainName::parse("example.com").unwrap(), Some(records), &mark())
}

#[test]
fn a_record_is_ours_by_the_mark_beside_it() {
    let zone = sorted(&[
        record(1, "A", "vector", "203.0.113.7"),
        record(2, "TXT", "_dostack.vector", "\"dostack:core:vector:record-vector\""),
        record(3, "A", "blog", "203.0.113.8"),
        record(4, "CNAME", "www", "blog.example.com"),
        record(5, "TXT", "_dostack.other", "dostack:another:vector:record-other"),
        record(6, "A", "other", "203.0.113.9"),
        // A mark at the wrong name speaks for nothing.
        record(7, "TXT", "_dostack.blog", "dostack:core:vector:record-www"),
    ]);
    let live = &zone.ours[&address("vector:record-vector")];
    assert_eq!((live.id, live.mark_id, live.data.as_str()), (Some(1), 2, "203.0.113.7"));
    assert_eq!(zone.ours.len(), 1);
    assert_eq!(zone.others, ["blog", "other", "www"].map(str::to_owned).into());
    assert!(zone.doubled.is_empty());
}

#[test]
fn a_mark_alone_announces_a_record() {
    let zone = sorted(&[record(2, "TXT", "_dostack", "dostack:core:app:record-@")]);
    assert_eq!(zone.ours[&address("app:record-@")].id, None);
}

#[test]
fn two_addresses_of_a_marked_name_are_told_and_the_order_means_nothing() {
    let mut records = vec![
        record(9, "TXT", "_dostack._any", "dostack:core:app:record-*"),
        record(1, "A", "*", "203.0.113.7"),
        record(3, "A", "*", "203.0.113.8"),
        record(4, "TXT", "_dostack._any", "dostack:core:app:record-*"),
        record(5, "A", "plain", "203.0.113.9"),
        record(6, "A", "plain", "203.0.113.10"),
    ];
    let zone = sorted(&records);
    assert_eq!(zone.doubled, ["*".to_owned()].into());
    let live = &zone.ours[&address("app:record-*")];
    assert_eq!((live.id, live.mark_id), (Some(1), 4));
    records.reverse();
    assert_eq!(sorted(&records), zone);
}

#[test]
fn an_alias_at_our_name_is_a_strangers() {
    let zone = sorted(&[
        record(1, "CNAME", "vector", "blog.example.com"),
        record(2, "TXT", "_dostack.vector", "dostack:core:vector:record-vector"),
    ]);
    assert!(zone.others.contains("vector"));
    assert_eq!(zone.ours[&address("vector:record-vector")].id, None);
}

#[test]
fn names_that_other_records_have_too_are_shared() {
    let zone = sorted(&[
        record(1, "A", "@", "203.0.113.7"),
        record(2, "NS", "@", "ns1.digitalocean.com"),
        record(3, "A", "app", "203.0.113.7"),
    ]);
    assert!(zone.shared.contains("@") && !zone.shared.contains("app"));
}

#[test]
fn a_domain_the_account_does_not_serve_has_no_name() {
    let zone = zone(&DomainName::parse("example.com").unwrap(), None, &mark());
    assert_eq!(zone, Zone::default());
}
