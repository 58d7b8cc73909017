//! Firewalls: `/v2/firewalls`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::request::Gone;
use crate::digitalocean::wire::{self, words};

/// A firewall.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Firewall {
    /// The firewall's id.
    pub id: String,
    /// Its name, unique in the account.
    pub name: String,
    /// Whether its droplets follow it already.
    pub status: FirewallStatus,
    /// What its droplets do not follow yet.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub pending_changes: Vec<PendingChange>,
    /// What may come in.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub inbound_rules: Vec<InboundRule>,
    /// What may go out; nothing, if there is no rule.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub outbound_rules: Vec<OutboundRule>,
    /// The droplets it is on by id.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub droplet_ids: Vec<u64>,
    /// The tags whose droplets it is on.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub tags: Vec<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

impl Firewall {
    /// Whether all its droplets follow it.
    pub fn is_settled(&self) -> bool {
        self.status == FirewallStatus::Succeeded && self.pending_changes.is_empty()
    }
}

words! {
    /// Whether a firewall's droplets follow it.
    FirewallStatus {
        /// Not all of them yet.
        Waiting = "waiting",
        /// All of them.
        Succeeded = "succeeded",
        /// Some will not.
        Failed = "failed",
    }
}

/// A droplet that does not follow its firewall yet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PendingChange {
    /// The droplet.
    #[serde(default)]
    pub droplet_id: u64,
    /// Whether it is being taken off the firewall.
    #[serde(default)]
    pub removing: bool,
    /// How far that is.
    #[serde(default)]
    pub status: String,
}

/// What may come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundRule {
    /// `tcp`, `udp` or `icmp`.
    pub protocol: String,
    /// `80`, `8000-9000`, or `0` for all of them; some answers leave it out for `icmp`.
    #[serde(
        default,
        deserialize_with = "wire::or_empty",
        skip_serializing_if = "String::is_empty"
    )]
    pub ports: String,
    /// From whom.
    pub sources: Peers,
}

/// What may go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundRule {
    /// `tcp`, `udp` or `icmp`.
    pub protocol: String,
    /// As for what comes in.
    #[serde(
        default,
        deserialize_with = "wire::or_empty",
        skip_serializing_if = "String::is_empty"
    )]
    pub ports: String,
    /// To whom.
    pub destinations: Peers,
}

/// The other ends of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peers {
    /// Addresses and ranges.
    #[serde(default, deserialize_with = "wire::or_empty", skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Droplets.
    #[serde(default, deserialize_with = "wire::or_empty", skip_serializing_if = "Vec::is_empty")]
    pub droplet_ids: Vec<u64>,
    /// Load balancers.
    #[serde(default, deserialize_with = "wire::or_empty", skip_serializing_if = "Vec::is_empty")]
    pub load_balancer_uids: Vec<String>,
    /// Kubernetes clusters.
    #[serde(default, deserialize_with = "wire::or_empty", skip_serializing_if = "Vec::is_empty")]
    pub kubernetes_ids: Vec<String>,
    /// Droplets with these tags.
    #[serde(default, deserialize_with = "wire::or_empty", skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// A firewall as it shall be, whole: what is left out of a replacement is reset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewFirewall {
    /// Its name.
    pub name: String,
    /// What may come in.
    pub inbound_rules: Vec<InboundRule>,
    /// What may go out.
    pub outbound_rules: Vec<OutboundRule>,
    /// The droplets it is on by id.
    pub droplet_ids: Vec<u64>,
    /// The tags whose droplets it is on; they must exist.
    pub tags: Vec<String>,
}

#[derive(Serialize)]
struct TagList<'a> {
    tags: &'a [String],
}

impl Thing for Firewall {
    const ONE: &'static str = "firewall";
    const MANY: &'static str = "firewalls";

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Client {
    /// All firewalls of the account.
    pub async fn firewalls(&self) -> Result<Vec<Firewall>, ApiError> {
        self.list(Request::get(&["firewalls"])).await
    }

    /// One firewall.
    pub async fn firewall(&self, id: &str) -> Result<Option<Firewall>, ApiError> {
        self.find(&Request::get(&["firewalls", id]), |wall: &Firewall| wall.id == id).await
    }

    /// Creates a firewall; it holds once it is settled.
    pub async fn create_firewall(&self, new: &NewFirewall) -> Result<Firewall, ApiError> {
        self.create(&Request::post(&["firewalls"], new)).await
    }

    /// Replaces a firewall as a whole.
    pub async fn replace_firewall(
        &self,
        id: &str,
        new: &NewFirewall,
    ) -> Result<Firewall, ApiError> {
        let request = Request::put(&["firewalls", id], new);
        self.fetch_one(&request, |wall: &Firewall| wall.id == id).await
    }

    /// Has a firewall cover these tags no more.
    pub async fn uncover_tags(&self, id: &str, tags: &[String]) -> Result<Gone, ApiError> {
        let request = Request::delete(&["firewalls", id, "tags"]);
        self.delete(&request.with_body(&TagList { tags })).await
    }

    /// Deletes a firewall.
    pub async fn delete_firewall(&self, id: &str) -> Result<Gone, ApiError> {
        self.delete(&Request::delete(&["firewalls", id])).await
    }
}
