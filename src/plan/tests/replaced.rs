//! `--replace`: a machine is made anew, and its data stays.

use crate::{
    config::{Component, Stack},
    inventory::Inventory,
    plan::{
        Action, Asked, Flaw, Plan, Reason,
        Refused::{Ambiguous, Impossible, Unsafe},
        Succeed, Undo, Work, check,
        tests::{
            built, lines, plan, refusals,
            stacks::{plain, small, with, with_vector},
            step, up, world,
        },
    },
    resources::{Debt, LiveDroplet, Status},
    values::{Address, Image, Money, SizeSlug, Tag, VolumeName},
};

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn replacing(addresses: &[&str]) -> Asked {
    Asked { replace: addresses.iter().map(|text| address(text)).collect(), ..Asked::stand() }
}

fn replaced(stack: &Stack, inventory: &Inventory) -> Plan {
    plan(stack, inventory, &replacing(&["vector"]))
}

/// The account after the new machine was made, with the volume where it was.
fn begun(generation: u32) -> Inventory {
    let mut inventory = built(&small());
    inventory.droplets[0].private_ip = Some(world::address_of(1));
    let mut new = LiveDroplet {
        id: 900 + u64::from(generation),
        volume_ids: [].into(),
        ..inventory.droplets[0].clone()
    };
    new.public_ip = Some(world::address_of(new.id));
    new.tags.insert(small().mark().generation_tag(generation));
    inventory.droplets.push(new);
    inventory
}

#[test]
fn the_new_machine_comes_first_then_its_names_and_the_old_one_goes_last() {
    let inventory = built(&small());
    let plan = replaced(&small(), &inventory);
    assert_eq!(lines(&plan), ["± vector", "~ vector:record-vector", "- vector:former"]);
    let first = step(&plan, "vector");
    assert_eq!((first.reason, first.undo), (Reason::Asked, Undo::Rebuild));
    assert!(first.downtime.is_some());
    let former = step(&plan, "vector:former");
    assert!(former.needs.contains(&address("vector:record-vector")), "{:?}", former.needs);
    let after = world::apply_plan(&inventory, &plan);
    assert_eq!(lines(&up(&small(), &after)), Vec::<String>::new());
    assert_eq!(after.droplets.len(), 1);
    assert_eq!(after.volumes[0].droplet_ids, [after.droplets[0].id].into());
    assert_eq!(after.volumes[0].id, inventory.volumes[0].id);
}

#[test]
fn the_plan_says_every_step_the_downtime_and_the_price_of_the_snapshot() {
    let plan = replaced(&small(), &built(&small()));
    let first = step(&plan, "vector");
    let Work::Replace(replacement) = &first.work else { panic!("{first:?}") };
    let words = replacement.in_words.join("\n");
    for part in ["shut droplet", "snapshot of the volume", "$6.00 a month", "if any of this fails"]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert_eq!(first.monthly.after - first.monthly.before, Money::cents(600));
}

#[test]
fn a_machine_without_data_is_never_off() {
    let web = with(small(), "web", Component::Droplet(plain(Some(2))));
    let plan = plan(&web, &built(&web), &replacing(&["web-2"]));
    assert_eq!(lines(&plan), ["± web-2", "- web-2:former"]);
    assert_eq!(step(&plan, "web-2").downtime, None);
}

#[test]
fn what_waits_for_a_rebuild_takes_effect_and_is_shown() {
    let changed = with_vector(small(), |vector| {
        vector.home.own_mut().unwrap().image = Image::new("ubuntu-24-04-x64");
        vector.home.own_mut().unwrap().size = SizeSlug::new("s-1vcpu-1gb");
    });
    let plan = replaced(&changed, &built(&small()));
    let fields: Vec<&str> =
        step(&plan, "vector").changes.iter().map(|change| change.field.as_str()).collect();
    // A new machine may have a smaller disk than the one before.
    assert_eq!(fields, ["size", "image"]);
    assert_eq!(lines(&up(&changed, &world::apply_plan(&built(&small()), &plan))), [""; 0]);
}

