//! The plain machine, or several of one make.

use crate::{
    components::{
        firewall::guard,
        machine::{Machine, Resident, residents},
        shared::Building,
    },
    config::PlainDroplet,
    values::{Address, BrokenRule, ComponentName, DropletName, Tag, VolumeName},
};

/// Adds the component to the stack.
pub fn expand(building: &mut Building, name: &ComponentName, plain: &PlainDroplet) {
    let target = guard(building, name, &plain.inbound);
    let Some(count) = plain.count else {
        let (address, residents) =
            (Address::component(name.clone()), residents(building.stack, name));
        return machine((address, residents), plain, target).add_to(building);
    };
    for number in 1..=count {
        let address = Address::instance(name.clone(), number);
        let Some(one) = building.name(&address, numbered(plain, number)) else { continue };
        // What is several machines is shared by nobody.
        let own = Resident {
            address: address.clone(),
            volume: one.volume.as_ref(),
            records: Some(&one.records),
        };
        machine((address, vec![own]), &one, target.clone()).add_to(building);
    }
}

fn machine<'a>(
    (address, residents): (Address, Vec<Resident<'a>>),
    plain: &'a PlainDroplet,
    target: (Tag, Address),
) -> Machine<'a> {
    let (droplet, resize) = (&plain.droplet, plain.resize.as_ref());
    Machine { address, droplet, residents, resize, swap_mb: 0, target }
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
