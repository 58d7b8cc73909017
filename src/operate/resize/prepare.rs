//! From what is asked to a plan of one step, or to why not.

use thiserror::Error;

use crate::{
    apply::may_switch,
    components::Wanted,
    config::{By, Component, Resize, Stack},
    digitalocean::{ApiError, metadata::Home},
    engine::{EngineError, Look, Machine, Run, Site, machines_among},
    inventory::read_catalog,
    operate::resize::preflight::Facts,
    plan::{self, Note, Plan, Refusal, Refused},
    resources::Droplet,
    values::{Address, SizeSlug, did_you_mean},
};

/// Which machine is to have which size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    /// The machine, by its address in the stack.
    pub machine: Address,
    /// The size.
    pub to: SizeSlug,
    /// Where this program runs.
    pub home: Home,
}

/// Why nothing could be prepared; nothing was changed.
#[derive(Debug, Error)]
pub enum ResizeError {
    /// The account cannot be read, or the lock not be had.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The token may not switch machines.
    #[error("the token may not do what a resize needs; nothing was changed")]
    Token(#[source] ApiError),
    /// Somebody asked to stop while it only read.
    #[error("stopped before anything was changed")]
    Stopped,
}

/// A plan that switches a machine on that an earlier run may have left off, if it owes that.
pub fn owed(look: &Look, machine: &Address) -> Option<Plan> {
    let Machine { address, droplet, .. } = there(look, machine)?;
    let owes = !droplet.debts().is_empty();
    owes.then(|| plan::switch_on(&look.plan.mark, &[(address, droplet)]))
}

/// Puts the one change in the place of the run's plan: that machine, that size, nothing else.
///
/// What speaks against it stands in the plan, as refusals; a token that may not do it is found out
/// by trying. Debts are paid before.
pub async fn prepare(
    (site, stack): (&Site, &Stack),
    run: &mut Run,
    errand: &Errand,
) -> Result<(), ResizeError> {
    let plan = propose((site, stack), &run.look, errand).await?;
    let machine = there(&run.look, &errand.machine);
    if let Some(machine) = machine.filter(|_| plan.refusals.is_empty() && !plan.is_empty()) {
        may_switch(&site.client, machine.droplet.id).await.map_err(trial_error)?;
    }
    run.look.plan = plan;
    Ok(())
}

/// The plan of that one change with all that can be seen to speak against it; only reads, so it
/// needs no lock.
pub async fn propose(
    (site, stack): (&Site, &Stack),
    look: &Look,
    errand: &Errand,
) -> Result<Plan, ResizeError> {
    let Some(machine) = there(look, &errand.machine) else {
        return Ok(missing(look, &errand.machine));
    };
    let (address, live) = (&machine.address, &machine.droplet);
    let (mark, month) = (stack.mark(), look.plan.monthly.before);
    let catalog = read_catalog(&site.client).await.map_err(EngineError::from)?;
    let mut plan = plan::resize((&mark, month), (address, live), &errand.to, &catalog);
    if !plan.is_empty() {
        let actions = site.client.droplet_actions(live.id).await.map_err(EngineError::from)?;
        let facts = Facts {
            address,
            live,
            actions: &actions,
            catalog: &catalog,
            home: &errand.home,
            room: site.client.room(),
            budget: stack.budget.map(|budget| budget.monthly),
            rule: rule(stack, address),
            now: (site.clock)(),
        };
        plan.refusals = facts.refusals(&errand.to, &plan);
        plan.refusals.extend(succeeded(look, &machine));
        plan.notes = notes(look, address, &errand.to);
    }
    Ok(plan)
}

fn trial_error(error: ApiError) -> ResizeError {
    match error {
        ApiError::Unauthorized(_) | ApiError::Forbidden(_) => ResizeError::Token(error),
        ApiError::Refused(_)
        | ApiError::Failing { .. }
        | ApiError::Throttled { .. }
        | ApiError::Unreachable { .. }
        | ApiError::Ambiguous { .. }
        | ApiError::NotDigitalOcean { .. }
        | ApiError::TooLarge { .. }
        | ApiError::Inconsistent { .. } => ResizeError::Engine(error.into()),
    }
}

/// What the file says of a machine's size.
pub fn rule<'a>(stack: &'a Stack, address: &Address) -> Option<&'a Resize> {
    address.component_name().and_then(|name| stack.components.get(name)).and_then(Component::resize)
}

