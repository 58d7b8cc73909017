//! What a plan refuses, and that it then does none of it by half.

use crate::{
    config::{Adopt, Component, Otherwise, Stack},
    inventory::{Inventory, Quota},
    plan::{
        Action, Asked, NewData, Plan,
        Refused::{self, Ambiguous, Impossible, Quota as Full, Unsafe},
        Work,
        tests::{
            built, lines, notes, plan, refusals,
            stacks::{self, data, small, stack, vector, with, with_vector, without},
            step, up, world,
        },
    },
    resources::{Kind, LiveVolume},
    values::{Cidr, Money, Region, SizeSlug, Tag, VolumeName},
};

/// The plan is refused for one reason about one address, and the step there does nothing.
fn assert_refused(plan: &Plan, why: Refused, address: &str) {
    assert_eq!(refusals(plan), [(why, address.to_owned())], "{:?}", plan.refusals);
    assert_eq!(step(plan, address).work, Work::Nothing);
    assert!(!plan.refusals[0].way_out.is_empty());
}

fn text(plan: &Plan) -> String {
    let refusals = plan.refusals.iter();
    let lines: Vec<String> =
        refusals.map(|refusal| format!("{}: {}", refusal.text, refusal.way_out)).collect();
    lines.join("\n")
}

fn sized(size: &str) -> Stack {
    with_vector(small(), |vector| vector.home.own_mut().unwrap().size = SizeSlug::new(size))
}

#[test]
fn a_volume_never_shrinks_and_none_of_the_step_is_done() {
    let mut inventory = built(&small());
    inventory.volumes[0].tags.remove(&Tag::new("dostack:core"));
    let plan = up(&with_vector(small(), |vector| vector.volume = Some(data(50))), &inventory);
    assert_refused(&plan, Impossible, "vector:volume");
    assert!(text(&plan).contains("has 100 GiB and the file says 50"), "{}", text(&plan));
    assert!(text(&plan).ends_with("write `size_gb: 100`"));
    assert_eq!(plan.monthly.before, plan.monthly.after);
}

#[test]
fn a_disk_never_shrinks_and_a_size_with_room_is_offered() {
    let mut inventory = built(&small());
    inventory.droplets[0].disk_gb = 160;
    inventory.droplets[0].size = SizeSlug::new("s-4vcpu-8gb");
    let plan = up(&small(), &inventory);
    assert_refused(&plan, Impossible, "vector");
    assert!(text(&plan).contains("has 80 GB of disk and the droplet has 160"), "{}", text(&plan));
    assert!(text(&plan).ends_with("try `s-4vcpu-8gb`"), "{}", text(&plan));
}

#[test]
fn an_unknown_size_and_one_not_offered_here_name_the_nearest() {
    for inventory in [world::empty(), built(&small())] {
        let plan = up(&sized("s-4vcpu-9gb"), &inventory);
        assert_refused(&plan, Impossible, "vector");
        assert!(
            text(&plan).ends_with("no size `s-4vcpu-9gb`: try `s-4vcpu-8gb`"),
            "{}",
            text(&plan)
        );
        let plan = up(&sized("g-2vcpu-8gb"), &inventory);
        assert_refused(&plan, Impossible, "vector");
        assert!(text(&plan).contains("not offered in sfo2: try `s-"), "{}", text(&plan));
    }
}

#[test]
fn another_region_or_range_would_replace_and_is_refused() {
    let inventory = built(&small());
    let mut moved = small();
    moved.region = Region::new("nyc3");
    let plan = up(&moved, &inventory);
    let unsafe_at: Vec<(Refused, String)> =
        ["stack:vpc", "vector", "vector:volume"].map(|address| (Unsafe, address.to_owned())).into();
    assert_eq!(refusals(&plan), unsafe_at);
    for (_, address) in unsafe_at {
        assert_eq!(step(&plan, &address).action, Action::Replace);
        assert_eq!(step(&plan, &address).work, Work::Nothing);
    }
    let mut narrowed = small();
    narrowed.vpc.ip_range = "10.121.0.0/16".parse().ok();
    let plan = up(&narrowed, &inventory);
    assert_eq!(refusals(&plan), [(Unsafe, "stack:vpc".to_owned())]);
}

#[test]
fn a_machine_outside_the_stacks_network_is_refused() {
    let mut inventory = built(&small());
    inventory.droplets[0].vpc_id = Some("another".to_owned());
    assert_refused(&up(&small(), &inventory), Unsafe, "vector");
    // The network is gone: no machine that exists can join the new one.
    inventory.vpcs.clear();
    assert_refused(&up(&small(), &inventory), Unsafe, "vector");
}

#[test]
fn a_volume_under_another_name_would_lose_its_data() {
    let renamed = with_vector(small(), |vector| {
        let volume = vector.volume.as_mut().unwrap();
        volume.name = Some(VolumeName::parse("another").unwrap());
    });
    assert_refused(&up(&renamed, &built(&small())), Unsafe, "vector:volume");
}

