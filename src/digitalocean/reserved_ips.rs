//! Reserved IPs: `/v2/reserved_ips`.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::digitalocean::actions::Action;
use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::droplets::{ActionLink, RegionName};
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::request::Gone;
use crate::digitalocean::wire;

/// A public address that belongs to the account and can move between droplets of its region.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReservedIp {
    /// The address, which is its id too.
    pub ip: Ipv4Addr,
    /// The region it cannot leave.
    pub region: RegionName,
    /// The droplet it is assigned to.
    pub droplet: Option<Holder>,
    /// Whether an action holds it.
    #[serde(default)]
    pub locked: bool,
}

/// The droplet a reserved IP is assigned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Holder {
    /// The droplet's id.
    pub id: u64,
}

impl ReservedIp {
    /// The id of the droplet it is assigned to.
    pub fn droplet_id(&self) -> Option<u64> {
        self.droplet.map(|holder| holder.id)
    }
}

/// A reserved IP that was accepted, and the action that assigns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedReservedIp {
    /// The address.
    pub reserved_ip: ReservedIp,
    /// The action to wait for.
    pub action: Option<u64>,
}

#[derive(Deserialize)]
struct AcceptedWire {
    reserved_ip: ReservedIp,
    #[serde(default, deserialize_with = "wire::or_empty")]
    links: AcceptedLinks,
}

#[derive(Default, Deserialize)]
struct AcceptedLinks {
    #[serde(default, deserialize_with = "wire::or_empty")]
    actions: Vec<ActionLink>,
}

#[derive(Serialize)]
struct NewReservedIp {
    droplet_id: u64,
}

/// Something to do to a reserved IP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReservedIpAction {
    /// Moves it to a droplet, from wherever it is.
    Assign {
        /// The droplet.
        droplet_id: u64,
    },
    /// Takes it off its droplet; it is billed from then on.
    Unassign,
}

impl Thing for ReservedIp {
    const ONE: &'static str = "reserved_ip";
    const MANY: &'static str = "reserved_ips";

    fn id(&self) -> String {
        self.ip.to_string()
    }
}

impl Client {
    /// All reserved IPs of the account.
    pub async fn reserved_ips(&self) -> Result<Vec<ReservedIp>, ApiError> {
        self.list(Request::get(&["reserved_ips"])).await
    }

    /// One reserved IP.
    pub async fn reserved_ip(&self, ip: Ipv4Addr) -> Result<Option<ReservedIp>, ApiError> {
        let request = Request::get(&["reserved_ips", &ip.to_string()]);
        self.find(&request, |found: &ReservedIp| found.ip == ip).await
    }

    /// Asks for an address that is assigned to a droplet from its first moment.
    pub async fn create_reserved_ip(
        &self,
        droplet_id: u64,
    ) -> Result<AcceptedReservedIp, ApiError> {
        let new = NewReservedIp { droplet_id };
        let AcceptedWire { reserved_ip, links } =
            self.fetch(&Request::post_once(&["reserved_ips"], &new)).await?;
        let action = links.actions.first().map(|link| link.id);
        Ok(AcceptedReservedIp { reserved_ip, action })
    }

    /// Starts something on a reserved IP.
    pub async fn act_on_reserved_ip(
        &self,
        ip: Ipv4Addr,
        what: &ReservedIpAction,
    ) -> Result<Action, ApiError> {
        self.create(&Request::post(&["reserved_ips", &ip.to_string(), "actions"], what)).await
    }

    /// Gives a reserved IP back, for good.
    pub async fn delete_reserved_ip(&self, ip: Ipv4Addr) -> Result<Gone, ApiError> {
        self.delete(&Request::delete(&["reserved_ips", &ip.to_string()])).await
    }
}
