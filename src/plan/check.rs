//! A second reading of a finished plan: what no plan may do, whatever made it.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::{
    plan::{Asked, Deletion, Plan, Step, Work},
    resources::{Droplet, Kind, Resource},
    values::Address,
};

/// Something a plan must never contain; finding one is a bug of ours.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Flaw {
    /// Data would be lost that nobody named.
    #[error("{0}: a volume would be deleted that nobody asked to delete")]
    DataLost(Address),
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
    /// A firewall would let nothing out.
    #[error("{0}: the firewall has no outbound rule and would let nothing out")]
    ShutIn(Address),
}

/// Finds every flaw of a plan.
pub fn check(plan: &Plan, asked: &Asked) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let mut places: BTreeMap<&Address, usize> = BTreeMap::new();
    for (place, step) in plan.steps.iter().enumerate() {
        for needs in step.needs.iter().filter(|needs| !places.contains_key(needs)) {
            flaws.push(Flaw::Order { step: step.address.clone(), needs: needs.clone() });
        }
        if places.insert(&step.address, place).is_some() {
            flaws.push(Flaw::Twice(step.address.clone()));
        }
        flaws.extend(data_lost(step, asked));
        flaws.extend(unprotected(plan, step));
        flaws.extend(shut_in(step));
    }
    flaws
}

fn data_lost(step: &Step, asked: &Asked) -> Option<Flaw> {
    let lost = matches!(step.work, Work::Delete(Deletion::Volume { .. }));
    let named = asked.delete_data.contains(&step.name)
        || asked.delete_data.contains(&step.address.to_string());
    (lost && !named).then(|| Flaw::DataLost(step.address.clone()))
}

fn unprotected(plan: &Plan, step: &Step) -> Option<Flaw> {
    let Work::Create(resource) = &step.work else { return None };
    let Resource::Droplet(droplet) = &**resource else { return None };
    let covering: BTreeSet<&Address> = plan
        .steps
        .iter()
        .filter(|other| other.kind == Kind::Firewall)
        .filter(|other| covers(other, droplet))
        .map(|other| &other.address)
        .collect();
    covering
        .iter()
        .any(|firewall| !step.needs.contains(*firewall))
        .then(|| Flaw::Unprotected(step.address.clone()))
}

fn covers(step: &Step, droplet: &Droplet) -> bool {
    let Work::Create(resource) = &step.work else { return false };
    let Resource::Firewall(firewall) = &**resource else { return false };
    !firewall.tags.is_disjoint(&droplet.tags)
}

fn shut_in(step: &Step) -> Option<Flaw> {
    let Work::Create(resource) = &step.work else { return None };
    let Resource::Firewall(firewall) = &**resource else { return None };
    (firewall.outbound.len() == 0).then(|| Flaw::ShutIn(step.address.clone()))
}
