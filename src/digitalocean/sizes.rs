//! Sizes of droplets and their prices: `/v2/sizes`.

use serde::{Deserialize, Serialize};

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::wire;

/// A size droplets can have. Written too, since prices are kept on disk for a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Size {
    /// The size's name on the wire: `s-4vcpu-8gb`.
    pub slug: String,
    /// Memory in MiB.
    pub memory: u64,
    /// Virtual processors.
    pub vcpus: u32,
    /// Disk in GiB.
    pub disk: u64,
    /// Traffic that costs nothing extra, in TiB a month.
    #[serde(default)]
    pub transfer: f64,
    /// Dollars a month.
    pub price_monthly: f64,
    /// Dollars an hour.
    pub price_hourly: f64,
    /// Where it can be had.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub regions: Vec<String>,
    /// Whether it can be had at all.
    #[serde(default)]
    pub available: bool,
    /// For people: `Basic`, `General Purpose`.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub description: String,
}

impl Thing for Size {
    const ONE: &'static str = "size";
    const MANY: &'static str = "sizes";

    fn id(&self) -> String {
        self.slug.clone()
    }
}

impl Client {
    /// All sizes.
    pub async fn sizes(&self) -> Result<Vec<Size>, ApiError> {
        self.list(Request::get(&["sizes"])).await
    }
}