/// The machine at an address of the stack file, by the component's name, its address or its name at
/// DigitalOcean; or why it is none.
pub fn named(wanted: &Wanted, name: &str) -> Result<Address, Refusal> {
    let machines: Vec<(&Address, &Droplet)> = wanted
        .iter()
        .filter_map(|(address, node)| Some((address, node.value.as_droplet()?)))
        .collect();
    let mut meant = machines
        .iter()
        .filter(|(address, droplet)| address.to_string() == name || droplet.name.as_str() == name);
    if let Some((address, _)) = meant.next() {
        return Ok((*address).clone());
    }
    let known: Vec<String> = machines.iter().map(|(address, _)| address.to_string()).collect();
    let of_component =
        |address: &&Address| address.component_name().is_some_and(|own| own.as_str() == name);
    let own = machines.iter().map(|(address, _)| *address).filter(of_component);
    let own: Vec<String> = own.map(ToString::to_string).collect();
    let (text, way_out) = if own.is_empty() {
        let near = did_you_mean(name, known.iter().map(String::as_str));
        let there = format!("it has `{}`", known.join("`, `"));
        (format!("the stack file has no machine `{name}`"), near.unwrap_or(there))
    } else {
        let way_out = format!("name one of them: `{}`", own.join("`, `"));
        (format!("`{name}` is several machines"), way_out)
    };
    Err(Refusal { address: None, why: Refused::Impossible, text, way_out })
}

/// The machines whose rules a schedule obeys.
pub fn scheduled(stack: &Stack, wanted: &Wanted) -> Vec<Address> {
    let machines = wanted.iter().filter(|(_, node)| node.value.as_droplet().is_some());
    let by_schedule =
        |address: &&Address| rule(stack, address).is_some_and(|rule| rule.by == By::Schedule);
    machines.map(|(address, _)| address).filter(by_schedule).cloned().collect()
}

/// The machine of an address, if there is one.
fn there(look: &Look, address: &Address) -> Option<Machine> {
    let machines = machines_among(&look.plan.mark, &look.inventory.droplets);
    machines.into_iter().find(|machine| machine.address == *address)
}

/// The plan for a machine that is not there.
fn missing(look: &Look, address: &Address) -> Plan {
    let refusal = Refusal {
        address: Some(address.clone()),
        why: Refused::Unsafe,
        text: "the machine is not there yet".to_owned(),
        way_out: "`dostack up` makes it".to_owned(),
    };
    let plan = plan::switch_on(&look.plan.mark, &[]);
    Plan { monthly: look.plan.monthly, refusals: vec![refusal], ..plan }
}

/// A machine that is being replaced is another one soon.
fn succeeded(look: &Look, machine: &Machine) -> Option<Refusal> {
    let droplets = look.inventory.droplets_of(&look.plan.mark);
    let several = droplets.get(&machine.address).is_some_and(|live| live.len() > 1);
    several.then(|| Refusal {
        address: Some(machine.address.clone()),
        why: Refused::Unsafe,
        text: "another machine is taking its place".to_owned(),
        way_out: "`dostack up` finishes that; then run this again".to_owned(),
    })
}

/// What the next `up` would make of that size.
fn notes(look: &Look, address: &Address, to: &SizeSlug) -> Vec<Note> {
    let Some(wanted) = droplet(look, address).filter(|wanted| !wanted.accepts(to)) else {
        return Vec::new();
    };
    let text = format!(
        "the stack file knows nothing of `{to}`: the next `dostack up` would undo it and go back to `{}`; write it as `droplet.size`, or as a rung above that one in `resize.ladder`, to keep it",
        wanted.size
    );
    vec![Note { address: Some(address.clone()), text }]
}

fn droplet<'a>(look: &'a Look, address: &Address) -> Option<&'a Droplet> {
    look.wanted.get(address)?.value.as_droplet()
}
