//! Rules shared by every machine of the stack.

use std::collections::BTreeSet;

use crate::{
    components::{
        firewall::{add_inbound, add_tags_spoken_of, outbound_rules, target},
        shared::{Building, adopt},
    },
    config::NetworkFirewall,
    resources::{Firewall, Resource, Rules},
    values::{Address, ComponentName, FirewallName},
};

/// Adds the component to the stack.
pub fn expand(building: &mut Building, name: &ComponentName, network: &NetworkFirewall) {
    let address = Address::component(name.clone());
    let (tag, tag_address) = target(building.stack, name);
    building.target_tag(&tag_address, tag.clone());
    let made = format!("{}-{name}", building.stack.name);
    let own_name = network.name.clone().map_or_else(|| FirewallName::parse(&made), Ok);
    let Some(own_name) = building.name(&address, own_name) else { return };
    let mut inbound = Rules::default();
    add_inbound(&mut inbound, building.stack, &network.inbound);
    let outbound = outbound_rules(building.stack, network.outbound.as_deref());
    let mut needs = add_tags_spoken_of(building, &inbound);
    needs.extend(add_tags_spoken_of(building, &outbound));
    needs.insert(tag_address);
    let firewall = Firewall {
        name: own_name,
        tags: [tag].into(),
        inbound,
        outbound,
        droplet_ids: BTreeSet::new(),
        adopt: network.adopt.as_ref().map(adopt),
    };
    building.add(address, Resource::Firewall(firewall), needs);
}
