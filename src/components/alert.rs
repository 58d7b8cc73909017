//! The alert policies of a component's machines.

use crate::{
    components::{firewall::target, shared::Building},
    config::AlertSpec,
    resources::{Alert, Resource},
    values::{Address, ComponentName, Part},
};

/// Adds the policies, which watch by tag, so that a new machine is watched at once.
///
/// A component that is switched off has none. They come after the machines, whose tags prove afterwards that there are policies to look for.
pub fn expand(building: &mut Building, name: &ComponentName, specs: &[AlertSpec]) {
    let main = Address::component(name.clone());
    let (tag, tag_address) = target(building.stack, name);
    let machines = building.added().iter().filter(|(address, node)| {
        address.component_name() == Some(name) && node.value.as_droplet().is_some()
    });
    let machines: Vec<Address> = machines.map(|(address, _)| address.clone()).collect();
    if machines.is_empty() {
        return;
    }
    let needs: Vec<Address> = machines.into_iter().chain([tag_address]).collect();
    for spec in specs {
        let address = main.part(Part::Alert(spec.name.clone()));
        let mark = building.mark.address_text(&address);
        let alert = Alert {
            description: format!("{}-{name}: {} {mark}", building.stack.name, spec.name),
            rule: spec.rule,
            tag: tag.clone(),
            email: spec.email.clone(),
            slack: spec.slack.clone(),
        };
        building.add(address, Resource::Alert(alert), needs.clone());
    }
}