#[test]
fn a_forced_replacement_needs_the_word_for_it() {
    let mut inventory = built(&small());
    inventory.droplets[0].vpc_id = Some("another".to_owned());
    let refused = up(&small(), &inventory);
    assert_eq!(refusals(&refused), [(Unsafe, "vector".to_owned())]);
    assert_eq!(step(&refused, "vector").action, Action::Replace);
    assert!(refused.refusals[0].way_out.contains("`--replace vector`"), "{:?}", refused.refusals);
    assert_eq!(refusals(&replaced(&small(), &inventory)), []);
}

#[test]
fn what_is_no_machine_of_the_stack_is_told_with_what_was_meant() {
    for (given, text, way_out) in [
        ("vectro", "names nothing", "`vector`"),
        ("vector:volume", "names a volume", "did you mean `vector`?"),
        ("network", "names a firewall", "lists the addresses"),
    ] {
        let plan = plan(&small(), &built(&small()), &replacing(&[given]));
        assert_eq!(refusals(&plan), [(Impossible, String::new())], "{given}");
        let refusal = &plan.refusals[0];
        assert!(refusal.text.contains(text), "{refusal:?}");
        assert!(refusal.way_out.contains(way_out), "{refusal:?}");
    }
}

#[test]
fn a_target_that_leaves_the_machine_out_is_refused_and_one_that_names_it_is_not() {
    let web = with(small(), "web", Component::Droplet(plain(None)));
    for (target, refused) in [("web", true), ("vector", false)] {
        let asked = Asked { targets: [address(target)].into(), ..replacing(&["vector"]) };
        let plan = plan(&web, &built(&web), &asked);
        assert_eq!(refusals(&plan).len(), usize::from(refused), "{target}: {:?}", plan.refusals);
        assert_eq!(lines(&plan).contains(&"- vector:former".to_owned()), !refused);
    }
}

#[test]
fn two_generations_are_an_unfinished_replacement_that_any_run_finishes() {
    for asked in [Asked::stand(), replacing(&["vector"])] {
        let inventory = begun(1);
        let plan = plan(&small(), &inventory, &asked);
        assert_eq!(refusals(&plan), []);
        assert_eq!(step(&plan, "vector").reason, Reason::Unfinished);
        let Work::Replace(replacement) = &step(&plan, "vector").work else { panic!() };
        let Succeed::By(successor) = &replacement.succeed else { panic!() };
        assert_eq!(successor.made, Some(901));
        let after = world::apply_plan(&inventory, &plan);
        assert_eq!(after.droplets.len(), 1);
        assert_eq!(after.droplets[0].id, 901);
        assert_eq!(lines(&up(&small(), &after)), [""; 0]);
    }
}

#[test]
fn two_machines_of_one_generation_are_ambiguous_as_ever() {
    assert_eq!(refusals(&up(&small(), &begun(0))), [(Ambiguous, "vector".to_owned())]);
}

#[test]
fn an_unfinished_replacement_is_finished_whatever_the_target_while_the_old_machine_owes() {
    let web = with(small(), "web", Component::Droplet(plain(None)));
    let mut inventory = built(&web);
    let other = begun(1).droplets.pop().unwrap();
    let vector = inventory.droplets.iter_mut().find(|live| live.name == "core-vector").unwrap();
    let debt = Debt { deadline: 1, size: vector.size.clone(), operation: "op-1".to_owned() };
    vector.tags.insert(debt.tag());
    vector.status = Status::Off;
    let network = vector.vpc_id.clone();
    inventory.droplets.push(LiveDroplet { vpc_id: network, ..other });
    let asked = Asked { targets: [address("web")].into(), ..Asked::stand() };
    let plan = plan(&web, &inventory, &asked);
    assert!(lines(&plan).contains(&"± vector".to_owned()), "{:?}", lines(&plan));
    assert!(lines(&plan).contains(&"- vector:former".to_owned()), "{:?}", lines(&plan));
    assert_eq!(plan.debts().changes().count(), lines(&plan).len());
}

