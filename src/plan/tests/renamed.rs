//! `was: OLD`: things of one name become those of another, in place.

use crate::{
    config::{Component, Stack},
    inventory::Inventory,
    plan::{
        Action, Asked, NewData, Plan,
        Refused::{Ambiguous, Unsafe},
        Work,
        tests::{
            built, lines, plan, refusals,
            stacks::{from, network, plain, sample, small, stack, vector, with, without},
            step, up, world,
        },
    },
    resources::LiveDroplet,
    values::{ComponentName, Tag},
};

fn name(text: &str) -> ComponentName {
    ComponentName::parse(text).unwrap()
}

/// The stack with a component under another name, without a word about it.
fn silently(mut stack: Stack, old: &str, new: &str) -> Stack {
    let component = stack.components.remove(&name(old)).unwrap();
    stack.components.insert(name(new), component);
    stack
}

/// The stack with a component under another name, and `was`.
fn renamed(stack: Stack, old: &str, new: &str) -> Stack {
    let mut stack = silently(stack, old, new);
    stack.renamed.insert(name(new), name(old));
    stack
}

/// The account as it is read under the names that components have now.
fn read(stack: &Stack, mut inventory: Inventory) -> Inventory {
    let mark = stack.mark();
    if let Some(zone) = &mut inventory.zone {
        let ours = zone.ours.values().cloned();
        zone.ours = ours.map(|live| (mark.address_in(&live.mark).unwrap(), live)).collect();
    }
    inventory
}

/// What a rename leaves: as wanted, with `was` and without it.
fn after(now: &Stack, before: &Inventory) -> Inventory {
    let before = &read(now, before.clone());
    let left = world::apply_plan(before, &up(now, before));
    let without_was = Stack { renamed: [].into(), ..now.clone() };
    for stack in [now, &without_was] {
        assert_eq!(lines(&up(stack, &left)), Vec::<String>::new());
        assert_eq!(refusals(&up(stack, &left)), []);
    }
    left
}

fn places(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| step.address.to_string()).collect()
}

#[test]
fn a_component_is_renamed_in_place_and_none_of_its_data_moves() {
    let now = renamed(small(), "vector", "search");
    let before = read(&now, built(&small()));
    let plan = up(&now, &before);
    let mut changed = lines(&plan);
    changed.sort();
    assert_eq!(
        changed,
        [
            "+ search:tag",
            "- stack:tags",
            "~ search",
            "~ search:firewall",
            "~ search:record-vector",
            "~ search:volume",
        ]
    );
    assert_eq!(plan.monthly.before, plan.monthly.after);
    let left = after(&now, &before);
    let ids = |inventory: &Inventory| {
        let droplets = inventory.droplets.iter().map(|live| live.id.to_string());
        let firewalls = inventory.firewalls.iter().map(|live| live.id.clone());
        let volumes = inventory.volumes.iter().map(|live| format!("{} {}", live.id, live.name));
        droplets.chain(firewalls).chain(volumes).collect::<Vec<_>>()
    };
    assert_eq!(ids(&left), ids(&before));
    let old = |tag: &Tag| tag.as_str().contains("vector");
    assert!(!left.droplets.iter().any(|live| live.tags.iter().any(old)));
    assert!(!left.volumes.iter().any(|live| live.tags.iter().any(old)));
    assert_eq!(left.droplets[0].name, "core-search");
}

#[test]
fn no_machine_is_uncovered_while_it_is_renamed() {
    let plan = up(&renamed(small(), "vector", "search"), &built(&small()));
    let places = places(&plan);
    let place = |address: &str| places.iter().position(|place| place == address).unwrap();
    assert!(place("search") < place("search:firewall"));
    assert!(place("search:firewall") < place("stack:tags"));
}

#[test]
fn rules_that_name_the_component_follow_it_when_it_carries_its_new_tag() {
    let Component::NetworkFirewall(mut shared) = network() else { panic!() };
    let peer = |text| crate::config::Peer::Component(name(text));
    shared.inbound.push(from(5432, peer("vector")));
    let before = with(small(), "network", Component::NetworkFirewall(shared.clone()));
    let mut now = renamed(before.clone(), "vector", "search");
    shared.inbound.pop();
    shared.inbound.push(from(5432, peer("search")));
    now = with(now, "network", Component::NetworkFirewall(shared));
    let plan = up(&now, &built(&before));
    assert!(step(&plan, "network").needs.contains(&"search".parse().unwrap()));
    after(&now, &built(&before));
}

#[test]
fn several_machines_and_a_firewall_of_its_own_are_renamed_alike() {
    let web = with(small(), "web", Component::Droplet(plain(Some(3))));
    after(&renamed(web.clone(), "web", "shop"), &built(&web));
    let edge = renamed(small(), "network", "edge");
    let plan = up(&edge, &built(&small()));
    assert_eq!(lines(&plan), ["~ edge"]);
    after(&edge, &built(&small()));
}

#[test]
fn what_carries_both_marks_is_the_new_ones() {
    let mut inventory = built(&small());
    inventory.droplets[0].tags.insert(Tag::new("dostack:core:search"));
    let now = renamed(small(), "vector", "search");
    after(&now, &inventory);
    let mut unsaid = now;
    unsaid.renamed.clear();
    assert!(refusals(&up(&unsaid, &inventory)).iter().all(|(why, _)| *why == Ambiguous));
}

#[test]
fn a_machine_of_the_old_name_and_one_of_the_new_are_ambiguous() {
    let mut inventory = built(&small());
    let other = LiveDroplet {
        id: 999,
        tags: [Tag::new("dostack:core"), Tag::new("dostack:core:search")].into(),
        ..inventory.droplets[0].clone()
    };
    inventory.droplets.push(other);
    let plan = up(&renamed(small(), "vector", "search"), &inventory);
    assert_eq!(refusals(&plan), [(Ambiguous, "search".to_owned())]);
    assert!(plan.refusals[0].way_out.contains("take `was: vector` out"), "{:?}", plan.refusals);
}

#[test]
fn a_rename_that_is_not_said_is_refused_with_the_word_for_it() {
    let plan = up(&silently(small(), "vector", "search"), &built(&small()));
    assert!(refusals(&plan).contains(&(Unsafe, "search".to_owned())));
    let way_out = &plan.refusals[0].way_out;
    assert!(way_out.starts_with("write `was: vector` in `search`"), "{way_out}");
}

#[test]
fn a_name_that_is_still_in_the_file_is_no_rename() {
    let twice = stack([("a", vector(&[])), ("b", vector(&[]))]);
    let before = built(&twice);
    let Component::Droplet(counted) = sample("plain") else { panic!() };
    let now = with(without(twice, "b"), "b", Component::Droplet(counted));
    let now = with(now, "c", vector(&[]));
    let asked = Asked { new_data: NewData::Refuse, ..Asked::stand() };
    let plan = plan(&now, &before, &asked);
    assert!(!plan.refusals.iter().any(|refusal| refusal.way_out.contains("was:")));
    assert!(plan.steps.iter().all(|step| step.action != Action::Replace));
    assert!(plan.steps.iter().all(|step| step.work != Work::Nothing || !step.is_change()));
}

#[test]
fn a_rename_and_a_change_go_together_and_a_target_takes_its_part() {
    let now = renamed(small(), "vector", "search");
    let before = read(&now, built(&small()));
    let asked = Asked { targets: ["search".parse().unwrap()].into(), ..Asked::stand() };
    let targeted = plan(&now, &before, &asked);
    assert!(!lines(&targeted).contains(&"- stack:tags".to_owned()));
    let left = world::apply_plan(&before, &targeted);
    after(&now, &left);
}
