//! Weaviate and its agents: a machine, its volume, its firewall, its records.

use crate::{
    components::{
        firewall::guard,
        machine::{Machine, residents},
        shared::Building,
    },
    config::VectorDroplet,
    values::{Address, ComponentName},
};

/// Adds the component to the stack; one that shares a machine comes with that.
pub fn expand(building: &mut Building, name: &ComponentName, vector: &VectorDroplet) {
    let Some(droplet) = vector.home.own() else { return };
    let target = guard(building, name, &[]);
    let machine = Machine {
        address: Address::component(name.clone()),
        droplet,
        residents: residents(building.stack, name),
        resize: vector.resize.as_ref(),
        swap_mb: 0,
        target,
    };
    machine.add_to(building);
}