#[test]
fn a_machine_that_lost_its_volume_to_a_replacement_that_failed_gets_it_back() {
    let mut inventory = built(&small());
    inventory.volumes[0].droplet_ids.clear();
    let vector = &mut inventory.droplets[0];
    let debt = Debt { deadline: 1, size: vector.size.clone(), operation: "op-1".to_owned() };
    vector.tags.insert(debt.tag());
    vector.status = Status::Off;
    let plan = up(&small(), &inventory);
    assert_eq!(lines(&plan), ["~ vector"]);
    let Work::Replace(replacement) = &step(&plan, "vector").work else { panic!() };
    assert_eq!(replacement.succeed, Succeed::NotAtAll);
    assert_eq!(lines(&up(&small(), &world::apply_plan(&inventory, &plan))), [""; 0]);
}

#[test]
fn a_resize_that_was_killed_before_a_new_volume_was_attached_is_a_resize_still() {
    let mut inventory = built(&small());
    inventory.volumes[0].droplet_ids.clear();
    let vector = &mut inventory.droplets[0];
    let size = SizeSlug::new("s-4vcpu-8gb");
    let debt = Debt { deadline: 1, size: size.clone(), operation: "op-1".to_owned() };
    vector.tags.insert(debt.tag());
    vector.status = Status::Off;
    let grown = with_vector(small(), |vector| vector.home.own_mut().unwrap().size = size);
    assert_eq!(lines(&up(&grown, &inventory)), ["^ vector", "+ vector:attachment"]);
}

#[test]
fn an_adopted_machine_is_not_deleted_by_a_replacement() {
    let mut inventory = built(&small());
    inventory.droplets[0].tags.insert(Tag::new("dostack-adopted"));
    let plan = replaced(&small(), &inventory);
    assert_eq!(refusals(&plan), [(Unsafe, "vector".to_owned())]);
    assert!(!lines(&plan).iter().any(|line| line.contains("former")));
}

#[test]
fn a_volume_under_a_former_name_has_to_be_named_before_its_machine_is_made_anew() {
    let mut inventory = built(&small());
    "core-search-data".clone_into(&mut inventory.volumes[0].name);
    let refused = replaced(&small(), &inventory);
    assert_eq!(refusals(&refused), [(Impossible, "vector".to_owned())]);
    assert!(refused.refusals[0].way_out.contains("name: core-search-data"));
    let named = with_vector(small(), |vector| {
        let volume = vector.volume.as_mut().unwrap();
        volume.name = Some(VolumeName::parse("core-search-data").unwrap());
    });
    assert_eq!(refusals(&replaced(&named, &inventory)), []);
}

#[test]
fn a_plan_that_replaces_what_nobody_named_or_goes_too_early_is_flawed() {
    let mut plan = replaced(&small(), &built(&small()));
    assert_eq!(check(&plan, &Asked::stand()), [Flaw::Unasked(address("vector"))]);
    let former = plan.steps.iter_mut().find(|step| step.address == address("vector:former"));
    former.unwrap().needs.clear();
    let flaws = check(&plan, &replacing(&["vector"]));
    assert_eq!(flaws, [Flaw::TooEarly(address("vector"))]);
    let mut plan = replaced(&small(), &built(&small()));
    let first = plan.steps.iter_mut().find(|step| step.address == address("vector")).unwrap();
    let Work::Replace(replacement) = &mut first.work else { panic!() };
    replacement.volumes.clear();
    let left = Flaw::LeftBehind(address("vector"), address("vector:volume"));
    assert_eq!(check(&plan, &replacing(&["vector"])), [left]);
}
