//! What is known of things that exist: ids and addresses, by their place in the stack.

use std::{collections::BTreeMap, fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::values::Address;

/// An id at DigitalOcean: a number for droplets and keys, a text for the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Id {
    /// Of a droplet, a key, a record.
    Number(u64),
    /// Of a volume, a VPC, a firewall.
    Text(String),
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => out.pad(&number.to_string()),
            Self::Text(text) => out.pad(text),
        }
    }
}

/// Something that exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Its id.
    pub id: Id,
    /// Its public address, if it is a machine that has one.
    pub public_ip: Option<IpAddr>,
    /// Its address in the private network, if it is a machine.
    pub private_ip: Option<IpAddr>,
}

impl Found {
    /// Something that has no addresses.
    pub const fn id(id: Id) -> Self {
        Self { id, public_ip: None, private_ip: None }
    }
}

/// What exists, by address.
pub type Known = BTreeMap<Address, Found>;
