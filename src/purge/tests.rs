//! Whose things are, what names mean, what costs what.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{
    plan::Refused,
    purge::{Key, Sort, Standing, Survey, Thing, choose, groups, things},
    values::Money,
};

fn wire<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn droplet(id: u64, name: &str, tags: &[&str]) -> Value {
    json!({
        "id": id, "name": name, "status": "active", "size_slug": "s-1vcpu-1gb", "tags": tags,
        "size": { "price_monthly": 6.0 }, "region": { "slug": "sfo2" },
        "created_at": "2026-01-02T03:04:05Z",
    })
}

fn volume(name: &str, tags: &[&str], on: &[u64]) -> Value {
    json!({
        "id": format!("id-{name}"), "name": name, "size_gigabytes": 100, "tags": tags,
        "region": { "slug": "sfo2" }, "droplet_ids": on, "created_at": "2026-01-02T03:04:05Z",
    })
}

fn snapshot(name: &str, tags: &[&str], (kind, of): (&str, &str)) -> Value {
    json!({
        "id": format!("id-{name}"), "name": name, "resource_id": of, "resource_type": kind,
        "created_at": "2026-01-02T03:04:05Z", "size_gigabytes": 1.5, "tags": tags,
    })
}

fn firewall(name: &str, tags: &[&str], on: &[u64]) -> Value {
    let id = format!("id-{name}");
    json!({ "id": id, "name": name, "status": "succeeded", "tags": tags, "droplet_ids": on })
}

fn reserved_ip(ip: &str, on: Option<u64>) -> Value {
    json!({ "ip": ip, "region": { "slug": "sfo2" }, "droplet": on.map(|id| json!({ "id": id })) })
}

fn vpc(name: &str, description: &str, default: bool) -> Value {
    json!({
        "id": format!("id-{name}"), "name": name, "region": "sfo2", "ip_range": "10.9.0.0/20",
        "description": description, "default": default,
    })
}

/// An account with something of a stack's, something in use and something forgotten of each sort.
fn survey() -> Survey {
    Survey {
        droplets: vec![
            wire(droplet(1, "dev-app", &["dostack:dev", "dostack:dev:app"])),
            wire(droplet(2, "old-web", &["web"])),
            wire(droplet(3, "old-web", &[])),
            wire(droplet(
                4,
                "kept-on",
                &["DOSTACK-must-be-on:1:s-1vcpu-1gb:2", "dostack-ip:dev:203-0-113-4"],
            )),
        ],
        volumes: vec![
            wire(volume("dev-app-data", &["dostack:dev:app:volume"], &[1])),
            wire(volume("old-data", &[], &[])),
            wire(volume("web-data", &[], &[2])),
            wire(volume("drill-dev-1", &["dostack-drill", "dostack-drill:dev:1-2-3"], &[])),
        ],
        snapshots: vec![
            wire(snapshot("nightly", &["dostack:dev"], ("volume", "id-dev-app-data"))),
            wire(snapshot("by-hand", &[], ("volume", "id-dev-app-data"))),
            wire(snapshot("of-machine", &[], ("droplet", "1"))),
            wire(snapshot("of-nothing", &[], ("droplet", "99"))),
        ],
        reserved_ips: vec![
            wire(reserved_ip("203.0.113.1", Some(1))),
            wire(reserved_ip("203.0.113.2", Some(2))),
            wire(reserved_ip("203.0.113.3", None)),
            wire(reserved_ip("203.0.113.4", None)),
        ],
        firewalls: vec![
            wire(firewall("dev-app", &["dostack:dev:app"], &[])),
            wire(firewall("dostack-lock-dev", &[], &[])),
            wire(firewall("by-id", &[], &[2])),
            wire(firewall("by-tag", &["WEB"], &[])),
            wire(firewall("on-nothing", &["gone"], &[])),
        ],
        vpcs: vec![
            (wire(vpc("dev", "dostack:dev", false)), 0),
            (wire(vpc("default-sfo2", "", true)), 0),
            (wire(vpc("lived-in", "", false)), 2),
            (wire(vpc("empty", "for later", false)), 0),
        ],
    }
}

fn names(things: &[Thing], is_meant: impl Fn(&Standing) -> bool) -> Vec<&str> {
    let meant = things.iter().filter(|thing| is_meant(&thing.standing));
    meant.map(|thing| thing.name.as_str()).collect()
}

