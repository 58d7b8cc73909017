//! What a plan says of snapshots by night: what they come to, and who takes them.

use crate::{
    calendar::most,
    components::Wanted,
    config::{Snapshots, Stack},
    inventory::Inventory,
    plan::{Copies, Note},
    resources::{Resource, snapshot_price},
    values::{Address, Mark, Part},
};

/// What the snapshots of each volume come to.
pub fn copies(stack: &Stack, wanted: &Wanted) -> Vec<Copies> {
    let one = |(address, policy): (Address, &Snapshots)| {
        let node = wanted.iter().find(|(other, _)| **other == address);
        let Resource::Volume(volume) = &node?.1.value else { return None };
        let (at_most, size_gb) = (most(policy.keep), volume.size_gb);
        let times = u32::try_from(at_most).unwrap_or(u32::MAX);
        let monthly_at_most = snapshot_price(f64::from(size_gb)) * times;
        Some(Copies { address, at_most, size_gb, monthly_at_most })
    };
    policies(stack).filter_map(one).collect()
}

/// That nobody takes them, if nobody does.
pub fn unscheduled(stack: &Stack, inventory: &Inventory, mark: &Mark) -> Option<Note> {
    policies(stack).next()?;
    let ours = inventory.volumes.iter().filter(|live| live.tags.contains(&mark.stack_tag()));
    if mark.scheduler_among(ours.flat_map(|live| &live.tags)).is_some() {
        return None;
    }
    let text = "nobody takes snapshots by night: `dostack up --schedule` says who does";
    Some(Note { address: None, text: text.to_owned() })
}

/// The volumes that are copied by night.
fn policies(stack: &Stack) -> impl Iterator<Item = (Address, &Snapshots)> {
    let wanted = stack.components.iter().filter(|(_, component)| component.is_wanted());
    wanted.filter_map(|(name, component)| {
        let volume = Address::component(name.clone()).part(Part::Volume);
        Some((volume, component.snapshots()?))
    })
}
