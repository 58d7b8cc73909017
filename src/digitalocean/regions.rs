//! Where things can be: `/v2/regions`.

use serde::Deserialize;

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::wire;

/// A region.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Region {
    /// The region's name on the wire: `sfo2`.
    pub slug: String,
    /// For people: `San Francisco 2`.
    pub name: String,
    /// Whether anything can be created there.
    #[serde(default)]
    pub available: bool,
    /// What it has; `storage` is needed for volumes.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub features: Vec<String>,
    /// The sizes that can be had there.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub sizes: Vec<String>,
}

impl Thing for Region {
    const ONE: &'static str = "region";
    const MANY: &'static str = "regions";

    fn id(&self) -> String {
        self.slug.clone()
    }
}

impl Client {
    /// All regions.
    pub async fn regions(&self) -> Result<Vec<Region>, ApiError> {
        self.list(Request::get(&["regions"])).await
    }
}
