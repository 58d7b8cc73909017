//! The plain machine, or several of one make.

use crate::{
    components::{firewall::guard, machine::Machine, shared::Building},
    config::PlainDroplet,
    values::{Address, BrokenRule, ComponentName, DropletName, Tag, VolumeName},
};

/// Adds the component to the stack.
pub fn expand(building: &mut Building, name: &ComponentName, plain: &PlainDroplet) {
    let target = guard(building, name, &[], &plain.inbound);
    let Some(count) = plain.count else {
        let address = Address::component(name.clone());
        return machine(address, plain, target).add_to(building);
    };
    for number in 1..=count {
        let address = Address::instance(name.clone(), number);
        let Some(numbered) = building.name(&address, numbered(plain, number)) else { continue };
        machine(address, &numbered, target.clone()).add_to(building);
    }
}

fn machine(address: Address, plain: &PlainDroplet, target: (Tag, Address)) -> Machine<'_> {
    Machine {
        address,
        droplet: &plain.droplet,
        volume: plain.volume.as_ref(),
        records: &plain.records,
        resize: plain.resize.as_ref(),
        swap_mb: 0,
        target,
    }
}

/// One of several: names the file gives are stems that take the number.
fn numbered(plain: &PlainDroplet, number: u16) -> Result<PlainDroplet, BrokenRule> {
    let mut one = plain.clone();
    if let Some(stem) = &plain.droplet.name {
        one.droplet.name = Some(DropletName::parse(&format!("{stem}-{number}"))?);
    }
    if let Some(volume) = &mut one.volume
        && let Some(stem) = &volume.name
    {
        volume.name = Some(VolumeName::parse(&format!("{stem}-{number}"))?);
    }
    Ok(one)
}
