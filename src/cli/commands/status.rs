//! `dostack status`: the stack's machines, and how they are.

use std::collections::BTreeMap;

use crate::{
    cli::{
        Context, Exit, Failure,
        commands::refusal,
        connect::{self, Connection},
        project::Project,
        stack,
        view::{
            json,
            nodes::{self, Node},
        },
    },
    engine::{Look, Machine, look, machines_among, states},
    plan::{Asked, Step},
    probe::State,
    resources::Kind,
    values::{Address, Money},
};

/// Why nobody can tell how a droplet of the sandbox is.
const IN_THE_BOX: &str = "no machine stands behind a droplet of the sandbox";

/// Looks and tells; a machine that does not answer is a line of it.
pub async fn run(context: &Context) -> Result<Exit, Failure> {
    let project = Project::find(context.global.stack.as_deref())?;
    let stack = stack::load_quietly(context, &project)?.stack;
    let connection = Connection::open(context, &project).await?;
    let looked = look(&connection.site, &stack, &Asked::stand()).await;
    let looked = looked.map_err(|error| refusal::engine(&error));
    let look = connection.close_after(looked).await?;
    let machines = machines_among(&stack.mark(), &look.inventory.droplets);
    let states = if context.global.sandbox {
        let untold = |machine: &Machine| (machine.droplet.id, Err(IN_THE_BOX.to_owned()));
        machines.iter().map(untold).collect()
    } else {
        let login = connect::login(context, &project, &stack);
        Box::pin(states(&stack, &login, &machines)).await
    };
    let all = nodes(&look, &machines, &states);
    let text = if context.global.json {
        json::text(&json::document("nodes", &all))
    } else {
        nodes::table(&all)
    };
    context.output.data(&text);
    Ok(Exit::Done)
}

/// The machines that are there with what is known of them, and those that the file wants.
fn nodes(
    look: &Look,
    machines: &[Machine],
    states: &BTreeMap<u64, Result<State, String>>,
) -> Vec<Node> {
    let there = machines.iter().map(|machine| {
        let told = states.get(&machine.droplet.id).cloned().transpose();
        Node {
            address: machine.address.clone(),
            name: machine.droplet.name.clone(),
            droplet: Some(machine.droplet.clone()),
            monthly: monthly(look, &machine.address),
            silent: told.as_ref().err().cloned(),
            state: told.unwrap_or_default(),
        }
    });
    let is_there = |address: &Address| machines.iter().any(|machine| machine.address == *address);
    let steps = look.plan.steps.iter().filter(|step| step.kind == Kind::Droplet);
    let missing = steps.filter(|step| !is_there(&step.address)).map(|step| Node {
        address: step.address.clone(),
        name: step.name.clone(),
        droplet: None,
        monthly: Money::ZERO,
        state: None,
        silent: None,
    });
    let mut all: Vec<Node> = there.chain(missing).collect();
    all.sort_by(|one, other| one.address.cmp(&other.address));
    all
}

/// What a machine costs a month as it is, with its addresses and the volumes of all components on it.
fn monthly(look: &Look, address: &Address) -> Money {
    let droplet = look.wanted.get(address).and_then(|node| node.value.as_droplet());
    let is_guest = |step: &Step| {
        let name = step.address.component_name();
        name.zip(droplet).is_some_and(|(name, droplet)| droplet.guests.contains(name))
    };
    let steps = look.plan.steps.iter();
    let own = steps.filter(|step| step.address.owner() == address.owner() || is_guest(step));
    own.map(|step| step.monthly.before).sum()
}
