//! Machines that were there before the stack was: taken in, kept, and let go of.

use crate::{
    config::{Adopt, Otherwise, Stack},
    inventory::Inventory,
    plan::{
        Action, Asked, Flaw, Plan, Reason,
        Refused::{Impossible, Unsafe},
        check,
        tests::{
            built, lines, notes, plan, refusals,
            stacks::{small, with_vector, without},
            step, up, world,
        },
    },
    resources::{Debt, LiveDroplet, LiveFirewall, LiveVpc, Status},
    values::{Region, SizeSlug, Tag},
};

fn named(target: &str) -> Adopt {
    Adopt { target: target.to_owned(), otherwise: Otherwise::Refuse }
}

/// The small stack, with its machine and its network adopted.
fn adopting() -> Stack {
    let mut stack = with_vector(small(), |vector| {
        vector.home.own_mut().unwrap().adopt = Some(named("old-one"));
    });
    stack.vpc.adopt = Some(named("old-net"));
    stack.vpc.ip_range = None;
    stack
}

/// An account in which somebody made a droplet and its network by hand.
fn account() -> Inventory {
    let found = built(&small());
    let network = LiveVpc {
        name: "old-net".to_owned(),
        description: String::new(),
        default: true,
        ..found.vpcs[0].clone()
    };
    let machine = LiveDroplet {
        name: "old-one".to_owned(),
        tags: [Tag::new("web")].into(),
        volume_ids: [].into(),
        image: "debian-12-x64".to_owned(),
        ..found.droplets[0].clone()
    };
    Inventory { strangers: vec![machine], vpcs: vec![network], ..world::empty() }
}

fn text(plan: &Plan) -> String {
    let refusals = plan.refusals.iter();
    let lines: Vec<String> =
        refusals.map(|refusal| format!("{}: {}", refusal.text, refusal.way_out)).collect();
    lines.join("\n")
}

/// The account after the stack was brought up.
fn adopted() -> Inventory {
    world::apply_plan(&account(), &up(&adopting(), &account()))
}

#[test]
fn a_machine_is_taken_in_and_its_ports_are_closed_last() {
    let plan = up(&adopting(), &account());
    assert_eq!(plan.refusals, []);
    let lines = lines(&plan);
    assert_eq!(lines.last().unwrap(), "> vector:marks", "{lines:?}");
    for line in ["> vector", "+ vector:attachment", "+ vector:record-vector", "+ network"] {
        assert!(lines.contains(&line.to_owned()), "{line}: {lines:?}");
    }
    assert_eq!(step(&plan, "vector").name, "old-one");
    assert_eq!(step(&plan, "vector").reason, Reason::Adopted);
    assert_eq!(step(&plan, "stack:vpc").action, Action::Nothing);
    // The machine is paid for already; the volume is new.
    assert_eq!((plan.monthly.after - plan.monthly.before).to_string(), "$10.00");
}

#[test]
fn what_is_closed_and_what_stays_is_said() {
    let told = notes(&up(&adopting(), &account()));
    assert!(told.contains("no firewall covers it today, so every port can be reached"), "{told}");
    assert!(told.contains("leaves open: tcp 22 from anywhere"), "{told}");
    assert!(told.contains("tcp 443 from anywhere"), "{told}");
    assert!(told.contains("`debian-12-x64` (the file says `ubuntu-22-04-x64`)"), "{told}");
    let mut covered = account();
    let wall = LiveFirewall {
        name: "theirs".to_owned(),
        tags: [Tag::new("web")].into(),
        ..built(&small()).firewalls[0].clone()
    };
    covered.firewalls.push(wall);
    let told = notes(&up(&adopting(), &covered));
    assert!(told.contains("today this comes in: tcp 443 from anywhere;"), "{told}");
}

#[test]
fn a_machine_that_was_taken_in_is_in_sync_and_keeps_its_name_and_id() {
    let after = adopted();
    let plan = up(&adopting(), &after);
    assert_eq!((lines(&plan), notes(&plan)), (Vec::new(), String::new()));
    assert_eq!(after.droplets[0].id, account().strangers[0].id);
    assert_eq!(after.droplets[0].name, "old-one");
    assert_eq!(step(&plan, "vector").name, "old-one");
    assert!(!after.droplets[0].tags.iter().any(|tag| tag.as_str().starts_with("dostack-claim")));
    // With `adopt` taken out of the file it is the stack's all the same.
    let mut plain = small();
    plain.vpc = adopting().vpc;
    assert_eq!(lines(&up(&plain, &after)), Vec::<String>::new());
}

