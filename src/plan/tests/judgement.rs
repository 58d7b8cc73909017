//! Each kind's judgement of one thing.

use std::time::Duration;

use crate::{
    config::{Component, Peer, Stack, Switch},
    inventory::{Id, Inventory},
    plan::{
        Action, Reason, Undo, Update, Work,
        tests::{
            built, lines, notes, refusals,
            stacks::{self, data, ladder, small, with, with_vector},
            step, up, world,
        },
    },
    resources::{Debt, LiveDroplet, Peers, Protocol, Rules, Status},
    values::{Address, Image, Money, Ports, PublicKey, SizeSlug, Tag, VolumeName},
};

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn droplet(inventory: &mut Inventory) -> &mut LiveDroplet {
    &mut inventory.droplets[0]
}

fn sized(size: &str) -> Stack {
    with_vector(small(), |vector| vector.home.own_mut().unwrap().size = SizeSlug::new(size))
}

fn debt(size: &str) -> Debt {
    Debt { deadline: 1_800_000_000, size: SizeSlug::new(size), operation: "0a1b".to_owned() }
}

#[test]
fn an_empty_account_gets_everything_in_the_order_of_needs() {
    let stack = small();
    let plan = up(&stack, &world::empty());
    assert!(
        plan.changes()
            .all(|step| { step.reason == Reason::Missing && matches!(step.work, Work::Create(_)) })
    );
    // The droplet takes its volume along: nothing is left to attach.
    let key = stack.ssh.public_keys[0].fingerprint().short();
    let mut changed = lines(&plan);
    changed.sort();
    assert_eq!(
        changed,
        [
            "+ network",
            "+ stack:domain",
            &format!("+ stack:key-{key}"),
            "+ stack:tag",
            "+ stack:vpc",
            "+ vector",
            "+ vector:firewall",
            "+ vector:record-vector",
            "+ vector:tag",
            "+ vector:volume",
        ]
    );
    assert_eq!(plan.monthly.before, Money::ZERO);
    assert_eq!(plan.monthly.after, Money::cents(2400 + 1000));
}

#[test]
fn a_stack_that_stands_needs_nothing() {
    let plan = up(&small(), &built(&small()));
    assert!(plan.is_empty() && plan.refusals.is_empty() && plan.notes.is_empty());
    assert_eq!(plan.monthly.before, plan.monthly.after);
    let vector = &plan.known[&address("vector")];
    assert!(matches!(vector.id, Id::Number(_)) && vector.public_ip.is_some());
}

#[test]
fn a_deleted_firewall_is_the_one_thing_made_again() {
    let mut inventory = built(&small());
    inventory.firewalls.retain(|live| live.name != "core-vector");
    assert_eq!(lines(&up(&small(), &inventory)), ["+ vector:firewall"]);
}

#[test]
fn a_name_changes_while_everything_runs() {
    let mut inventory = built(&small());
    droplet(&mut inventory).name = "renamed".to_owned();
    inventory.vpcs[0].name = "renamed".to_owned();
    let plan = up(&small(), &inventory);
    assert_eq!(lines(&plan), ["~ stack:vpc", "~ vector"]);
    assert_eq!(step(&plan, "vector").downtime, None);
}

#[test]
fn tags_are_compared_without_case_and_missing_ones_are_added() {
    let mut inventory = built(&small());
    let live = droplet(&mut inventory);
    live.tags = live.tags.iter().map(|tag| Tag::new(tag.as_str().to_uppercase())).collect();
    assert!(lines(&up(&small(), &inventory)).is_empty());
    droplet(&mut inventory).tags.remove(&Tag::new("dostack:core"));
    inventory.volumes[0].tags.remove(&Tag::new("dostack:core"));
    let plan = up(&small(), &inventory);
    assert_eq!(lines(&plan), ["~ vector:volume", "~ vector"]);
    let Work::Update(Update::Droplet(update)) = &step(&plan, "vector").work else { panic!() };
    assert_eq!(update.add_tags, [Tag::new("dostack:core")]);
}

