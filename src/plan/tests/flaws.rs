//! The second reading finds what a broken plan would do.

use crate::{
    plan::{
        Asked, Flaw, Plan, Refusal, Refused, Step, Update, Work, check, diff,
        tests::{
            built,
            stacks::{small, without},
            wanted, world,
        },
    },
    resources::{Resource, Rules},
    values::Address,
};

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn from_nothing() -> Plan {
    diff(&wanted(&small()), &world::empty(), &small().mark(), &Asked::stand())
}

fn at<'a>(plan: &'a mut Plan, place: &str) -> &'a mut Step {
    plan.steps.iter_mut().find(|step| step.address.to_string() == place).unwrap()
}

#[test]
fn data_that_nobody_named_is_not_deleted() {
    let asked = Asked { delete_data: ["core-vector-data".to_owned()].into(), ..Asked::go() };
    let plan = diff(&wanted(&small()), &built(&small()), &small().mark(), &asked);
    assert_eq!(check(&plan, &asked), []);
    assert_eq!(check(&plan, &Asked::go()), [Flaw::DataLost(address("vector:volume"))]);
}

#[test]
fn a_step_before_its_need_and_a_second_one_at_its_place_are_found() {
    let mut plan = from_nothing();
    let place = plan.steps.iter().position(|step| step.address == address("vector")).unwrap();
    let step = plan.steps.remove(place);
    plan.steps.insert(0, step.clone());
    let flaws = check(&plan, &Asked::stand());
    assert!(flaws.iter().all(|flaw| matches!(flaw, Flaw::Order { .. })), "{flaws:?}");
    assert_eq!(flaws.len(), step.needs.len());
    let mut plan = from_nothing();
    plan.steps.push(step);
    assert_eq!(check(&plan, &Asked::stand()), [Flaw::Twice(address("vector"))]);
}

#[test]
fn a_machine_without_its_firewall_is_found() {
    for firewall in ["network", "vector:firewall"] {
        let mut plan = from_nothing();
        at(&mut plan, "vector").needs.remove(&address(firewall));
        assert_eq!(check(&plan, &Asked::stand()), [Flaw::Unprotected(address("vector"))]);
    }
    let less = without(small(), "vector");
    let mut plan = diff(&wanted(&less), &built(&small()), &less.mark(), &Asked::stand());
    at(&mut plan, "vector:firewall").needs.clear();
    assert_eq!(check(&plan, &Asked::stand()), [Flaw::Exposed(address("vector:firewall"))]);
}

#[test]
fn a_firewall_that_lets_nothing_out_is_found() {
    let mut plan = from_nothing();
    let Work::Create(made) = &mut at(&mut plan, "network").work else { panic!() };
    let Resource::Firewall(firewall) = &mut **made else { panic!() };
    firewall.outbound = Rules::default();
    let shut = firewall.clone();
    assert_eq!(check(&plan, &Asked::stand()), [Flaw::ShutIn(address("network"))]);
    let update = Update::Firewall { id: "firewall-1".to_owned(), firewall: shut };
    at(&mut plan, "network").work = Work::Update(update);
    assert_eq!(check(&plan, &Asked::stand()), [Flaw::ShutIn(address("network"))]);
}

#[test]
fn a_refused_step_that_does_something_is_found() {
    let mut plan = from_nothing();
    plan.refusals.push(Refusal {
        address: Some(address("vector")),
        why: Refused::Unsafe,
        text: String::new(),
        way_out: String::new(),
    });
    assert_eq!(check(&plan, &Asked::stand()), [Flaw::Refused(address("vector"))]);
}
