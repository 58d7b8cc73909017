//! Weaviate and its agents: a machine, its volume, its firewall, its records.

use crate::{
    components::{
        firewall::{Opening, guard},
        machine::Machine,
        shared::Building,
    },
    config::{Peer, VectorDroplet},
    values::{Address, ComponentName},
};

/// Weaviate's REST and gRPC ports and its metrics (docs.weaviate.io: environment variables).
const OPENINGS: [Opening; 1] = [Opening { ports: &[8080, 50051, 2112], to: Peer::Vpc }];

/// Adds the component to the stack.
pub fn expand(building: &mut Building, name: &ComponentName, vector: &VectorDroplet) {
    let target = guard(building, name, &OPENINGS, &[]);
    let machine = Machine {
        address: Address::component(name.clone()),
        droplet: &vector.droplet,
        volume: vector.volume.as_ref(),
        records: &vector.records,
        resize: vector.resize.as_ref(),
        swap_mb: 0,
        target,
    };
    machine.add_to(building);
}
