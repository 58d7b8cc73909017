//! Reserved IPs: whose they are, what points at them, and in which order they go.

use crate::{
    config::{Component, ReservedIp, Stack},
    inventory::Inventory,
    plan::{
        Asked, Deletion, Flaw, Refused, Update, Work, check,
        tests::{
            built, lines, notes, plan, refusals,
            stacks::{dns, plain, stack, without},
            step, up, wanted, world,
        },
    },
    values::{Address, Money, RecordName},
};

/// A machine with a name in the domain, and with or without an address that outlives it.
fn web(reserved_ip: ReservedIp) -> Stack {
    let mut it = plain(None);
    it.droplet.reserved_ip = reserved_ip;
    it.records = [RecordName::parse("web").unwrap().into()].into();
    let mut stack = stack([("web", Component::Droplet(it))]);
    stack.dns = Some(dns());
    stack
}

fn needs(stack: &Stack, address: &str) -> Vec<String> {
    let address: Address = address.parse().unwrap();
    wanted(stack).get(&address).unwrap().needs.iter().map(ToString::to_string).collect()
}

/// Takes the tag off that makes the address the stack's.
fn unmarked(stack: &Stack, mut inventory: Inventory) -> Inventory {
    inventory.droplets[0].tags.remove(&stack.mark().reserved_ip_tag());
    inventory
}

#[test]
fn records_point_at_the_address_that_outlives_the_machine() {
    let stack = web(ReservedIp::One);
    assert_eq!(needs(&stack, "web:ip"), ["web"]);
    assert_eq!(needs(&stack, "web:record-web"), ["stack:domain", "web:ip"]);
    let inventory = built(&stack);
    let record = inventory.zone.unwrap().ours.into_values().next().unwrap();
    assert_eq!(record.data, inventory.reserved_ips[0].ip.to_string());
}

#[test]
fn each_of_several_machines_has_an_address_of_its_own() {
    let mut it = plain(Some(2));
    it.droplet.reserved_ip = ReservedIp::One;
    let stack = stack([("web", Component::Droplet(it))]);
    let plan = up(&stack, &built(&web(ReservedIp::None)));
    for address in ["web-1:ip", "web-2:ip"] {
        assert!(matches!(step(&plan, address).work, Work::Create(_)));
    }
}

#[test]
fn an_address_that_is_added_is_free_and_its_record_moves_after_it() {
    let stack = web(ReservedIp::One);
    let plan = up(&stack, &built(&web(ReservedIp::None)));
    assert_eq!(lines(&plan), ["+ web:ip", "~ web:record-web"]);
    assert_eq!(step(&plan, "web:ip").monthly.after, Money::ZERO);
    let record = step(&plan, "web:record-web");
    assert!(record.needs.contains(&"web:ip".parse().unwrap()));
    assert_eq!(record.changes[0].change.after, "(address of web:ip)");
}

#[test]
fn an_address_that_left_the_file_goes_after_the_record_that_pointed_there() {
    let before = web(ReservedIp::One);
    let plan = up(&web(ReservedIp::None), &built(&before));
    assert_eq!(lines(&plan), ["~ web:record-web", "- web:ip", "- stack:tags"]);
    let gone = step(&plan, "web:ip");
    assert!(gone.needs.contains(&"web:record-web".parse().unwrap()));
    let Work::Delete(Deletion::ReservedIp { ip: Some(_), tags, .. }) = &gone.work else { panic!() };
    assert_eq!(*tags, [before.mark().reserved_ip_tag()]);
}

#[test]
fn an_address_goes_before_its_machine() {
    let stack = web(ReservedIp::One);
    let inventory = built(&stack);
    for (stack, asked) in
        [(without(stack.clone(), "web"), Asked::stand()), (stack.clone(), Asked::go())]
    {
        let mut plan = plan(&stack, &inventory, &asked);
        let Some(droplet) = plan.steps.iter_mut().find(|it| it.address.to_string() == "web") else {
            panic!()
        };
        assert!(droplet.needs.remove(&"web:ip".parse().unwrap()));
        assert_eq!(check(&plan, &asked), [Flaw::Stranded("web".parse().unwrap())]);
    }
}

#[test]
fn an_address_that_somebody_else_put_there_is_never_touched() {
    let stack = web(ReservedIp::One);
    let inventory = unmarked(&stack, built(&stack));
    let plan = up(&stack, &inventory);
    assert_eq!(refusals(&plan), [(Refused::Ambiguous, "web:ip".to_owned())]);
    assert!(plan.refusals[0].way_out.contains("`dostack-ip:core`"));
    let plan = up(&web(ReservedIp::None), &inventory);
    assert_eq!(lines(&plan), ["~ web:record-web"]);
    let plan = self::plan(&stack, &inventory, &Asked::go());
    assert!(plan.steps.iter().all(|step| step.address.to_string() != "web:ip"));
    assert!(notes(&plan).contains("it costs $5.00 a month"), "{}", notes(&plan));
}

#[test]
fn an_address_that_a_killed_run_took_off_goes_on_leaving_or_comes_back() {
    let stack = web(ReservedIp::One);
    let mut inventory = built(&stack);
    let ip = inventory.reserved_ips[0].ip;
    inventory.reserved_ips[0].droplet_id = None;
    let droplet = inventory.droplets[0].id;
    inventory.droplets[0].tags.insert(stack.mark().leaving_ip_tag(ip));
    let back = up(&stack, &inventory);
    assert_eq!(step(&back, "web:ip").work, Work::Update(Update::ReservedIp { ip, droplet }));
    let gone = plan(&stack, &inventory, &Asked::go());
    let gone = step(&gone, "web:ip");
    assert!(matches!(gone.work, Work::Delete(Deletion::ReservedIp { ip: Some(_), .. })));
    assert_eq!((gone.monthly.before, gone.monthly.after), (Money::cents(500), Money::ZERO));
}

#[test]
fn tags_that_a_killed_run_left_behind_are_taken_off() {
    let stack = web(ReservedIp::None);
    let mut inventory = built(&stack);
    inventory.droplets[0].tags.insert(stack.mark().reserved_ip_tag());
    let plan = up(&stack, &inventory);
    assert_eq!(lines(&plan), ["- web:ip", "- stack:tags"]);
    let Work::Delete(Deletion::ReservedIp { ip: None, .. }) = step(&plan, "web:ip").work else {
        panic!()
    };
}

#[test]
fn the_address_follows_when_its_machine_is_replaced() {
    let stack = web(ReservedIp::One);
    let inventory = built(&stack);
    let asked = Asked { replace: ["web".parse().unwrap()].into(), ..Asked::stand() };
    let plan = plan(&stack, &inventory, &asked);
    assert_eq!(lines(&plan), ["± web", "~ web:ip", "- web:former"]);
    assert!(step(&plan, "web:former").needs.contains(&"web:ip".parse().unwrap()));
    let after = world::apply_plan(&inventory, &plan);
    assert_eq!(after.reserved_ips[0].ip, inventory.reserved_ips[0].ip);
    assert_eq!(after.reserved_ips[0].droplet_id, Some(after.droplets[0].id));
    assert_eq!(lines(&up(&stack, &after)), Vec::<String>::new());
}
