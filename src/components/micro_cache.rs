//! A cache, present only if it is wanted: a machine and its firewall.

use crate::{
    components::{
        firewall::{Opening, guard},
        machine::Machine,
        shared::Building,
    },
    config::{MicroCache, Peer, Switch},
    values::{Address, ComponentName},
};

/// Dragonfly speaks Redis' protocol on Redis' port.
const OPENINGS: [Opening; 1] = [Opening { ports: &[6379], to: Peer::Vpc }];

/// A machine of 1 GiB has to live through an upgrade of its packages beside the cache.
const SWAP_MB: u32 = 1024;

/// Adds the component to the stack, if it is on.
pub fn expand(building: &mut Building, name: &ComponentName, cache: &MicroCache) {
    match cache.enabled {
        Switch::On => add(building, name, cache),
        Switch::Off | Switch::Auto => {}
    }
}

fn add(building: &mut Building, name: &ComponentName, cache: &MicroCache) {
    let target = guard(building, name, &OPENINGS, &[]);
    let machine = Machine {
        address: Address::component(name.clone()),
        droplet: &cache.droplet,
        volume: None,
        records: &cache.records,
        resize: None,
        swap_mb: SWAP_MB,
        target,
    };
    machine.add_to(building);
}