#[test]
fn names_that_strangers_hold_are_ambiguous_with_both_ways_out() {
    let mut foreign = built(&small());
    foreign.droplets.clear();
    foreign.keys.clear();
    let own = foreign.zone.as_mut().unwrap().ours.pop_first().unwrap();
    let taken = |fill: &dyn Fn(&mut Inventory)| {
        let mut inventory = world::empty();
        inventory.zone.as_mut().unwrap().name = Some(own.1.domain.clone());
        fill(&mut inventory);
        up(&small(), &inventory)
    };
    let plan = taken(&|inventory| {
        inventory.volumes = vec![LiveVolume {
            tags: [].into(),
            droplet_ids: [].into(),
            ..foreign.volumes[0].clone()
        }];
    });
    assert_refused(&plan, Ambiguous, "vector:volume");
    assert!(text(&plan).contains("adopt it, or give this one another name"), "{}", text(&plan));
    let plan = taken(&|inventory| {
        inventory.firewalls = foreign.firewalls.clone();
        inventory.firewalls.iter_mut().for_each(|live| live.tags = [Tag::new("theirs")].into());
    });
    let at = |address: &str| (Ambiguous, address.to_owned());
    assert_eq!(refusals(&plan), [at("network"), at("vector:firewall")]);
    assert!(text(&plan).contains("delete it, or give this one another name"), "{}", text(&plan));
    let plan = taken(&|inventory| {
        inventory.vpcs = foreign.vpcs.clone();
        inventory.vpcs[0].description = "theirs".to_owned();
    });
    assert_refused(&plan, Ambiguous, "stack:vpc");
    assert!(text(&plan).contains("adopt it with") && text(&plan).contains("another name"));
    let plan = taken(&|inventory| {
        inventory.zone.as_mut().unwrap().others.insert("vector".to_owned());
    });
    assert_refused(&plan, Ambiguous, "vector:record-vector");
    assert!(text(&plan).contains("delete it, or take the name out"), "{}", text(&plan));
}

#[test]
fn a_new_name_that_a_stranger_holds_is_ambiguous() {
    let mut inventory = built(&small());
    let mut stranger = inventory.vpcs[0].clone();
    (stranger.id, stranger.description) = ("theirs".to_owned(), String::new());
    inventory.vpcs[0].name = "renamed".to_owned();
    inventory.vpcs.push(stranger);
    let mut firewall = inventory.firewalls[0].clone();
    (firewall.id, firewall.tags) = ("theirs".to_owned(), [Tag::new("theirs")].into());
    inventory.firewalls[0].name = "core-renamed".to_owned();
    inventory.firewalls.push(firewall);
    assert_eq!(up(&small(), &inventory).refusals.len(), 2);
}

#[test]
fn overlapping_ranges_are_impossible() {
    let mut inventory = world::empty();
    let mut other = built(&small()).vpcs.remove(0);
    other.name = "theirs".to_owned();
    other.description = String::new();
    other.ip_range = Some("10.0.0.0/8".parse::<Cidr>().unwrap());
    inventory.vpcs.push(other);
    assert_refused(&up(&small(), &inventory), Impossible, "stack:vpc");
}

#[test]
fn two_things_with_one_mark_need_a_person() {
    let built = built(&small());
    let mut inventory = built.clone();
    let mut second = inventory.droplets[0].clone();
    second.id = 99;
    inventory.droplets.push(second);
    assert_refused(&up(&small(), &inventory), Ambiguous, "vector");
    let mut inventory = built.clone();
    let mut second = inventory.volumes[0].clone();
    (second.id, second.name) = ("volume-99".to_owned(), "other".to_owned());
    inventory.volumes.push(second);
    assert_refused(&up(&small(), &inventory), Ambiguous, "vector:volume");
    let mut inventory = built.clone();
    inventory.vpcs.push(inventory.vpcs[0].clone());
    assert_eq!(refusals(&up(&small(), &inventory)), [(Ambiguous, "stack:vpc".to_owned())]);
    let mut inventory = built;
    inventory.zone.as_mut().unwrap().doubled.insert("vector".to_owned());
    assert_refused(&up(&small(), &inventory), Ambiguous, "vector:record-vector");
}

#[test]
fn a_second_mark_added_by_hand_neither_deletes_nor_doubles_a_machine() {
    let mut inventory = built(&small());
    inventory.droplets[0].tags.insert(Tag::new("dostack:core:app"));
    let plan = up(&small(), &inventory);
    let about: Vec<String> = plan.refusals.iter().map(|it| it.text.clone()).collect();
    assert_eq!(about, vec!["the droplet `core-vector` carries the marks of `app` and `vector`"; 2]);
    assert_eq!(lines(&plan), Vec::<String>::new());
}

#[test]
fn a_volume_on_a_strangers_machine_is_never_taken() {
    let mut inventory = built(&small());
    inventory.volumes[0].droplet_ids = [4711].into();
    let plan = up(&small(), &inventory);
    assert_refused(&plan, Unsafe, "vector:attachment");
}

