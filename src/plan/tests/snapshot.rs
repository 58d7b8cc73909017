//! Snapshots of machines: kept with their price, and lost only by name.

use std::collections::BTreeSet;

use crate::{
    config::{Component, Stack},
    inventory::Inventory,
    plan::{
        Asked, Refused,
        tests::{
            built, lines, plan, refusals,
            stacks::{plain, stack},
            step,
        },
    },
    resources::{LiveSnapshot, SnapshotOf},
    values::{Mark, Money, Tag},
};

fn web() -> Stack {
    stack([("web", Component::Droplet(plain(None)))])
}

/// The account with snapshots of these ids and names, all of the stack's machine.
fn with(snapshots: &[(&str, &str)]) -> Inventory {
    let mut inventory = built(&web());
    let droplet = inventory.droplets[0].id;
    inventory.snapshots = snapshots.iter().map(|it| snapshot(*it, droplet)).collect();
    inventory
}

fn snapshot((id, name): (&str, &str), droplet: u64) -> LiveSnapshot {
    LiveSnapshot {
        id: id.to_owned(),
        name: name.to_owned(),
        of: SnapshotOf::Droplet(droplet),
        size_gb: 2.5,
        tags: BTreeSet::new(),
    }
}

fn go(delete_data: &[&str]) -> Asked {
    let delete_data = delete_data.iter().map(|name| (*name).to_owned()).collect();
    Asked { delete_data, ..Asked::go() }
}

#[test]
fn snapshots_of_the_stacks_machines_stay_and_are_priced() {
    let plan = plan(&web(), &with(&[("2", "before"), ("1", "after")]), &go(&[]));
    let kept: Vec<_> = plan.kept.iter().map(|kept| (kept.name.as_str(), kept.size_gb)).collect();
    assert_eq!(kept, [("after", 3), ("before", 3)]);
    assert_eq!(plan.kept[0].address.to_string(), "web:snapshot-1");
    assert_eq!(plan.monthly.after, Money::cents(30));
}

#[test]
fn a_snapshot_goes_by_its_name_or_its_address() {
    let inventory = with(&[("1", "before")]);
    for given in ["before", "web:snapshot-1"] {
        let plan = plan(&web(), &inventory, &go(&[given]));
        assert_eq!(plan.refusals, []);
        assert!(lines(&plan).contains(&"- web:snapshot-1".to_owned()));
        assert!(step(&plan, "web").needs.contains(&"web:snapshot-1".parse().unwrap()));
        assert_eq!(plan.monthly.after, Money::ZERO);
    }
}

#[test]
fn a_name_that_two_snapshots_have_is_ambiguous() {
    let plan = plan(&web(), &with(&[("1", "before"), ("2", "before")]), &go(&["before"]));
    assert_eq!(refusals(&plan), [(Refused::Ambiguous, String::new())]);
    assert_eq!(plan.refusals[0].way_out, "say which: `web:snapshot-1`, `web:snapshot-2`");
}

#[test]
fn snapshots_of_other_machines_are_neither_kept_nor_deleted() {
    let mut inventory = with(&[("1", "before")]);
    inventory.snapshots[0].of = SnapshotOf::Droplet(4711);
    let plan = plan(&web(), &inventory, &go(&["before"]));
    assert_eq!(plan.kept, []);
    assert_eq!(refusals(&plan), [(Refused::Impossible, String::new())]);
    let mark = web().mark();
    inventory.snapshots[0].tags = [mark.address_tag(&"web".parse().unwrap())].into();
    let plan = self::plan(&web(), &inventory, &go(&[]));
    assert_eq!(plan.kept[0].address.to_string(), "web:snapshot-1");
}

#[test]
fn snapshots_of_an_adopted_machine_are_its_owners() {
    let mut inventory = with(&[("1", "before")]);
    inventory.droplets[0].tags.insert(Mark::adopted_tag());
    assert_eq!(plan(&web(), &inventory, &go(&[])).kept, []);
    let tag: Tag = web().mark().stack_tag();
    inventory.snapshots[0].tags.insert(tag);
    assert_eq!(plan(&web(), &inventory, &go(&[])).kept.len(), 1);
}
