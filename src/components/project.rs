//! The project, and everything of the stack's that can be in one.

use std::collections::BTreeSet;

use crate::{
    components::shared::Building,
    config::Stack,
    resources::{Member, Membership, Project, Resource},
    values::{Address, Part},
};

/// Adds the stack's project, and the step that fills it with what was added before.
pub fn expand(building: &mut Building, stack: &Stack) {
    let Some(spec) = &stack.project else { return };
    let address = Address::stack(Part::Project);
    let project = Project {
        name: spec.name.clone(),
        purpose: spec.purpose.clone(),
        environment: spec.environment,
        mark: building.mark.text(),
    };
    let mut needs = BTreeSet::from([address.clone()]);
    let mut members = BTreeSet::new();
    for (place, node) in building.added().iter() {
        if let Some(member) = member(place, &node.value) {
            members.insert(member);
            needs.insert(place.clone());
        }
    }
    let membership = Membership { name: spec.name.clone(), project: address.clone(), members };
    building.add(address, Resource::Project(project), []);
    building.add(Address::stack(Part::Members), Resource::Membership(membership), needs);
}

/// What something is in a project, if it can be in one.
fn member(place: &Address, resource: &Resource) -> Option<Member> {
    match resource {
        Resource::Droplet(_) => Some(Member::Droplet(place.clone())),
        Resource::Volume(_) => Some(Member::Volume(place.clone())),
        Resource::ReservedIp(_) => Some(Member::ReservedIp(place.clone())),
        Resource::Domain(domain) => Some(Member::Domain(domain.name.clone())),
        Resource::Tag(_)
        | Resource::Vpc(_)
        | Resource::SshKey(_)
        | Resource::Attachment(_)
        | Resource::Firewall(_)
        | Resource::Record(_)
        | Resource::Project(_)
        | Resource::Membership(_)
        | Resource::Alert(_) => None,
    }
}
