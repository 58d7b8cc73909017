//! What plans do, shown against a small model of the account.

mod adopted_parts;
mod adoption;
mod any_stack;
mod backups;
mod drift;
mod flaws;
mod judgement;
mod properties;
mod refusals;
mod removal;
mod renamed;
mod replaced;
mod reserved_ip;
mod shared;
mod snapshot;
mod stacks;
mod taken_in;
mod target;
mod world;

use crate::{
    components::{Wanted, expand},
    config::Stack,
    inventory::Inventory,
    plan::{Asked, Plan, Refused, Step, check, diff},
    render::Templates,
};

/// What a stack file comes to.
fn wanted(stack: &Stack) -> Wanted {
    expand(stack, &Templates::built_in()).unwrap()
}

/// The account after a perfect `up`.
fn built(stack: &Stack) -> Inventory {
    world::built(&wanted(stack), &stack.mark())
}

/// The plan for a stack, which no plan may leave with a flaw.
fn plan(stack: &Stack, inventory: &Inventory, asked: &Asked) -> Plan {
    let plan = diff(&wanted(stack), inventory, &stack.mark(), asked);
    assert_eq!(check(&plan, asked), []);
    plan
}

/// The plan of `up` for a stack.
fn up(stack: &Stack, inventory: &Inventory) -> Plan {
    plan(stack, inventory, &Asked::stand())
}

/// Every change as one line: what happens to which address.
fn lines(plan: &Plan) -> Vec<String> {
    plan.changes().map(|step| format!("{} {}", step.action.glyph(), step.address)).collect()
}

/// Every refusal as one line: why, and about which address.
fn refusals(plan: &Plan) -> Vec<(Refused, String)> {
    let about = |address: &Option<_>| address.as_ref().map_or(String::new(), ToString::to_string);
    plan.refusals.iter().map(|refusal| (refusal.why, about(&refusal.address))).collect()
}

/// The step at an address.
fn step<'a>(plan: &'a Plan, address: &str) -> &'a Step {
    plan.steps.iter().find(|step| step.address.to_string() == address).unwrap()
}

/// The notes, as one text.
fn notes(plan: &Plan) -> String {
    plan.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>().join("\n")
}