#[test]
fn what_has_a_mark_belongs_to_a_stack_and_what_serves_something_stays() {
    let all = things(&survey());
    assert_eq!(
        names(&all, |it| *it == Standing::Orphan),
        [
            "old-web",
            "old-web",
            "old-data",
            "web-data",
            "drill-dev-1",
            "by-hand",
            "of-nothing",
            "203.0.113.3",
            "on-nothing",
            "empty"
        ]
    );
    assert_eq!(
        names(&all, |it| *it == Standing::Marked(Some("dev".to_owned()))),
        ["dev-app", "dev-app-data", "nightly", "of-machine", "203.0.113.1", "dev-app", "dev"]
    );
    assert_eq!(
        names(&all, |it| *it == Standing::Marked(None)),
        ["kept-on", "203.0.113.4", "dostack-lock-dev"]
    );
    assert_eq!(
        names(&all, |it| matches!(it, Standing::InUse(_))),
        ["203.0.113.2", "by-id", "by-tag", "default-sfo2", "lived-in"]
    );
}

#[test]
fn the_dearest_comes_first_and_sums_are_exact() {
    let all = things(&survey());
    let orphans: Vec<&Thing> = all.iter().filter(|thing| thing.is_orphan()).collect();
    let groups = groups(orphans);
    let sums: Vec<(Sort, Money)> = groups.iter().map(|group| (group.sort, group.monthly)).collect();
    assert_eq!(
        sums,
        [
            (Sort::Volume, Money::cents(3000)),
            (Sort::Droplet, Money::cents(1200)),
            (Sort::ReservedIp, Money::cents(500)),
            (Sort::Snapshot, Money::cents(18)),
            (Sort::Firewall, Money::ZERO),
            (Sort::Vpc, Money::ZERO),
        ]
    );
}

/// What naming these comes to: the things chosen, or why not.
fn chosen(words: &[&str]) -> Result<Vec<Key>, Vec<(Refused, String, String)>> {
    let all = things(&survey());
    let words: BTreeSet<String> = words.iter().map(ToString::to_string).collect();
    match choose(&all, &words) {
        Ok(things) => Ok(things.into_iter().map(|thing| thing.key.clone()).collect()),
        Err(refusals) => {
            let told = refusals.into_iter().map(|it| (it.why, it.text, it.way_out));
            Err(told.collect())
        }
    }
}

fn refused(word: &str) -> (Refused, String, String) {
    chosen(&[word]).unwrap_err().remove(0)
}

#[test]
fn a_thing_is_named_by_its_name_or_its_id_and_counts_once() {
    let volume = Key::Volume("id-old-data".to_owned());
    assert_eq!(chosen(&["old-data"]), Ok(vec![volume.clone()]));
    assert_eq!(chosen(&["old-data", "id-old-data"]), Ok(vec![volume]));
    assert_eq!(chosen(&["3"]), Ok(vec![Key::Droplet(3)]));
}

#[test]
fn a_name_that_two_things_have_is_refused_with_their_ids() {
    let (why, text, _) = refused("old-web");
    assert_eq!(why, Refused::Ambiguous);
    assert_eq!(text, "`old-web` is the name of several things: droplet 2, droplet 3");
}

#[test]
fn what_is_a_stack_s_or_in_use_is_refused() {
    let (why, text, way_out) = refused("dev-app-data");
    assert_eq!(why, Refused::Unsafe);
    assert_eq!(text, "the volume `dev-app-data` belongs to the stack `dev`");
    assert_eq!(way_out, "`dostack destroy` of `dev` is the way to remove it");
    for word in ["kept-on", "dostack-lock-dev", "by-id", "default-sfo2", "lived-in"] {
        assert_eq!(refused(word).0, Refused::Unsafe, "{word}");
    }
}

#[test]
fn a_mistyped_name_is_answered_with_the_nearest_and_nothing_is_chosen() {
    let refusals = chosen(&["old-dtaa", "empty"]).unwrap_err();
    let [(why, text, way_out)] = refusals.as_slice() else { panic!("{refusals:?}") };
    assert_eq!(*why, Refused::Impossible);
    assert_eq!(text, "nothing in the account has the name or id `old-dtaa`");
    assert_eq!(way_out, "did you mean `old-data`?");
}

#[test]
fn an_attached_volume_goes_only_with_its_machine() {
    let (why, text, _) = refused("web-data");
    assert_eq!(why, Refused::Unsafe);
    assert_eq!(text, "the volume `web-data` is attached to the droplet `old-web`");
    assert!(chosen(&["web-data", "2"]).is_ok());
}