#[test]
fn another_size_needs_the_machine_off_and_says_what_it_costs() {
    let plan = up(&sized("s-4vcpu-8gb"), &built(&small()));
    assert_eq!(lines(&plan), ["^ vector"]);
    let step = step(&plan, "vector");
    assert_eq!(step.downtime, Some(Duration::from_mins(2)));
    assert_eq!((step.reason, step.undo), (Reason::Differs, Undo::Possible));
    assert_eq!(step.monthly.before, Money::cents(2400));
    assert_eq!(step.monthly.after, Money::cents(4800));
    let Work::Update(Update::Droplet(update)) = &step.work else { panic!() };
    let cycle = update.power_cycle.as_ref().unwrap();
    assert_eq!((cycle.from.as_str(), cycle.to.as_str()), ("s-2vcpu-4gb", "s-4vcpu-8gb"));
    assert_eq!(cycle.debt, None);
}

#[test]
fn any_rung_at_or_above_the_base_is_as_wanted() {
    let rungs = ["s-1vcpu-1gb", "s-2vcpu-4gb", "s-4vcpu-8gb", "s-8vcpu-16gb"];
    let based =
        |base: &str| with_vector(sized(base), |vector| vector.resize = Some(ladder(&rungs)));
    let mut inventory = built(&small());
    for (base, found, expected) in [
        ("s-2vcpu-4gb", "s-2vcpu-4gb", None),
        ("s-2vcpu-4gb", "s-8vcpu-16gb", None),
        ("s-4vcpu-8gb", "s-2vcpu-4gb", Some("s-4vcpu-8gb")),
        ("s-2vcpu-4gb", "s-1vcpu-1gb", Some("s-2vcpu-4gb")),
        ("s-2vcpu-4gb", "off-the-ladder", Some("s-2vcpu-4gb")),
    ] {
        droplet(&mut inventory).size = SizeSlug::new(found);
        droplet(&mut inventory).disk_gb = 25;
        let plan = up(&based(base), &inventory);
        let to = match &step(&plan, "vector").work {
            Work::Update(Update::Droplet(update)) => {
                update.power_cycle.as_ref().map(|cycle| cycle.to.to_string())
            }
            Work::Nothing
            | Work::Create(_)
            | Work::Update(_)
            | Work::Replace(_)
            | Work::Release(_)
            | Work::Delete(_) => None,
        };
        assert_eq!(to.as_deref(), expected, "{base} {found}");
    }
}

#[test]
fn what_a_machine_was_made_from_is_a_note_that_says_when_it_counts() {
    let inventory = built(&small());
    let image = with_vector(small(), |vector| {
        vector.home.own_mut().unwrap().image = Image::new("debian-13-x64");
    });
    let plan = up(&image, &inventory);
    assert!(plan.is_empty());
    assert_eq!(notes(&plan), "`image` changed; it affects the next rebuild of the machine");
    let mut keys = small();
    keys.ssh.public_keys.push(PublicKey::throw_away("second"));
    let plan = up(&keys, &inventory);
    assert!(plan.changes().all(|step| step.address.to_string().starts_with("stack:key-")));
    let notes = notes(&plan);
    assert!(notes.contains("`user_data` changed; `up` brings its files and scripts"), "{notes}");
    assert!(notes.contains("`ssh_keys` changed; `up` brings them"), "{notes}");
}

#[test]
fn a_volume_grows_for_good() {
    let plan =
        up(&with_vector(small(), |vector| vector.volume = Some(data(200))), &built(&small()));
    assert_eq!(lines(&plan), ["~ vector:volume"]);
    assert_eq!(step(&plan, "vector:volume").undo, Undo::Never);
    assert_eq!(plan.monthly.after - plan.monthly.before, Money::cents(1000));
    let Work::Update(Update::Volume(update)) = &step(&plan, "vector:volume").work else { panic!() };
    assert_eq!((update.grow_to, update.region.as_str()), (Some(200), "sfo2"));
}

