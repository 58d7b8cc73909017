//! What a preview says of software without a connection: from tags alone.

use serde::Serialize;

use crate::{
    provision::machine::Machine,
    values::{Address, Mark, Tag},
};

/// A component whose software is not as wanted, as far as the account knows.
///
/// The values of secrets, and what somebody changed on the machine, are seen over a connection only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// The machine.
    pub address: Address,
    /// The component.
    pub component: String,
    /// How far it is.
    pub state: Standing,
}

/// How far a component's software is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It never served.
    Missing,
    /// It is in another state than the wanted one.
    Differs,
}

/// The components on machines that are there whose software is not as wanted.
pub fn pending(machines: &[Machine], mark: &Mark) -> Vec<Pending> {
    machines.iter().flat_map(|machine| of(machine, mark)).collect()
}

fn of(machine: &Machine, mark: &Mark) -> Vec<Pending> {
    let wanted = machine.wanted_tags(mark);
    let one = |(component, tag): (&String, &Tag)| {
        let mut there = machine.tags.iter().filter(|tag| mark.is_software_of(tag, component));
        let state = match (there.next(), there.next()) {
            (None, _) => Standing::Missing,
            (Some(only), None) if only == tag => return None,
            // Two are left by a run that was killed between putting one and taking the other.
            (Some(_), _) => Standing::Differs,
        };
        Some(Pending { address: machine.address.clone(), component: component.clone(), state })
    };
    wanted.iter().filter_map(one).collect()
}
