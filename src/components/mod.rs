//! What a stack's parts mean: each component expands into resources.

mod alert;
mod app_stack;
mod droplet;
mod firewall;
mod machine;
mod micro_cache;
mod network_firewall;
mod project;
mod shared;
mod vector_droplet;

use std::collections::BTreeMap;

use thiserror::Error;

use crate::{
    config::{Component, Stack},
    graph::{Graph, GraphError},
    render::{RenderError, Templates},
    resources::{Firewall, Kind, Resource},
    values::{Address, BrokenRule},
};

/// Everything a stack is to consist of, and what needs what.
pub type Wanted = Graph<Address, Resource>;

/// Why a stack cannot be expanded.
#[derive(Debug, Error)]
pub enum ExpandError {
    /// A name made of the stack's and the component's breaks DigitalOcean's rule.
    #[error("{address}: a name made for it is not allowed")]
    Name {
        /// Whose name it is.
        address: Address,
        /// The rule.
        #[source]
        source: BrokenRule,
    },
    /// Two resources of a kind have one name.
    #[error("{first} and {second} are both the {kind} `{name}`: give one of them another `name`")]
    SameName {
        /// The one that comes first.
        first: Address,
        /// The other.
        second: Address,
        /// What they are.
        kind: Kind,
        /// The name both have.
        name: String,
    },
    /// A firewall is over a limit of DigitalOcean's.
    #[error("{address}: a firewall may have at most {limit} {what}; this one has {count}")]
    OverLimit {
        /// Which firewall.
        address: Address,
        /// What there are too many of.
        what: &'static str,
        /// The limit (docs: Firewalls, limits).
        limit: usize,
        /// How many there are.
        count: usize,
    },
    /// What the machines start with cannot be made.
    #[error("cannot render the cloud-init of the stack's droplets")]
    Render(#[from] RenderError),
    /// Resources need each other in a circle, or need what is not there.
    #[error(transparent)]
    Graph(#[from] GraphError<Address>),
}

/// Expands a stack, or says everything that is wrong with it.
pub fn expand(stack: &Stack, templates: &Templates) -> Result<Wanted, Vec<ExpandError>> {
    let mut building = shared::Building::of(stack, templates);
    for (name, component) in &stack.components {
        match component {
            Component::VectorDroplet(vector) => vector_droplet::expand(&mut building, name, vector),
            Component::AppStack(app) => app_stack::expand(&mut building, name, app),
            Component::MicroCache(cache) => micro_cache::expand(&mut building, name, cache),
            Component::NetworkFirewall(network) => {
                network_firewall::expand(&mut building, name, network);
            }
            Component::Droplet(plain) => droplet::expand(&mut building, name, plain),
        }
        alert::expand(&mut building, name, component.alerts());
    }
    project::expand(&mut building, stack);
    let (wanted, mut errors) = building.finish();
    errors.extend(same_names(&wanted));
    errors.extend(firewalls_over_limits(&wanted));
    if errors.is_empty() {
        // What a name kept out of the graph would be missed here too, and say nothing new.
        errors.extend(wanted.order().err().map(ExpandError::Graph));
    }
    if errors.is_empty() { Ok(wanted) } else { Err(errors) }
}

fn same_names(wanted: &Wanted) -> Vec<ExpandError> {
    let mut seen: BTreeMap<(Kind, String), &Address> = BTreeMap::new();
    let mut errors = Vec::new();
    for (address, node) in wanted.iter() {
        let (kind, name) = (node.value.kind(), node.value.name());
        if let Some(first) = seen.insert((kind, name.clone()), address) {
            let (first, second) = (first.clone(), address.clone());
            errors.push(ExpandError::SameName { first, second, kind, name });
        }
    }
    errors
}

fn firewalls_over_limits(wanted: &Wanted) -> Vec<ExpandError> {
    let firewalls =
        wanted.iter().filter_map(|(address, node)| Some((address, node.value.as_firewall()?)));
    firewalls.flat_map(|(address, firewall)| over_limits(address, firewall)).collect()
}

fn over_limits(address: &Address, firewall: &Firewall) -> Vec<ExpandError> {
    let rules = || firewall.inbound.iter().chain(firewall.outbound.iter());
    let most_peers = rules().map(|(_, _, peers)| peers.count()).max().unwrap_or_default();
    [
        ("rules", Firewall::MAX_RULES, firewall.inbound.len() + firewall.outbound.len()),
        ("tags", Firewall::MAX_TAGS, firewall.tags.len()),
        ("sources in a rule", Firewall::MAX_PEERS, most_peers),
    ]
    .into_iter()
    .filter(|(_, limit, count)| count > limit)
    .map(|(what, limit, count)| ExpandError::OverLimit {
        address: address.clone(),
        what,
        limit,
        count,
    })
    .collect()
}

#[cfg(test)]
mod tests;
