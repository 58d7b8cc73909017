//! Private networks: `/v2/vpcs`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::request::Gone;
use crate::digitalocean::wire;

/// A private network.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Vpc {
    /// The network's id.
    pub id: String,
    /// Its name, unique in the account.
    pub name: String,
    /// Where it is.
    pub region: String,
    /// Its addresses: `10.120.0.0/16`.
    pub ip_range: String,
    /// For people, and for marks.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub description: String,
    /// Whether it is its region's default, which cannot be deleted. The first network of a region
    /// is.
    #[serde(default)]
    pub default: bool,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// Something that is in a private network: a droplet, a load balancer, a database.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct VpcMember {
    /// What it is: `do:droplet:12345`.
    pub urn: String,
    /// Its name.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub name: String,
}

/// A private network to create.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewVpc {
    /// Its name.
    pub name: String,
    /// Where.
    pub region: String,
    /// Its addresses, which must not overlap another's; a /20 of DigitalOcean's choice if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_range: Option<String>,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// What of a private network can be changed, whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VpcUpdate {
    /// Its name.
    pub name: String,
    /// At most 255 characters.
    pub description: String,
}

impl Thing for Vpc {
    const ONE: &'static str = "vpc";
    const MANY: &'static str = "vpcs";

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Thing for VpcMember {
    const ONE: &'static str = "member";
    const MANY: &'static str = "members";

    fn id(&self) -> String {
        self.urn.clone()
    }
}

impl Client {
    /// All private networks of the account.
    pub async fn vpcs(&self) -> Result<Vec<Vpc>, ApiError> {
        self.list(Request::get(&["vpcs"])).await
    }

    /// What is in a private network.
    pub async fn vpc_members(&self, id: &str) -> Result<Vec<VpcMember>, ApiError> {
        self.list(Request::get(&["vpcs", id, "members"])).await
    }

    /// Creates a private network.
    pub async fn create_vpc(&self, new: &NewVpc) -> Result<Vpc, ApiError> {
        self.create(&Request::post(&["vpcs"], new)).await
    }

    /// Renames or describes a private network.
    pub async fn update_vpc(&self, id: &str, update: &VpcUpdate) -> Result<Vpc, ApiError> {
        let request = Request::put(&["vpcs", id], update);
        self.fetch_one(&request, |vpc: &Vpc| vpc.id == id).await
    }

    /// Deletes a private network; refused while anything is in it (`ApiError::is_conflict`).
    pub async fn delete_vpc(&self, id: &str) -> Result<Gone, ApiError> {
        self.delete(&Request::delete(&["vpcs", id])).await
    }
}
