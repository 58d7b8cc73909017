//! Things of the stack's that carry marks they cannot all have.

use std::collections::BTreeSet;

use crate::{
    inventory::{by_id, droplet_addresses, volume_addresses},
    plan::{Refusal, Refused, judge::Bench},
    resources::Kind,
    values::Address,
};

/// A refusal for every address that a thing carries besides another.
///
/// A tag added by hand would make one machine look like another, which then seems to be missing.
pub fn doubts(bench: &Bench) -> Vec<Refusal> {
    let droplets = by_id(&bench.inventory.droplets, |live| &live.id).into_iter();
    let droplets = droplets
        .map(|live| (Kind::Droplet, live.name.as_str(), droplet_addresses(bench.mark, live)));
    let volumes = by_id(&bench.inventory.volumes, |live| &live.id).into_iter();
    let volumes =
        volumes.map(|live| (Kind::Volume, live.name.as_str(), volume_addresses(bench.mark, live)));
    droplets
        .chain(volumes)
        .filter(|(_, _, addresses)| addresses.len() > 1)
        .flat_map(|(kind, name, addresses)| refusals(kind, name, &addresses))
        .collect()
}

fn refusals(kind: Kind, name: &str, addresses: &BTreeSet<Address>) -> Vec<Refusal> {
    let all: Vec<String> = addresses.iter().map(|address| format!("`{address}`")).collect();
    let text = format!("the {kind} `{name}` carries the marks of {}", all.join(" and "));
    let refusal = |address: &Address| Refusal {
        address: Some(address.clone()),
        why: Refused::Ambiguous,
        text: text.clone(),
        way_out: "take the tag off that is not its own".to_owned(),
    };
    addresses.iter().map(refusal).collect()
}