#[test]
fn a_volume_joins_a_machine_that_exists_by_a_step_of_its_own() {
    let bare = with_vector(small(), |vector| vector.volume = None);
    let plan = up(&small(), &built(&bare));
    assert_eq!(lines(&plan), ["+ vector:volume", "+ vector:attachment"]);
    let mut detached = built(&small());
    detached.volumes[0].droplet_ids.clear();
    assert_eq!(lines(&up(&small(), &detached)), ["+ vector:attachment"]);
}

#[test]
fn a_lost_machine_is_made_again_with_its_old_data() {
    let mut inventory = built(&small());
    inventory.droplets.clear();
    inventory.volumes[0].droplet_ids.clear();
    let plan = up(&small(), &inventory);
    assert_eq!(lines(&plan), ["+ vector", "~ vector:record-vector"]);
    assert!(plan.refusals.is_empty());
    let record = step(&plan, "vector:record-vector");
    assert_eq!(record.changes[0].change.after, "(address of vector)");
    assert!(record.needs.contains(&address("vector")));
}

#[test]
fn a_volume_waits_until_the_machine_that_holds_it_is_gone() {
    let both = with(small(), "old", Component::Droplet(stacks::plain(None)));
    let mut inventory = built(&both);
    let old = inventory.droplets_of(&both.mark())[&address("old")][0].id;
    inventory.volumes[0].droplet_ids = [old].into();
    let plan = up(&small(), &inventory);
    assert!(step(&plan, "vector:attachment").needs.contains(&address("old")));
    inventory.droplets.retain(|live| live.id == old);
    let plan = up(&small(), &inventory);
    assert!(step(&plan, "vector").needs.contains(&address("old")));
    let after = world::apply_plan(&inventory, &plan);
    assert!(up(&small(), &after).is_empty());
}

#[test]
fn a_debt_is_paid_to_the_size_it_promised() {
    let mut inventory = built(&small());
    droplet(&mut inventory).status = Status::Off;
    for (promised, to, changed) in [
        // What the file accepts is kept, what it does not is not.
        ("s-2vcpu-4gb", "s-2vcpu-4gb", vec!["power"]),
        ("s-4vcpu-8gb", "s-4vcpu-8gb", vec!["size", "power"]),
        ("s-1vcpu-1gb", "s-2vcpu-4gb", vec!["power"]),
        // What cannot be had any more does not keep the machine off.
        ("s-gone", "s-2vcpu-4gb", vec!["power"]),
    ] {
        let stack = with_vector(small(), |vector| {
            vector.resize = Some(ladder(&["s-2vcpu-4gb", "s-4vcpu-8gb", "s-gone"]));
        });
        let debt = debt(promised);
        let mut inventory = inventory.clone();
        droplet(&mut inventory).tags.insert(debt.tag());
        let plan = up(&stack, &inventory);
        let step = step(&plan, "vector");
        assert_eq!((step.action, step.reason), (Action::Resize, Reason::Unfinished));
        let fields: Vec<&str> = step.changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, changed, "{promised}");
        assert_eq!(refusals(&plan), []);
        let Work::Update(Update::Droplet(update)) = &step.work else { panic!() };
        let cycle = update.power_cycle.as_ref().unwrap();
        assert_eq!((cycle.to.as_str(), &cycle.debt), (to, &Some(debt)));
        assert!(up(&stack, &world::apply_plan(&inventory, &plan)).is_empty());
    }
}

#[test]
fn a_machine_that_runs_again_only_has_its_debt_taken_off() {
    let mut inventory = built(&small());
    droplet(&mut inventory).tags.insert(debt("s-2vcpu-4gb").tag());
    let plan = up(&small(), &inventory);
    assert_eq!(lines(&plan), ["^ vector"]);
    assert_eq!(step(&plan, "vector").downtime, None);
}

