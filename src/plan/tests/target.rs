//! `--target`: some of the plan, with what it needs.

use std::collections::BTreeSet;

use crate::{
    config::Component,
    plan::{
        Asked,
        Refused::{Ambiguous, Impossible},
        tests::{
            built, lines, plan, refusals,
            stacks::{self, data, small, with, with_vector, without},
            world,
        },
    },
    resources::{Debt, LiveDroplet, Status},
    values::{Money, SizeSlug, Tag},
};

fn only(targets: &[&str]) -> Asked {
    let targets: BTreeSet<_> = targets.iter().map(|target| target.parse().unwrap()).collect();
    Asked { targets, ..Asked::stand() }
}

#[test]
fn a_target_brings_what_it_needs_and_nothing_else() {
    let web = with(small(), "web", Component::Droplet(stacks::plain(Some(2))));
    let targeted = plan(&web, &world::empty(), &only(&["web-2"]));
    let changed: Vec<String> =
        lines(&targeted).into_iter().filter(|line| !line.contains(":key-")).collect();
    assert_eq!(
        changed,
        ["+ stack:tag", "+ stack:vpc", "+ web:tag", "+ network", "+ web:firewall", "+ web-2"]
    );
}

#[test]
fn a_component_covers_its_instances_and_their_parts() {
    let web = with(small(), "web", Component::Droplet(stacks::plain(Some(2))));
    let targeted = plan(&web, &built(&small()), &only(&["web"]));
    assert_eq!(lines(&targeted), ["+ web:tag", "+ web:firewall", "+ web-1", "+ web-2"]);
    let targeted = plan(&web, &built(&small()), &only(&["web:tag"]));
    assert_eq!(lines(&targeted), ["+ web:tag"]);
}

#[test]
fn what_is_left_out_still_costs_what_it_costs() {
    let both = with(small(), "web", Component::Droplet(stacks::plain(None)));
    let grown = with_vector(both.clone(), |vector| {
        vector.volume = Some(data(200));
        vector.home.own_mut().unwrap().size = SizeSlug::new("s-4vcpu-8gb");
    });
    let targeted = plan(&grown, &built(&both), &only(&["vector:volume"]));
    assert_eq!(lines(&targeted), ["~ vector:volume"]);
    assert_eq!(targeted.monthly.before, Money::cents(2400 + 1000 + 600));
    assert_eq!(targeted.monthly.after, Money::cents(2400 + 2000 + 600));
}

#[test]
fn a_removal_can_be_targeted() {
    let both = with(small(), "web", Component::Droplet(stacks::plain(None)));
    let neither = without(without(both.clone(), "web"), "vector");
    let targeted = plan(&neither, &built(&both), &only(&["web"]));
    assert_eq!(lines(&targeted), ["- web", "- web:firewall"]);
}

#[test]
fn a_target_that_names_nothing_is_refused() {
    let targeted = plan(&small(), &built(&small()), &only(&["vektor"]));
    let [refusal] = &targeted.refusals[..] else { panic!("{:?}", targeted.refusals) };
    assert_eq!(refusal.why, Impossible);
    assert!(refusal.text.contains("`--target vektor`"), "{}", refusal.text);
}

#[test]
fn a_target_without_a_step_is_told_what_is_the_matter_there() {
    let mut inventory = built(&small());
    inventory.droplets[0].tags.insert(Tag::new("dostack:core:app"));
    let targeted = plan(&small(), &inventory, &only(&["app"]));
    let about = [(Impossible, String::new()), (Ambiguous, "app".to_owned())];
    assert_eq!(refusals(&targeted).into_iter().collect::<BTreeSet<_>>(), about.into());
}

#[test]
fn what_is_wrong_elsewhere_does_not_stand_in_the_way() {
    let shrunk = with_vector(small(), |vector| vector.volume = Some(data(1)));
    let mut inventory = built(&small());
    inventory.firewalls.retain(|live| live.name != "core-network");
    assert_eq!(refusals(&plan(&shrunk, &inventory, &only(&["network"]))), []);
    assert_eq!(refusals(&plan(&shrunk, &inventory, &only(&["vector"]))).len(), 1);
}

#[test]
fn a_machine_that_must_be_on_is_switched_on_whatever_the_target() {
    let both = with(small(), "web", Component::Droplet(stacks::plain(None)));
    let mut inventory = built(&both);
    let is_vector = |live: &&mut LiveDroplet| live.name == "core-vector";
    let vector = inventory.droplets.iter_mut().find(is_vector).unwrap();
    vector.status = Status::Off;
    let debt = Debt { deadline: 1, size: vector.size.clone(), operation: "op".to_owned() };
    vector.tags.insert(debt.tag());
    assert_eq!(lines(&plan(&both, &inventory, &only(&["web"]))), ["^ vector"]);
}
