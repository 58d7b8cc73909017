//! A second reading of a finished plan: what no plan may do, whatever made it.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::{
    inventory::Id,
    plan::{Action, Asked, Deletion, Plan, Step, Succeed, Update, Work},
    resources::{Firewall, Kind},
    values::{Address, Part},
};

/// Something a plan must never contain; finding one is a bug of ours.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Flaw {
    /// Data would be lost that nobody named.
    #[error("{0}: a volume would be deleted that nobody asked to delete")]
    DataLost(Address),
    /// Something would be deleted that was adopted and that nobody named.
    #[error("{0}: it was adopted and would be deleted, and nobody asked for that")]
    AdoptedLost(Address),
    /// Ports of an adopted machine would be closed before all else about it is done.
    #[error("{0}: the ports of an adopted machine would be closed too early")]
    ClosedEarly(Address),
    /// A step comes before one it needs, or needs one that is not there.
    #[error("{step} comes before {needs}, which it needs")]
    Order {
        /// The step.
        step: Address,
        /// What it needs.
        needs: Address,
    },
    /// Two steps have one address.
    #[error("{0} has two steps")]
    Twice(Address),
    /// A droplet would be up before its firewall.
    #[error("{0}: the droplet would be up before its firewalls")]
    Unprotected(Address),
    /// A droplet would be up after its firewall is gone.
    #[error("{0}: the firewall would go before the droplets it protects")]
    Exposed(Address),
    /// A machine would be made anew that nobody asked to replace.
    #[error("{0}: the machine would be replaced and nobody asked for it")]
    Unasked(Address),
    /// A machine would go before the one that takes its place has its data and its names.
    #[error("{former}: the machine would go before {0}, which follows it", former = .0.part(Part::Former))]
    TooEarly(Address),
    /// A volume would stay behind on a machine that goes.
    #[error("{0}: the machine would be replaced without its volume {1}")]
    LeftBehind(Address, Address),
    /// A droplet would go and leave its reserved IP behind, billed and without a mark.
    #[error("{0}: the droplet would go before its reserved IP")]
    Stranded(Address),
    /// A step does some of what the plan refuses.
    #[error("{0}: the step is refused and does something all the same")]
    Refused(Address),
    /// A firewall would let nothing out.
    #[error("{0}: the firewall has no outbound rule and would let nothing out")]
    ShutIn(Address),
}

/// Finds every flaw of a plan.
pub fn check(plan: &Plan, asked: &Asked) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let places = places(plan);
    let firewalls: Vec<(&Address, &Firewall)> =
        plan.steps.iter().filter_map(|step| Some((&step.address, firewall(step)?))).collect();
    let refusals: BTreeSet<&Address> =
        plan.refusals.iter().filter_map(|refusal| refusal.address.as_ref()).collect();
    let reserved = reserved_ips(plan);
    for (place, step) in plan.steps.iter().enumerate() {
        let comes_before = |needs: &&Address| first(&places, needs).is_some_and(|at| at < place);
        for needs in step.needs.iter().filter(|needs| !comes_before(needs)) {
            flaws.push(Flaw::Order { step: step.address.clone(), needs: needs.clone() });
        }
        if first(&places, &step.address) != Some(place) {
            flaws.push(Flaw::Twice(step.address.clone()));
        }
        flaws.extend(data_lost(step, asked));
        flaws.extend(adopted_lost(plan, step, asked));
        flaws.extend(closed_early(plan, step));
        flaws.extend(unprotected(&firewalls, step));
        flaws.extend(exposed(plan, step));
        flaws.extend(replaced(plan, step, asked));
        flaws.extend(stranded(&reserved, step));
        flaws.extend(refused(&refusals, step));
        flaws.extend(shut_in(step));
    }
    flaws
}

/// The steps' places by their addresses, which are copied: side by side they are found sooner.
fn places(plan: &Plan) -> Vec<(Address, usize)> {
    let places = plan.steps.iter().enumerate();
    let mut places: Vec<(Address, usize)> =
        places.map(|(place, step)| (step.address.clone(), place)).collect();
    places.sort_unstable();
    places
}

/// Where the first step of an address stands.
fn first(places: &[(Address, usize)], address: &Address) -> Option<usize> {
    let at = places.partition_point(|(other, _)| other < address);
    places.get(at).filter(|(other, _)| other == address).map(|(_, place)| *place)
}

fn data_lost(step: &Step, asked: &Asked) -> Option<Flaw> {
    let lost =
        matches!(step.work, Work::Delete(Deletion::Volume { .. } | Deletion::Snapshot { .. }));
    let is_named = names(&asked.delete_data, step) || names(&asked.delete_adopted, step);
    (lost && !is_named).then(|| Flaw::DataLost(step.address.clone()))
}

fn adopted_lost(plan: &Plan, step: &Step, asked: &Asked) -> Option<Flaw> {
    let lost = match &step.work {
        Work::Delete(deletion) => (deletion.kind(), deletion.id()?),
        Work::Replace(replacement) => (Kind::Droplet, Id::Number(replacement.old)),
        Work::Nothing | Work::Create(_) | Work::Update(_) | Work::Release(_) => return None,
    };
    (plan.adopted.contains(&lost) && !names(&asked.delete_adopted, step))
        .then(|| Flaw::AdoptedLost(step.address.clone()))
}

fn names(given: &BTreeSet<String>, step: &Step) -> bool {
    given.contains(&step.name) || given.contains(&step.address.to_string())
}