#[test]
fn the_latest_of_several_debts_is_paid_and_ends_the_others() {
    let mut inventory = built(&small());
    let older = Debt { deadline: 99, operation: "zz".to_owned(), ..debt("s-2vcpu-4gb") };
    let latest = debt("s-2vcpu-4gb");
    droplet(&mut inventory).tags.extend([older.tag(), latest.tag()]);
    let plan = up(&small(), &inventory);
    let Work::Update(Update::Droplet(update)) = &step(&plan, "vector").work else { panic!() };
    let cycle = update.power_cycle.as_ref().unwrap();
    assert_eq!((&cycle.debt, &cycle.superseded), (&Some(latest), &vec![older]));
}

#[test]
fn a_machine_that_is_still_being_built_is_waited_for() {
    let mut inventory = built(&small());
    droplet(&mut inventory).status = Status::New;
    droplet(&mut inventory).public_ip = None;
    let plan = up(&small(), &inventory);
    assert_eq!(lines(&plan), ["+ vector", "~ vector:record-vector"]);
    assert_eq!(step(&plan, "vector").reason, Reason::Unfinished);
    assert_eq!(plan.monthly.before, plan.monthly.after);
    assert!(up(&small(), &world::apply_plan(&inventory, &plan)).is_empty());
}

#[test]
fn a_state_only_a_person_can_judge_is_a_note_until_something_would_be_done() {
    let mut inventory = built(&small());
    for status in [Status::Archive, Status::Other("moving".to_owned())] {
        droplet(&mut inventory).status = status;
        assert!(notes(&up(&small(), &inventory)).contains("nothing is done to it"));
        let plan = up(&sized("s-4vcpu-8gb"), &inventory);
        assert_eq!(refusals(&plan).len(), 1);
        assert_eq!(step(&plan, "vector").work, Work::Nothing);
    }
    droplet(&mut inventory).status = Status::Off;
    droplet(&mut inventory).locked = true;
    let plan = up(&small(), &inventory);
    assert!(plan.is_empty());
    assert!(notes(&plan).contains("billed all the same") && notes(&plan).contains("an action"));
}

#[test]
fn firewall_rules_differ_by_what_they_mean_and_not_by_how_they_are_written() {
    let mut inventory = built(&small());
    let live = inventory.firewalls.iter_mut().find(|live| live.name == "core-network").unwrap();
    let mut outbound = Rules::default();
    for (protocol, ports) in
        [(Protocol::Icmp, "1"), (Protocol::Udp, "1-65535"), (Protocol::Tcp, "all")]
    {
        for range in ["::/0", "0.0.0.0/0"] {
            let peers = Peers { ranges: [range.parse().unwrap()].into(), ..Peers::default() };
            outbound.add(protocol.clone(), ports.parse().unwrap(), peers);
        }
    }
    live.outbound = outbound;
    assert!(up(&small(), &inventory).is_empty());
    let live = inventory.firewalls.iter_mut().find(|live| live.name == "core-network").unwrap();
    live.inbound.add(
        Protocol::Tcp,
        Ports::one(23),
        Peers { ranges: ["0.0.0.0/0".parse().unwrap()].into(), ..Peers::default() },
    );
    live.droplet_ids = [7].into();
    let plan = up(&small(), &inventory);
    assert_eq!(lines(&plan), ["~ network"]);
    let fields: Vec<&str> =
        step(&plan, "network").changes.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(fields, ["inbound tcp 23", "droplets"]);
}

#[test]
fn a_renamed_firewall_is_known_by_what_it_covers() {
    let mut inventory = built(&small());
    for live in &mut inventory.firewalls {
        live.name = format!("{}-by-hand", live.name);
    }
    let plan = up(&small(), &inventory);
    assert_eq!(lines(&plan), ["~ network", "~ vector:firewall"]);
    assert!(plan.changes().all(|step| step.changes[0].field == "name"));
}

#[test]
fn a_rule_may_name_a_component_that_is_switched_off() {
    let cache = stacks::cache(Switch::Off);
    let mut web = stacks::plain(None);
    web.inbound = vec![stacks::from(9000, Peer::Component("cache".to_owned().try_into().unwrap()))];
    let stack = stacks::stack([("cache", cache), ("web", Component::Droplet(web))]);
    let plan = up(&stack, &world::empty());
    assert!(lines(&plan).contains(&"+ cache:tag".to_owned()));
    assert!(up(&stack, &world::apply_plan(&world::empty(), &plan)).is_empty());
}

