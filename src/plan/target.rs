//! `--target`: some addresses, what they need, and every debt: whatever a run is asked for, it
//! leaves no machine off.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    plan::{Plan, Step, Work},
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
    addresses.extend(debts(steps));
    Chosen { addresses, unknown }
}

/// The steps that pay debts, and are done even where the rest of the plan is refused.
///
/// What follows a replacement is left out where something of the same component is refused: the
/// old machine is not deleted while a name may still point at it.
pub fn owed(plan: &Plan) -> BTreeSet<Address> {
    let refused: BTreeSet<&Owner> = plan
        .refusals
        .iter()
        .filter_map(|refusal| refusal.address.as_ref().map(Address::owner))
        .collect();
    let pays = |address: &Address| {
        plan.steps.iter().any(|step| step.address == *address && step.pays_debt())
    };
    let mut owed = debts(&plan.steps);
    owed.retain(|address| pays(address) || !refused.contains(address.owner()));
    owed
}

/// The addresses of the steps that pay debts; with an unfinished replacement, of what follows it.
fn debts(steps: &[Step]) -> BTreeSet<Address> {
    let payers = steps.iter().filter(|step| step.pays_debt());
    let mut debts: BTreeSet<Address> = payers.map(|step| step.address.clone()).collect();
    let replaced: BTreeSet<&Address> = steps
        .iter()
        .filter(|step| step.pays_debt() && matches!(step.work, Work::Replace(_)))
        .map(|step| &step.address)
        .collect();
    let follows = |step: &&Step| {
        let same_owner = |address: &&&Address| address.owner() == step.address.owner();
        replaced.iter().filter(same_owner).any(|address| step.needs.contains(*address))
    };
    debts.extend(steps.iter().filter(follows).map(|step| step.address.clone()));
    debts
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
