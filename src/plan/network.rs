//! The network the stack lives in: its own by the mark, or the one the file adopts.
//!
//! A network that is adopted is used and nothing more: it carries no mark, and the file alone says
//! which one it is.

use std::borrow::Cow;

use crate::{
    components::Wanted,
    inventory::{Inventory, by_id},
    resources::{LiveVpc, Resource, Vpc},
    values::{Address, Cidr, Mark, Part},
};

/// The networks the stack may live in: one, unless something is wrong with them.
pub fn of<'a>(file: &Wanted, inventory: &'a Inventory, mark: &Mark) -> Vec<&'a LiveVpc> {
    let adopt = wanted(file).and_then(|vpc| vpc.adopt.as_ref());
    match adopt {
        None => inventory.vpcs_of(mark),
        Some(adopt) => match adopted(file, inventory) {
            found if found.is_empty() && adopt.else_create => inventory.vpcs_of(mark),
            found => found,
        },
    }
}

/// Every network that the file's `adopt` means, in the order of their ids.
pub fn adopted<'a>(file: &Wanted, inventory: &'a Inventory) -> Vec<&'a LiveVpc> {
    let Some(adopt) = wanted(file).and_then(|vpc| vpc.adopt.as_ref()) else { return Vec::new() };
    let vpcs = by_id(&inventory.vpcs, |vpc| &vpc.id).into_iter();
    vpcs.filter(|vpc| adopt.means(&vpc.name, &vpc.id)).collect()
}

/// Whether the file adopts a network and it is not clear which, or that there is one.
pub fn is_in_doubt(file: &Wanted, inventory: &Inventory) -> bool {
    let adopt = wanted(file).and_then(|vpc| vpc.adopt.as_ref());
    adopt.is_some_and(|adopt| match adopted(file, inventory).as_slice() {
        [] => !adopt.else_create,
        [_] => false,
        [_, _, ..] => true,
    })
}

/// What the file says, with the network's own range in every rule that speaks of it, where the
/// file leaves the range of an adopted network out.
pub fn settled<'a>(file: &'a Wanted, inventory: &Inventory) -> Cow<'a, Wanted> {
    match missing_range(file, inventory) {
        Some(range) => Cow::Owned(with_range(file, range)),
        None => Cow::Borrowed(file),
    }
}

fn missing_range(file: &Wanted, inventory: &Inventory) -> Option<Cidr> {
    let is_missing = wanted(file)?.ip_range.is_none();
    match adopted(file, inventory).as_slice() {
        [only] if is_missing => only.ip_range,
        _ => None,
    }
}

fn with_range(file: &Wanted, range: Cidr) -> Wanted {
    let mut settled = Wanted::default();
    for (address, node) in file.iter() {
        let mut resource = node.value.clone();
        if let Resource::Firewall(firewall) = &mut resource {
            firewall.inbound.set_network(range);
            firewall.outbound.set_network(range);
        }
        settled.insert(address.clone(), resource, node.needs.iter().cloned());
    }
    settled
}

fn wanted(file: &Wanted) -> Option<&Vpc> {
    let Resource::Vpc(vpc) = &file.get(&Address::stack(Part::Vpc))?.value else { return None };
    Some(vpc)
}