#[test]
fn a_machine_of_another_size_is_resized_before_its_ports_are_closed() {
    let sized = with_vector(adopting(), |vector| {
        vector.home.own_mut().unwrap().size = SizeSlug::new("s-4vcpu-8gb");
    });
    let plan = up(&sized, &account());
    let vector = step(&plan, "vector");
    assert_eq!((vector.action, vector.downtime.is_some()), (Action::Adopt, true));
    assert_eq!(vector.changes.last().unwrap().change.after, "s-4vcpu-8gb");
    let after = world::apply_plan(&account(), &plan);
    assert_eq!(after.droplets[0].size, SizeSlug::new("s-4vcpu-8gb"));
    assert!(up(&sized, &after).is_empty());
}

#[test]
fn a_machine_half_taken_in_is_taken_in_the_rest_of_the_way() {
    for (tags, first) in [
        (&["dostack-adopted"][..], "> vector"),
        (&["dostack-adopted", "dostack-claim:core:vector"], "> vector:marks"),
        (
            &["dostack-adopted", "dostack-claim:core:vector", "dostack:core:vector"],
            "> vector:marks",
        ),
    ] {
        let mut inventory = account();
        inventory.strangers[0].tags.extend(tags.iter().map(|tag| Tag::new(*tag)));
        if tags.len() > 1 {
            inventory.droplets = std::mem::take(&mut inventory.strangers);
        }
        let plan = up(&adopting(), &inventory);
        assert!(lines(&plan).contains(&first.to_owned()), "{tags:?}: {:?}", lines(&plan));
        assert!(up(&adopting(), &world::apply_plan(&inventory, &plan)).is_empty());
    }
}

#[test]
fn two_of_the_name_are_refused_with_both_ids() {
    let mut inventory = account();
    let second = LiveDroplet { id: 4711, ..inventory.strangers[0].clone() };
    inventory.strangers.push(second);
    let plan = up(&adopting(), &inventory);
    assert_eq!(refusals(&plan), [(Impossible, "vector".to_owned())]);
    let first = account().strangers[0].id;
    assert!(text(&plan).contains(&format!("{first}, 4711")), "{}", text(&plan));
    let by_id = with_vector(adopting(), |vector| {
        vector.home.own_mut().unwrap().adopt = Some(named("4711"));
    });
    assert_eq!(refusals(&up(&by_id, &inventory)), []);
}

#[test]
fn a_machine_outside_the_stacks_network_names_the_network_to_adopt() {
    let mut stack = adopting();
    stack.vpc = small().vpc;
    let mut inventory = account();
    inventory.vpcs[0].ip_range = "10.99.0.0/16".parse().ok();
    let plan = up(&stack, &inventory);
    assert_eq!(refusals(&plan), [(Impossible, "vector".to_owned())]);
    assert!(text(&plan).ends_with("with `vpc: { adopt: old-net }`"), "{}", text(&plan));
    inventory.strangers[0].region = Region::new("nyc3");
    let moved = up(&adopting(), &inventory);
    assert!(text(&moved).contains("is in nyc3, the stack in sfo2"), "{}", text(&moved));
}

#[test]
fn a_machine_of_another_stack_is_refused() {
    let mut inventory = account();
    inventory.strangers[0].tags.insert(Tag::new("dostack:other:app"));
    let plan = up(&adopting(), &inventory);
    assert_eq!(refusals(&plan), [(Unsafe, "vector".to_owned())]);
    assert!(text(&plan).contains("the mark of the stack `other`"), "{}", text(&plan));
}

#[test]
fn a_network_is_used_as_it_is_or_refused_with_its_own_range() {
    let mut stack = adopting();
    stack.vpc.ip_range = "10.7.0.0/16".parse().ok();
    let plan = up(&stack, &account());
    assert_eq!(refusals(&plan), [(Impossible, "stack:vpc".to_owned())]);
    assert!(text(&plan).ends_with("write `ip_range: 10.120.0.0/16`, or leave it out"));
    let mut doubled = account();
    doubled.vpcs.push(LiveVpc { id: "second".to_owned(), ..doubled.vpcs[0].clone() });
    let plan = up(&adopting(), &doubled);
    assert_eq!(refusals(&plan), [(Impossible, "stack:vpc".to_owned())]);
    assert!(text(&plan).contains("vpc-2, second") || text(&plan).contains("second, vpc-"));
}

