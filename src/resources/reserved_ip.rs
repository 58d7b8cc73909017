//! Public addresses that outlive their machines.

use std::net::Ipv4Addr;

use serde::Serialize;

use crate::values::{Address, DropletName, Money, Region, Tag};

/// The price of a reserved IP a month while no droplet has it; it is free on one
/// (docs.digitalocean.com/products/networking/reserved-ips/details/pricing).
const UNASSIGNED: Money = Money::cents(500);

/// A reserved IP that is to be on a droplet.
///
/// It has no tags and no name at DigitalOcean. Its identity is its droplet, which carries a tag
/// that says that the address on it is the stack's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReservedIp {
    /// The droplet's name, for want of one of its own.
    pub name: DropletName,
    /// The droplet it is on.
    pub droplet: Address,
    /// The region it cannot leave.
    pub region: Region,
    /// The tag of the droplet that makes it the stack's.
    pub mark: Tag,
}

/// A reserved IP that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveReservedIp {
    /// The address.
    pub ip: Ipv4Addr,
    /// The region it cannot leave.
    pub region: Region,
    /// The droplet it is assigned to.
    pub droplet_id: Option<u64>,
    /// Whether an action holds it.
    pub locked: bool,
}

impl LiveReservedIp {
    /// What it costs a month.
    pub fn monthly(&self) -> Money {
        if self.droplet_id.is_some() { Money::ZERO } else { UNASSIGNED }
    }

    /// What it would cost a month without its droplet.
    pub const fn monthly_alone() -> Money {
        UNASSIGNED
    }
}
