//! `--target`: some addresses, what they need, and every debt: whatever a run is asked for, it
//! leaves no machine off.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    plan::Step,
    values::{Address, Owner, Part},
};

/// What a set of targets comes to.
pub struct Chosen {
    /// The addresses that stay in the plan.
    pub addresses: BTreeSet<Address>,
    /// Targets that name nothing.
    pub unknown: Vec<Address>,
}

/// The steps the targets name, and everything those need.
pub fn chosen(steps: &[Step], targets: &BTreeSet<Address>) -> Chosen {
    let by_address: BTreeMap<&Address, &Step> =
        steps.iter().map(|step| (&step.address, step)).collect();
    let named = |target: &Address| {
        steps.iter().map(|step| &step.address).filter(|address| covers(target, address)).collect()
    };
    let mut open: Vec<&Address> = Vec::new();
    let mut unknown = Vec::new();
    for target in targets {
        let found: Vec<&Address> = named(target);
        if found.is_empty() {
            unknown.push(target.clone());
        }
        open.extend(found);
    }
    let mut addresses = BTreeSet::new();
    while let Some(address) = open.pop() {
        if addresses.insert(address.clone()) {
            open.extend(by_address.get(address).into_iter().flat_map(|step| &step.needs));
        }
    }
    let debts = steps.iter().filter(|step| step.pays_debt());
    addresses.extend(debts.map(|step| step.address.clone()));
    Chosen { addresses, unknown }
}

/// A component covers its instances and all their parts, an instance its parts, a part itself.
fn covers(target: &Address, address: &Address) -> bool {
    if *target.which() != Part::Main {
        return target == address;
    }
    match target.owner() {
        Owner::Stack => false,
        Owner::Component { instance: Some(_), .. } => target.owner() == address.owner(),
        Owner::Component { name, instance: None } => address.component_name() == Some(name),
    }
}