#[test]
fn what_is_to_be_adopted_and_is_not_there_is_made_or_refused() {
    let adopting = |otherwise| {
        let mut stack = with_vector(small(), |vector| {
            vector.home.own_mut().unwrap().adopt =
                Some(Adopt { target: "old-one".to_owned(), otherwise });
        });
        stack.vpc.adopt = Some(Adopt { target: "old-net".to_owned(), otherwise });
        stack
    };
    assert!(up(&adopting(Otherwise::Create), &world::empty()).refusals.is_empty());
    let plan = up(&adopting(Otherwise::Refuse), &world::empty());
    let both = [(Impossible, "stack:vpc".to_owned()), (Impossible, "vector".to_owned())];
    assert_eq!(refusals(&plan), both);
}

#[test]
fn a_machine_with_data_that_changes_its_name_is_no_new_one() {
    let renamed = with(without(small(), "vector"), "vectors", vector(&[]));
    let inventory = built(&small());
    let refused = up(&renamed, &inventory);
    assert_eq!(refusals(&refused), [(Unsafe, "vectors".to_owned())]);
    assert!(text(&refused).contains("write `was: vector` in `vectors`"), "{}", text(&refused));
    let asked = Asked { new_data: NewData::Accept, ..Asked::stand() };
    assert_eq!(refusals(&plan(&renamed, &inventory, &asked)), []);
    // Data that is given up is not left behind.
    let asked = Asked { delete_data: ["vector:volume".to_owned()].into(), ..Asked::stand() };
    assert_eq!(refusals(&plan(&renamed, &inventory, &asked)), []);
}

#[test]
fn a_machine_that_finds_its_old_data_again_is_no_rename() {
    let two = with(small(), "vectors", vector(&[]));
    let mut inventory = built(&two);
    inventory.droplets.retain(|live| live.name != "core-vectors");
    let known: Vec<u64> = inventory.droplets.iter().map(|live| live.id).collect();
    for volume in &mut inventory.volumes {
        volume.droplet_ids.retain(|id| known.contains(id));
    }
    let plan = up(&without(two, "vector"), &inventory);
    assert_eq!(refusals(&plan), []);
    assert!(lines(&plan).contains(&"- vector".to_owned()));
}

#[test]
fn a_month_above_the_budget_is_refused_only_when_it_grows() {
    let asked = Asked { budget: Some(Money::cents(3400)), ..Asked::stand() };
    assert_eq!(refusals(&plan(&small(), &world::empty(), &asked)), []);
    let web = with(small(), "web", Component::Droplet(stacks::plain(None)));
    let over = plan(&web, &world::empty(), &asked);
    assert_eq!(refusals(&over), [(Unsafe, String::new())]);
    assert!(text(&over).contains("$40.00, which is above the budget of $34.00"), "{}", text(&over));
    assert_eq!(refusals(&plan(&web, &built(&web), &asked)), []);
    // Volumes that are kept are paid for too.
    let asked = Asked { budget: Some(Money::cents(1500)), ..Asked::stand() };
    let other = with(without(small(), "vector"), "web", Component::Droplet(stacks::plain(None)));
    let mut inventory = built(&small());
    inventory.droplets.clear();
    inventory.volumes[0].droplet_ids.clear();
    inventory.zone.as_mut().unwrap().ours.clear();
    assert_eq!(refusals(&plan(&other, &inventory, &asked)), [(Unsafe, String::new())]);
    let asked = Asked { budget: Some(Money::cents(1600)), ..Asked::stand() };
    assert_eq!(refusals(&plan(&other, &inventory, &asked)), []);
}

/// An account that may hold so many droplets and has so many.
fn with_room(inventory: Inventory, limit: usize, in_use: usize) -> Inventory {
    Inventory { quotas: vec![Quota { kind: Kind::Droplet, limit, in_use }], ..inventory }
}

#[test]
fn more_than_the_account_may_hold_is_refused_before_anything_is_made() {
    let full = up(&small(), &with_room(world::empty(), 25, 25));
    assert_eq!(refusals(&full), [(Full, String::new())]);
    let said = "the account may hold 25 droplets, has 25, and the plan makes 1 more: ask";
    assert!(text(&full).starts_with(said), "{}", text(&full));
    assert_eq!(refusals(&up(&small(), &with_room(world::empty(), 26, 25))), []);
    // One that is too full already keeps what it has.
    assert_eq!(refusals(&up(&small(), &with_room(built(&small()), 1, 9))), []);
}

#[test]
fn a_quota_that_only_a_deletion_makes_room_in_is_noted() {
    let asked = Asked { new_data: NewData::Accept, ..Asked::stand() };
    let other = with(without(small(), "vector"), "web", Component::Droplet(stacks::plain(None)));
    let swapped = plan(&other, &with_room(built(&small()), 1, 1), &asked);
    assert_eq!(refusals(&swapped), []);
    assert!(notes(&swapped).contains("may have to wait for a second run"), "{}", notes(&swapped));
}

#[test]
fn a_flawless_plan_of_nothing_is_possible() {
    assert!(lines(&up(&stack([]), &built(&stack([])))).is_empty());
}
