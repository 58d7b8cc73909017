//! What holds for every stack, whatever was found.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::{
    config::Stack,
    inventory::Inventory,
    plan::{
        Asked, NewData, Plan, Work, check, diff,
        tests::{
            any_stack::stacks,
            drift::{drifted, drifts},
            wanted, world,
        },
    },
    resources::Kind,
    values::{Address, short_digest},
};

fn planned(stack: &Stack, inventory: &Inventory, asked: &Asked) -> Plan {
    diff(&wanted(stack), inventory, &stack.mark(), asked)
}

/// Every address with all it waits for, however far away.
fn reach(plan: &Plan) -> BTreeMap<Address, BTreeSet<Address>> {
    let mut reach: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
    for step in &plan.steps {
        let mut all = step.needs.clone();
        all.extend(step.needs.iter().flat_map(|need| reach[need].clone()));
        reach.insert(step.address.clone(), all);
    }
    reach
}

/// Where a wanted thing stands in the plan that destroys it.
fn place(address: &Address, kind: Kind) -> Address {
    if kind == Kind::Tag { "stack:tags".parse().unwrap() } else { address.clone() }
}

/// The same account, listed in another order.
fn shuffled(inventory: &Inventory, seed: u32) -> Inventory {
    let mut other = inventory.clone();
    let key = |id: String| short_digest(&format!("{seed} {id}"));
    other.droplets.sort_by_key(|it| key(it.id.to_string()));
    other.volumes.sort_by_key(|it| key(it.id.clone()));
    other.firewalls.sort_by_key(|it| key(it.id.clone()));
    other.reserved_ips.sort_by_key(|it| key(it.ip.to_string()));
    other.vpcs.sort_by_key(|it| key(it.id.clone()));
    other
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stack_that_stands_needs_nothing(stack in stacks()) {
        let inventory = world::built(&wanted(&stack), &stack.mark());
        let plan = planned(&stack, &inventory, &Asked::stand());
        prop_assert!(plan.is_empty(), "{:?}", plan.changes().collect::<Vec<_>>());
        prop_assert_eq!(plan.refusals, []);
        prop_assert_eq!(plan.notes, []);
    }

    #[test]
    fn a_plan_from_nothing_keeps_every_edge_and_builds_the_stack(stack in stacks()) {
        let plan = planned(&stack, &world::empty(), &Asked::stand());
        prop_assert_eq!(check(&plan, &Asked::stand()), []);
        let wanted = wanted(&stack);
        prop_assert_eq!(plan.steps.len(), wanted.len());
        for step in &plan.steps {
            prop_assert_eq!(&step.needs, &wanted.get(&step.address).unwrap().needs);
        }
        let after = world::apply_plan(&world::empty(), &plan);
        prop_assert!(planned(&stack, &after, &Asked::stand()).is_empty());
    }

    #[test]
    fn destroy_is_the_reverse_order(stack in stacks()) {
        let wanted = wanted(&stack);
        let inventory = world::built(&wanted, &stack.mark());
        let plan = planned(&stack, &inventory, &Asked::go());
        prop_assert_eq!(check(&plan, &Asked::go()), []);
        let reach = reach(&plan);
        for (address, node) in wanted.iter() {
            let place_of = |address: &Address| place(address, wanted.get(address).unwrap().value.kind());
            let above = place_of(address);
            for below in node.needs.iter().map(place_of) {
                if reach.contains_key(&above) && reach.contains_key(&below) {
                    prop_assert!(reach[&below].contains(&above), "{below} goes before {above}");
                }
            }
        }
        let after = world::apply_plan(&inventory, &plan);
        prop_assert!(after.droplets.is_empty() && after.firewalls.is_empty());
        prop_assert!(after.reserved_ips.is_empty());
        prop_assert!(after.vpcs.is_empty() && after.keys.is_empty());
        prop_assert_eq!(after.volumes.len(), inventory.volumes.len());
        prop_assert!(planned(&stack, &after, &Asked::go()).is_empty());
    }

    #[test]
    fn whatever_was_found_one_run_is_enough(
        before in stacks(),
        after in stacks(),
        drifts in drifts(),
    ) {
        for stack in [&before, &after] {
            let inventory = drifted(&before, &drifts);
            let asked = Asked { new_data: NewData::Accept, ..Asked::stand() };
            let plan = planned(stack, &inventory, &asked);
            prop_assert_eq!(check(&plan, &asked), []);
            for step in plan.changes().filter(|step| step.work == Work::Nothing) {
                let about = plan.refusals.iter().any(|it| it.address.as_ref() == Some(&step.address));
                prop_assert!(about, "{} does nothing and is not refused", step.address);
            }
            if plan.refusals.is_empty() {
                let next = planned(stack, &world::apply_plan(&inventory, &plan), &asked);
                prop_assert!(next.is_empty(), "{:?}", next.changes().collect::<Vec<_>>());
                prop_assert_eq!(next.monthly.before, plan.monthly.after);
            }
        }
    }

    #[test]
    fn whatever_was_found_destroy_leaves_only_data(stack in stacks(), drifts in drifts()) {
        let inventory = drifted(&stack, &drifts);
        let plan = planned(&stack, &inventory, &Asked::go());
        prop_assert_eq!(check(&plan, &Asked::go()), []);
        if plan.refusals.is_empty() {
            let after = world::apply_plan(&inventory, &plan);
            prop_assert!(after.droplets.is_empty() && after.vpcs.is_empty());
            prop_assert_eq!(after.volumes.len(), inventory.volumes.len());
            prop_assert!(planned(&stack, &after, &Asked::go()).is_empty());
        }
    }

    #[test]
    fn the_order_of_listings_means_nothing(
        stack in stacks(),
        drifts in drifts(),
        seed in any::<u32>(),
    ) {
        let inventory = drifted(&stack, &drifts);
        for asked in [Asked::stand(), Asked::go()] {
            let plan = planned(&stack, &inventory, &asked);
            let other = planned(&stack, &shuffled(&inventory, seed), &asked);
            prop_assert_eq!(plan, other);
        }
    }
}
