//! What somebody outside, who puts machines behind droplets, and the sandbox tell each other.
//!
//! The sandbox is told which addresses droplets of a name are given, and tells with which user data
//! each was made. The API shows user data to nobody but the machine itself; it is not in the state
//! file, so a sandbox that was started anew knows that of new droplets only.

use std::{collections::BTreeMap, net::Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::sandbox::{answer::Refusal, vpcs::Vpc};

/// What is known of machines outside.
#[derive(Debug, Default)]
pub struct Machines {
    /// The addresses for droplets, by the droplets' names.
    pub addresses: BTreeMap<String, Assigned>,
    /// What droplets were made with, by their numbers.
    pub user_data: BTreeMap<u64, String>,
}

/// The addresses that a droplet of some name is given.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assigned {
    /// The public one; the next of the pool if it is left out.
    pub public: Option<Ipv4Addr>,
    /// The one in its private network; the lowest free one if it is left out or in use.
    pub private: Option<Ipv4Addr>,
}

impl Machines {
    /// Refuses a droplet whose private address would lie outside of its network.
    pub fn check(&self, vpc: &Vpc, names: &[String]) -> Result<(), Refusal> {
        for name in names {
            let private = self.addresses.get(name).and_then(|assigned| assigned.private);
            if let Some(private) = private.filter(|private| !vpc.ip_range.contains(private)) {
                let message = format!("{private}, meant for {name}, is not in {}", vpc.ip_range);
                return Err(Refusal::unprocessable(message));
            }
        }
        Ok(())
    }

    /// The addresses for a droplet of a name.
    pub fn of(&self, name: &str) -> Assigned {
        let none = Assigned { public: None, private: None };
        self.addresses.get(name).copied().unwrap_or(none)
    }
}
