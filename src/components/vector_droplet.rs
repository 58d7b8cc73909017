//! Weaviate and its agents: a machine, its volume, its firewall, its records.

use crate::{
    components::{
        firewall::{Opening, add_firewall, component_rules},
        machine::Machine,
        shared::Building,
    },
    config::{Peer, VectorDroplet},
    values::{Address, ComponentName, Part},
};

/// Weaviate's REST and gRPC ports and its metrics (docs.weaviate.io: environment variables).
const OPENINGS: [Opening; 1] = [Opening { ports: &[8080, 50051, 2112], to: Peer::Vpc }];

/// Adds the component to the stack.
pub fn expand(building: &mut Building, name: &ComponentName, vector: &VectorDroplet) {
    let address = Address::component(name.clone());
    let tag_address = address.part(Part::Tag);
    let tag = building.mark.address_tag(&address);
    let target = (building.target_tag(&tag_address, tag), tag_address);
    let rules = component_rules(building.stack, &OPENINGS, &[]);
    add_firewall(building, name, target.clone(), rules);
    let machine = Machine {
        address,
        droplet: &vector.droplet,
        volume: vector.volume.as_ref(),
        records: &vector.records,
        resize: vector.resize.as_ref(),
        target,
    };
    machine.add_to(building);
}
