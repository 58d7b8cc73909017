//! A cache, present only if it is wanted: a machine and its firewall.

use crate::{
    components::{
        firewall::guard,
        machine::{Machine, residents},
        shared::Building,
    },
    config::{DropletSpec, MicroCache, Switch},
    values::{Address, ComponentName},
};

/// A machine of 1 GiB has to live through an upgrade of its packages beside the cache.
const SWAP_MB: u32 = 1024;

/// Adds the component to the stack, if it is on; one that shares a machine comes with that.
pub fn expand(building: &mut Building, name: &ComponentName, cache: &MicroCache) {
    match (cache.enabled, cache.home.own()) {
        (Switch::On, Some(droplet)) => add(building, name, droplet),
        (Switch::Off | Switch::Auto, _) | (_, None) => {}
    }
}

fn add(building: &mut Building, name: &ComponentName, droplet: &DropletSpec) {
    let target = guard(building, name, &[]);
    let machine = Machine {
        address: Address::component(name.clone()),
        droplet,
        residents: residents(building.stack, name),
        resize: None,
        swap_mb: SWAP_MB,
        target,
    };
    machine.add_to(building);
}