/// What covers a machine that is taken in comes after everything else of its owner's.
fn closed_early(plan: &Plan, step: &Step) -> Option<Flaw> {
    let early = match &step.work {
        Work::Update(Update::Marks(_)) => {
            let is_its = |other: &&Step| other.address.owner() == step.address.owner();
            let brings = |other: &&Step| {
                !matches!(other.work, Work::Nothing | Work::Delete(_) | Work::Release(_))
                    && other.address != step.address
            };
            let mut others = plan.steps.iter().filter(is_its).filter(brings);
            others.any(|other| !step.needs.contains(&other.address))
        }
        Work::Update(Update::Droplet(update)) if step.action == Action::Adopt => {
            let mut firewalls = plan.steps.iter().filter_map(firewall);
            firewalls.any(|it| update.add_tags.iter().any(|tag| it.tags.contains(tag)))
        }
        Work::Nothing
        | Work::Create(_)
        | Work::Update(_)
        | Work::Replace(_)
        | Work::Release(_)
        | Work::Delete(_) => false,
    };
    early.then(|| Flaw::ClosedEarly(step.address.clone()))
}

fn unprotected(firewalls: &[(&Address, &Firewall)], step: &Step) -> Option<Flaw> {
    let Work::Create(resource) = &step.work else { return None };
    let droplet = resource.as_droplet()?;
    let mut covering =
        firewalls.iter().filter(|(_, firewall)| !firewall.tags.is_disjoint(&droplet.tags));
    covering
        .any(|(address, _)| !step.needs.contains(*address))
        .then(|| Flaw::Unprotected(step.address.clone()))
}

fn exposed(plan: &Plan, step: &Step) -> Option<Flaw> {
    if !matches!(step.work, Work::Delete(Deletion::Firewall { .. })) {
        return None;
    }
    let component = step.address.component_name()?;
    let is_its = |other: &&Step| other.address.component_name() == Some(component);
    let goes = |other: &&Step| matches!(other.work, Work::Delete(Deletion::Droplet { .. }));
    let mut droplets = plan.steps.iter().filter(is_its).filter(goes);
    droplets
        .any(|droplet| !step.needs.contains(&droplet.address))
        .then(|| Flaw::Exposed(step.address.clone()))
}

/// What is wrong with a replacement: that it was not asked for, that its firewalls are not there
/// yet, that the old machine goes too early, or that data stays behind.
fn replaced(plan: &Plan, step: &Step, asked: &Asked) -> Vec<Flaw> {
    let Work::Replace(replacement) = &step.work else { return Vec::new() };
    let Succeed::By(successor) = &replacement.succeed else { return Vec::new() };
    let mut flaws = Vec::new();
    let address = || step.address.clone();
    if successor.made.is_none() && !asked.replace.contains(&step.address) {
        flaws.push(Flaw::Unasked(address()));
    }
    let is_uncovered = |other: &Step| match &other.work {
        Work::Create(resource) => resource.as_firewall().is_some_and(|firewall| {
            !firewall.tags.is_disjoint(&successor.droplet.tags)
                && !step.needs.contains(&other.address)
        }),
        Work::Nothing | Work::Update(_) | Work::Replace(_) | Work::Release(_) | Work::Delete(_) => {
            false
        }
    };
    if plan.steps.iter().any(is_uncovered) {
        flaws.push(Flaw::Unprotected(address()));
    }
    let former = step.address.part(Part::Former);
    let former = plan.steps.iter().find(|other| other.address == former);
    let follows = |other: &&Step| {
        other.address == step.address
            || (other.needs.contains(&step.address)
                && matches!(other.kind, Kind::Record | Kind::ReservedIp))
    };
    let mut followers = plan.steps.iter().filter(follows).filter(|other| other.is_change());
    if former.is_some_and(|former| followers.any(|other| !former.needs.contains(&other.address))) {
        flaws.push(Flaw::TooEarly(address()));
    }
    let own = step.address.part(Part::Volume);
    let is_there = plan
        .steps
        .iter()
        .any(|other| other.address == own && !matches!(other.work, Work::Delete(_)));
    if is_there && !replacement.volumes.contains(&own) {
        flaws.push(Flaw::LeftBehind(address(), own));
    }
    flaws
}

/// The reserved IPs that go, by their droplets.
fn reserved_ips(plan: &Plan) -> BTreeMap<u64, Vec<&Address>> {
    let mut going: BTreeMap<u64, Vec<&Address>> = BTreeMap::new();
    for step in &plan.steps {
        if let Work::Delete(Deletion::ReservedIp { droplet, .. }) = &step.work {
            going.entry(*droplet).or_default().push(&step.address);
        }
    }
    going
}

fn stranded(reserved: &BTreeMap<u64, Vec<&Address>>, step: &Step) -> Option<Flaw> {
    let Work::Delete(Deletion::Droplet { id }) = &step.work else { return None };
    let mut its = reserved.get(id).into_iter().flatten();
    its.any(|address| !step.needs.contains(*address)).then(|| Flaw::Stranded(step.address.clone()))
}

fn refused(refusals: &BTreeSet<&Address>, step: &Step) -> Option<Flaw> {
    (step.work != Work::Nothing && refusals.contains(&step.address))
        .then(|| Flaw::Refused(step.address.clone()))
}

/// The firewall as a step leaves it.
fn firewall(step: &Step) -> Option<&Firewall> {
    match &step.work {
        Work::Update(Update::Firewall { firewall, .. }) => Some(firewall),
        Work::Create(resource) => resource.as_firewall(),
        Work::Nothing | Work::Update(_) | Work::Replace(_) | Work::Release(_) | Work::Delete(_) => {
            None
        }
    }
}

fn shut_in(step: &Step) -> Option<Flaw> {
    let firewall = firewall(step)?;
    (firewall.outbound.len() == 0).then(|| Flaw::ShutIn(step.address.clone()))
}