#[test]
fn a_record_follows_its_machine() {
    let mut inventory = built(&small());
    let ours = &mut inventory.zone.as_mut().unwrap().ours;
    let live = ours.get_mut(&address("vector:record-vector")).unwrap();
    live.data = "203.0.113.9".to_owned();
    live.ttl = 60;
    let plan = up(&small(), &inventory);
    assert_eq!(lines(&plan), ["~ vector:record-vector"]);
    assert_eq!(step(&plan, "vector:record-vector").changes.len(), 2);
}

#[test]
fn a_record_of_which_only_the_mark_is_there_is_finished() {
    let mut inventory = built(&small());
    let ours = &mut inventory.zone.as_mut().unwrap().ours;
    ours.get_mut(&address("vector:record-vector")).unwrap().id = None;
    let plan = up(&small(), &inventory);
    assert_eq!(lines(&plan), ["+ vector:record-vector"]);
    assert_eq!(step(&plan, "vector:record-vector").reason, Reason::Unfinished);
    assert!(up(&small(), &world::apply_plan(&inventory, &plan)).is_empty());
}

#[test]
fn a_ttl_that_other_records_of_the_name_share_does_not_differ_for_ever() {
    let mut inventory = built(&small());
    let zone = inventory.zone.as_mut().unwrap();
    zone.ours.get_mut(&address("vector:record-vector")).unwrap().ttl = 1800;
    zone.shared.insert("vector".to_owned());
    let plan = up(&small(), &inventory);
    assert!(plan.is_empty());
    assert!(notes(&plan).contains("TTL at 1800"));
}

#[test]
fn a_name_that_moves_to_another_machine_is_free_before_it_is_taken() {
    let named = |app: &[&str], web: &str| {
        let mut stack = stacks::stack([("app", stacks::vector(app)), ("web", stacks::web(web))]);
        stack.dns = Some(stacks::dns());
        stack
    };
    let inventory = built(&named(&["www"], "other"));
    let moved = named(&[], "www");
    let plan = up(&moved, &inventory);
    assert!(step(&plan, "web:record-www").needs.contains(&address("app:record-www")));
    assert!(up(&moved, &world::apply_plan(&inventory, &plan)).is_empty());
}

#[test]
fn a_strangers_machine_of_our_name_is_left_alone() {
    let mut inventory = world::empty();
    let mut stranger = built(&small()).droplets.remove(0);
    stranger.tags.clear();
    inventory.strangers.push(stranger);
    let plan = up(&small(), &inventory);
    assert!(plan.refusals.is_empty());
    assert!(notes(&plan).contains("vector becomes a second one"));
    assert!(lines(&plan).contains(&"+ vector".to_owned()));
}

#[test]
fn one_machine_that_becomes_several_stays_covered_until_it_is_gone() {
    let counted = |count| stacks::stack([("w", Component::Droplet(stacks::plain(count)))]);
    let inventory = built(&counted(None));
    let plan = up(&counted(Some(2)), &inventory);
    assert!(step(&plan, "w:firewall").needs.contains(&address("w")));
    assert!(up(&counted(Some(2)), &world::apply_plan(&inventory, &plan)).is_empty());
}

#[test]
fn a_retained_volume_is_not_taken_for_a_strangers() {
    let named = |name: &'static str| {
        let mut volume = data(10);
        volume.name = Some(VolumeName::parse("shared-data").unwrap());
        let mut stack = stacks::stack([(name, stacks::vector(&[]))]);
        if let Some(Component::VectorDroplet(it)) = stack.components.values_mut().next() {
            it.volume = Some(volume);
        }
        stack
    };
    let plan = up(&named("two"), &built(&named("one")));
    let text = &plan.refusals[0].text;
    assert!(text.contains("does not carry the mark of `two:volume`"), "{text}");
}