#[test]
fn destroy_lets_go_of_what_was_adopted_and_leaves_the_account_as_it_was() {
    let inventory = adopted();
    let plan = plan(&adopting(), &inventory, &Asked::go());
    let lines = lines(&plan);
    assert!(lines.contains(&"< vector".to_owned()), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("vpc") || line == "- vector"), "{lines:?}");
    assert!(notes(&plan).contains("so every port can be reached"), "{}", notes(&plan));
    let after = world::apply_plan(&inventory, &plan);
    assert_eq!(after.strangers[0].tags, [Tag::new("web")].into());
    assert_eq!(after.vpcs, account().vpcs);
    assert!(after.firewalls.is_empty() && after.droplets.is_empty());
}

#[test]
fn what_the_file_no_longer_speaks_of_is_let_go_of_too() {
    let mut stack = adopting();
    stack = without(stack, "vector");
    let plan = up(&stack, &adopted());
    assert!(lines(&plan).contains(&"< vector".to_owned()), "{:?}", lines(&plan));
    assert_eq!(plan.monthly.before, plan.monthly.after);
    assert!(up(&stack, &world::apply_plan(&adopted(), &plan)).is_empty());
}

#[test]
fn only_what_is_named_is_deleted() {
    for name in ["old-one", "vector"] {
        let asked = Asked { delete_adopted: [name.to_owned()].into(), ..Asked::go() };
        let named = plan(&adopting(), &adopted(), &asked);
        assert!(lines(&named).contains(&"- vector".to_owned()), "{:?}", lines(&named));
        let mut careless = named.clone();
        assert_eq!(check(&careless, &Asked::go()), [Flaw::AdoptedLost("vector".parse().unwrap())]);
        careless.adopted.clear();
        assert_eq!(check(&careless, &Asked::go()), []);
    }
    let asked = Asked { delete_adopted: ["nothing".to_owned()].into(), ..Asked::go() };
    let unknown = plan(&adopting(), &adopted(), &asked);
    assert_eq!(refusals(&unknown), [(Impossible, String::new())]);
    let asked = Asked { delete_adopted: ["vector".to_owned()].into(), ..Asked::go() };
    assert_eq!(refusals(&plan(&small(), &built(&small()), &asked)), [(Impossible, String::new())]);
}

#[test]
fn a_machine_half_let_go_of_is_never_deleted() {
    for tags in [
        &["web", "dostack:core", "dostack-claim:core:vector"][..],
        &["web", "dostack-claim:core:vector"],
        &["web", "dostack:core", "dostack:core:vector", "dostack-claim:core:vector"],
    ] {
        let mut inventory = adopted();
        inventory.droplets[0].tags = tags.iter().map(|tag| Tag::new(*tag)).collect();
        let plan = plan(&adopting(), &inventory, &Asked::go());
        assert!(lines(&plan).contains(&"< vector".to_owned()), "{tags:?}: {:?}", lines(&plan));
        let after = world::apply_plan(&inventory, &plan);
        assert_eq!(after.strangers[0].tags, [Tag::new("web")].into());
    }
}

#[test]
fn a_machine_that_was_left_off_is_on_before_it_is_let_go_of() {
    let mut inventory = adopted();
    let debt =
        Debt { deadline: 1, size: SizeSlug::new("s-8vcpu-16gb"), operation: "op".to_owned() };
    inventory.droplets[0].status = Status::Off;
    inventory.droplets[0].tags.insert(debt.tag());
    let plan = plan(&adopting(), &inventory, &Asked::go());
    assert!(step(&plan, "vector").pays_debt());
    let after = world::apply_plan(&inventory, &plan);
    assert_eq!(after.strangers[0].status, Status::Active);
    assert_eq!(after.strangers[0].tags, [Tag::new("web")].into());
    // A plan that is refused switches it on and lets go of nothing.
    let debts = plan.debts();
    assert_eq!(debts.steps.len(), 1);
    assert_eq!(debts.steps[0].action, Action::Resize);
}

#[test]
fn marks_before_all_else_is_done_are_a_flaw() {
    let mut plan = up(&adopting(), &account());
    let marks = plan.steps.iter_mut().find(|step| step.address.to_string() == "vector:marks");
    marks.unwrap().needs.remove(&"vector:attachment".parse().unwrap());
    let early = Flaw::ClosedEarly("vector:marks".parse().unwrap());
    assert_eq!(check(&plan, &Asked::stand()), [early]);
}
