//! What goes, what stays, and in which order.

use crate::{
    config::{Component, Stack, Switch},
    inventory::Inventory,
    plan::{
        Asked, Deletion, Plan, Reason,
        Refused::{Ambiguous, Impossible, Unsafe},
        Undo, Work,
        tests::{
            built, lines, notes, plan, refusals,
            stacks::{self, network, small, with, without},
            step, up, world,
        },
    },
    resources::{Debt, Kind, LiveFirewall, LiveSnapshot, Rules, SnapshotOf},
    values::{Address, DomainName, FirewallName, Money, SizeSlug, Tag},
};

fn tags(plan: &Plan) -> Vec<String> {
    match &step(plan, "stack:tags").work {
        Work::Delete(Deletion::Tags(tags)) => tags.iter().map(ToString::to_string).collect(),
        work @ (Work::Nothing
        | Work::Create(_)
        | Work::Update(_)
        | Work::Replace(_)
        | Work::Release(_)
        | Work::Delete(_)) => panic!("{work:?}"),
    }
}

fn destroy(stack: &Stack, inventory: &Inventory) -> Plan {
    plan(stack, inventory, &Asked::go())
}

fn naming(name: &str, asked: Asked) -> Asked {
    Asked { delete_data: [name.to_owned()].into(), ..asked }
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

#[test]
fn a_component_that_left_the_file_goes_and_its_data_stays() {
    let inventory = built(&small());
    let less = without(small(), "vector");
    let plan = up(&less, &inventory);
    assert_eq!(
        lines(&plan),
        ["- vector:record-vector", "- vector", "- vector:firewall", "- stack:tags"]
    );
    assert!(plan.changes().all(|step| step.reason == Reason::NotInFile));
    assert_eq!(step(&plan, "vector").undo, Undo::Rebuild);
    let [kept] = plan.kept.as_slice() else { panic!() };
    assert_eq!((kept.address.clone(), kept.kind), (address("vector:volume"), Kind::Volume));
    assert_eq!((kept.name.as_str(), kept.size_gb), ("core-vector-data", 100));
    assert_eq!(kept.monthly, Money::cents(1000));
    assert_eq!(plan.monthly.after, Money::cents(1000));
    // The volume, and snapshots that are not listed here, keep their marks.
    let gone = tags(&plan);
    assert!(gone.contains(&"dostack:core:vector".to_owned()), "{gone:?}");
    assert!(gone.iter().all(|tag| tag != "dostack:core" && !tag.ends_with(":volume")), "{gone:?}");
    assert!(up(&less, &world::apply_plan(&inventory, &plan)).is_empty());
}

#[test]
fn a_component_that_is_switched_off_goes() {
    let cached = |enabled| with(small(), "cache", stacks::cache(enabled));
    let plan = up(&cached(Switch::Auto), &built(&cached(Switch::On)));
    assert_eq!(lines(&plan), ["- cache", "- cache:firewall", "- stack:tags"]);
    assert_eq!(plan.monthly.before - plan.monthly.after, Money::cents(600));
}

#[test]
fn destroy_removes_everything_but_the_data_and_the_domain() {
    let inventory = built(&small());
    let plan = destroy(&small(), &inventory);
    assert!(plan.refusals.is_empty());
    assert!(plan.changes().all(|step| step.reason == Reason::Destroyed));
    assert!(notes(&plan).contains("the domain `example.com` stays"));
    assert_eq!(plan.kept.len(), 1);
    let after = world::apply_plan(&inventory, &plan);
    assert!(after.droplets.is_empty() && after.firewalls.is_empty() && after.vpcs.is_empty());
    assert!(after.keys.is_empty() && after.zone.unwrap().ours.is_empty());
    assert_eq!(after.volumes.len(), 1);
    assert_eq!(after.volumes[0].tags, inventory.volumes[0].tags);
}

#[test]
fn data_goes_only_by_its_address_or_its_name() {
    let inventory = built(&small());
    for name in ["vector:volume", "core-vector-data"] {
        let asked = naming(name, Asked::go());
        let plan = plan(&small(), &inventory, &asked);
        assert!(plan.kept.is_empty());
        let volume = step(&plan, "vector:volume");
        assert_eq!(volume.undo, Undo::Never);
        assert!(volume.needs.contains(&address("vector")));
        let after = world::apply_plan(&inventory, &plan);
        assert!(after.volumes.is_empty());
        assert!(tags(&plan).contains(&"dostack:core".to_owned()));
    }
    for name in ["vector", "core-vector", "vector:volumes"] {
        let refused = plan(&small(), &inventory, &naming(name, Asked::go()));
        assert_eq!(refusals(&refused), [(Impossible, String::new())], "{name}");
    }
    // A volume the file still wants is no candidate.
    let refused = plan(&small(), &inventory, &naming("vector:volume", Asked::stand()));
    assert_eq!(refusals(&refused), [(Impossible, String::new())]);
}

#[test]
fn data_that_is_given_up_is_taken_off_a_machine_that_stays() {
    let bare = stacks::with_vector(small(), |vector| vector.volume = None);
    let mut inventory = built(&small());
    let droplet = inventory.droplets[0].id;
    let removed = plan(&bare, &inventory, &naming("vector:volume", Asked::stand()));
    assert!(matches!(&step(&removed, "vector:volume").work,
        Work::Delete(Deletion::Volume { attached_to: Some(holder), .. }) if *holder == droplet));
    inventory.volumes[0].droplet_ids = [4711].into();
    let refused = plan(&bare, &inventory, &naming("vector:volume", Asked::stand()));
    assert_eq!(refusals(&refused), [(Unsafe, "vector:volume".to_owned())]);
}

#[test]
fn data_on_another_machine_that_goes_waits_for_that_one() {
    let both = with(small(), "old", Component::Droplet(stacks::plain(None)));
    let mut inventory = built(&both);
    let old = inventory.droplets_of(&both.mark())[&address("old")][0].id;
    inventory.volumes[0].droplet_ids = [old].into();
    let plan = plan(&both, &inventory, &naming("vector:volume", Asked::go()));
    assert!(step(&plan, "vector:volume").needs.contains(&address("old")));
    world::apply_plan(&inventory, &plan);
}

#[test]
fn a_network_that_became_its_regions_default_stays_and_is_named() {
    let mut inventory = built(&small());
    inventory.vpcs[0].default = true;
    let plan = destroy(&small(), &inventory);
    assert!(!lines(&plan).contains(&"- stack:vpc".to_owned()));
    assert!(notes(&plan).contains("the VPC `core` is the default of sfo2 and stays"));
}

#[test]
fn keys_somebody_else_registered_are_not_deleted() {
    let mut inventory = built(&small());
    for key in inventory.keys.values_mut() {
        key.name = "laptop".to_owned();
    }
    assert!(up(&small(), &inventory).is_empty());
    assert!(lines(&destroy(&small(), &inventory)).iter().all(|line| !line.contains(":key-")));
}

#[test]
fn firewalls_that_merely_name_a_tag_of_ours_are_left_with_their_tag() {
    let mut inventory = built(&small());
    let mut foreign = inventory.firewalls[0].clone();
    (foreign.id, foreign.name) = ("theirs".to_owned(), "theirs".to_owned());
    foreign.tags = [Tag::new("web"), Tag::new("dostack:core:vector")].into();
    inventory.firewalls.push(foreign.clone());
    assert!(up(&small(), &inventory).is_empty());
    let plan = destroy(&small(), &inventory);
    assert!(!tags(&plan).contains(&"dostack:core:vector".to_owned()));
    assert_eq!(world::apply_plan(&inventory, &plan).firewalls, [foreign]);
}

#[test]
fn a_second_firewall_on_our_tag_alone_needs_a_person() {
    let mut inventory = built(&small());
    let ours = inventory.firewalls.iter().find(|live| live.name == "core-vector").unwrap();
    let mut second = ours.clone();
    (second.id, second.name) = ("firewall-99".to_owned(), "core-by-hand".to_owned());
    inventory.firewalls.push(second);
    for asked in [Asked::stand(), Asked::go()] {
        let refused = plan(&small(), &inventory, &asked);
        assert_eq!(refusals(&refused), [(Ambiguous, "vector:firewall".to_owned())]);
    }
}

/// The account after a firewall on the vector droplet's tag alone was made by somebody else.
fn guarded(inventory: &Inventory) -> (Inventory, LiveFirewall) {
    let ours = inventory.firewalls.iter().find(|live| live.name == "core-vector").unwrap();
    let (id, name) = ("theirs".to_owned(), "security-team".to_owned());
    let theirs = LiveFirewall { id, name, inbound: Rules::default(), ..ours.clone() };
    let mut inventory = inventory.clone();
    inventory.firewalls.push(theirs.clone());
    (inventory, theirs)
}

#[test]
fn somebody_elses_firewall_on_our_tag_is_noted_and_left_alone() {
    let (whole, theirs) = guarded(&built(&small()));
    let mut missing = whole.clone();
    missing.firewalls.retain(|live| live.name != "core-vector");
    let mut renamed = whole.clone();
    for live in renamed.firewalls.iter_mut().filter(|live| live.name == "core-vector") {
        live.name = "core-other".to_owned();
    }
    let less = without(small(), "vector");
    let note = "the firewall `security-team` also covers `dostack:core:vector`, and is left alone";
    for (stack, inventory, asked, expected) in [
        (small(), &whole, Asked::stand(), Vec::new()),
        (small(), &missing, Asked::stand(), vec!["+ vector:firewall"]),
        (small(), &renamed, Asked::stand(), vec!["~ vector:firewall"]),
        (less, &whole, Asked::stand(), vec!["- vector:firewall"]),
        (small(), &whole, Asked::go(), vec!["- network", "- vector:firewall"]),
        (stacks::stack([]), &whole, Asked::go(), vec!["- network", "- vector:firewall"]),
    ] {
        let plan = plan(&stack, inventory, &asked);
        assert_eq!(refusals(&plan), []);
        assert!(notes(&plan).contains(note), "{}", notes(&plan));
        let mut about: Vec<String> = plan
            .changes()
            .filter(|step| step.kind == Kind::Firewall)
            .map(|step| format!("{} {}", step.action.glyph(), step.address))
            .collect();
        about.sort();
        assert_eq!(about, expected);
        assert!(world::apply_plan(inventory, &plan).firewalls.contains(&theirs));
    }
}

#[test]
fn a_firewall_the_file_gives_another_name_is_ours_while_the_file_names_it() {
    let Component::NetworkFirewall(mut named) = network() else { panic!() };
    named.name = Some(FirewallName::parse("edge-wall").unwrap());
    let stack = with(small(), "edge", Component::NetworkFirewall(named));
    let inventory = built(&stack);
    assert!(up(&stack, &inventory).is_empty());
    assert!(lines(&destroy(&stack, &inventory)).contains(&"- edge".to_owned()));
    let forgotten = up(&without(stack, "edge"), &inventory);
    assert!(forgotten.is_empty());
    assert!(notes(&forgotten).contains("`edge-wall` also covers `dostack:core`"));
}

#[test]
fn shared_firewalls_go_by_their_names() {
    let two = with(with(small(), "edge", network()), "inner", network());
    let inventory = built(&two);
    let plan = up(&without(without(two.clone(), "edge"), "inner"), &inventory);
    assert_eq!(lines(&plan), ["- edge", "- inner"]);
    assert!(destroy(&two, &inventory).refusals.is_empty());
    assert!(destroy(&stacks::stack([]), &inventory).refusals.is_empty());
}

#[test]
fn two_machines_with_one_mark_are_never_half_destroyed() {
    let mut inventory = built(&small());
    let mut second = inventory.droplets[0].clone();
    second.id = 99;
    inventory.droplets.push(second);
    let plan = destroy(&small(), &inventory);
    assert_eq!(refusals(&plan), [(Ambiguous, "vector".to_owned())]);
    assert!(plan.refusals[0].text.contains("(99)"), "{}", plan.refusals[0].text);
    assert_eq!(step(&plan, "vector").work, Work::Nothing);
}

#[test]
fn a_machine_with_the_stacks_tag_but_no_address_stays() {
    let mut inventory = built(&small());
    let mut stranger = inventory.droplets[0].clone();
    (stranger.id, stranger.tags) = (99, [Tag::new("dostack:core")].into());
    stranger.vpc_id = None;
    inventory.droplets.push(stranger);
    assert!(up(&small(), &inventory).is_empty());
    let plan = destroy(&small(), &inventory);
    assert!(notes(&plan).contains("no address of the stack, and stays"));
    assert!(!tags(&plan).contains(&"dostack:core".to_owned()));
    assert_eq!(world::apply_plan(&inventory, &plan).droplets.len(), 1);
}

#[test]
fn snapshots_stay_with_their_tags_and_are_priced() {
    let mut inventory = built(&small());
    let volume = &inventory.volumes[0];
    inventory.snapshots.push(LiveSnapshot {
        id: "snapshot-1".to_owned(),
        name: "nightly".to_owned(),
        of: SnapshotOf::Volume(volume.id.clone()),
        size_gb: 12.5,
        tags: volume.tags.clone(),
    });
    let asked = naming("vector:volume", Asked::go());
    let plan = plan(&small(), &inventory, &asked);
    let [kept] = plan.kept.as_slice() else { panic!() };
    assert_eq!((kept.kind, kept.size_gb, kept.monthly), (Kind::Snapshot, 13, Money::cents(75)));
    assert!(!tags(&plan).contains(&"dostack:core:vector:volume".to_owned()));
}

#[test]
fn a_debt_goes_with_its_machine() {
    let mut inventory = built(&small());
    let size = SizeSlug::new("s-2vcpu-4gb");
    let debt = Debt { deadline: 1, size, operation: "0a1b".to_owned() };
    inventory.droplets[0].tags.insert(debt.tag());
    assert!(tags(&destroy(&small(), &inventory)).contains(&debt.tag().to_string()));
}

#[test]
fn a_debt_that_a_killed_run_never_put_on_its_machine_goes_with_it_too() {
    let mut inventory = built(&small());
    let debt = |droplet: u64| Debt {
        deadline: 1,
        size: SizeSlug::new("s-2vcpu-4gb"),
        operation: Debt::operation("0a1b", droplet),
    };
    let own = debt(inventory.droplets[0].id).tag();
    let another = debt(99_999).tag();
    inventory.tags.extend([own.clone(), another.clone()]);
    let gone = tags(&destroy(&small(), &inventory));
    assert!(gone.contains(&own.to_string()) && !gone.contains(&another.to_string()), "{gone:?}");
}

#[test]
fn a_name_with_two_marks_keeps_its_record_for_the_one_that_is_wanted() {
    let mut stack = with(small(), "web", stacks::web("www"));
    stack.dns = Some(stacks::dns());
    let mut inventory = built(&stack);
    let ours = &mut inventory.zone.as_mut().unwrap().ours;
    let mut old = ours[&address("web:record-www")].clone();
    old.mark_id = 99;
    ours.insert(address("old:record-www"), old);
    let plan = up(&stack, &inventory);
    assert_eq!(lines(&plan), ["- old:record-www"]);
    assert!(matches!(&step(&plan, "old:record-www").work,
        Work::Delete(Deletion::Records(records)) if records[0].id.is_none()));
}

/// The account after the stack's domain was another, whose records were left behind.
fn moved_domain(stack: &Stack) -> Inventory {
    let mut inventory = built(stack);
    let mut former = inventory.zone.clone().unwrap();
    let old = DomainName::parse("example.org").unwrap();
    former.name = Some(old.clone());
    for (live, mark_id) in former.ours.values_mut().zip(900..) {
        (live.domain, live.id, live.mark_id) = (old.clone(), Some(mark_id + 50), mark_id);
    }
    inventory.former = vec![former];
    inventory
}

#[test]
fn records_of_a_former_domain_go_with_the_stack() {
    let inventory = moved_domain(&small());
    let mut silent = small();
    silent.dns = None;
    let mut vanished = inventory.clone();
    vanished.zone = None;
    for (stack, inventory, name) in [
        (small(), inventory, "vector.example.com, vector.example.org"),
        (silent, vanished, "vector.example.org"),
    ] {
        let plan = destroy(&stack, &inventory);
        assert_eq!(refusals(&plan), []);
        assert_eq!(step(&plan, "vector:record-vector").name, name);
        assert!(notes(&plan).contains("the domain `example.org` stays"));
        let after = world::apply_plan(&inventory, &plan);
        assert!(after.zones().all(|zone| zone.ours.is_empty()));
    }
}

#[test]
fn a_doubled_name_in_a_former_domain_is_not_destroyed_by_guess() {
    let mut inventory = moved_domain(&small());
    inventory.former[0].doubled.insert("vector".to_owned());
    let plan = destroy(&small(), &inventory);
    assert_eq!(refusals(&plan), [(Ambiguous, "vector:record-vector".to_owned())]);
    assert!(plan.refusals[0].text.contains("vector.example.org"), "{}", plan.refusals[0].text);
}

#[test]
fn a_name_with_two_addresses_is_not_destroyed_by_guess() {
    let mut inventory = built(&small());
    inventory.zone.as_mut().unwrap().doubled.insert("vector".to_owned());
    let plan = destroy(&small(), &inventory);
    assert_eq!(refusals(&plan), [(Ambiguous, "vector:record-vector".to_owned())]);
}
