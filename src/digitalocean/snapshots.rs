//! Snapshots of volumes and droplets: `/v2/snapshots`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::request::Gone;
use crate::digitalocean::wire::{self, words};

/// A snapshot.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Snapshot {
    /// The snapshot's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The volume or droplet it was taken of.
    pub resource_id: String,
    /// What it was taken of.
    pub resource_type: SnapshotSource,
    /// When it was taken.
    pub created_at: Timestamp,
    /// The regions it can be used in.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub regions: Vec<String>,
    /// The size in GiB a volume made from it needs at least.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub min_disk_size: u64,
    /// What it takes and costs, in GiB.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub size_gigabytes: f64,
    /// Its tags.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub tags: Vec<String>,
}

words! {
    /// What a snapshot was taken of.
    SnapshotSource {
        /// A volume.
        Volume = "volume",
        /// A droplet.
        Droplet = "droplet",
    }
}

/// A snapshot to take of a volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewSnapshot {
    /// Its name, unique among the volume's snapshots.
    pub name: String,
    /// Tags it has from the start.
    pub tags: Vec<String>,
}

impl Thing for Snapshot {
    const ONE: &'static str = "snapshot";
    const MANY: &'static str = "snapshots";

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Client {
    /// The snapshots of one volume.
    pub async fn snapshots_of(&self, volume: &str) -> Result<Vec<Snapshot>, ApiError> {
        self.list(Request::get(&["volumes", volume, "snapshots"])).await
    }

    /// Takes a snapshot of a volume, which is there at once.
    pub async fn snapshot_volume(
        &self,
        volume: &str,
        new: &NewSnapshot,
    ) -> Result<Snapshot, ApiError> {
        self.create(&Request::post_once(&["volumes", volume, "snapshots"], new)).await
    }

    /// Deletes a snapshot of a volume, which takes a narrower scope than any snapshot's
    /// deletion: `block_storage_snapshot:delete`.
    pub async fn delete_volume_snapshot(&self, id: &str) -> Result<Gone, ApiError> {
        self.delete(&Request::delete(&["volumes", "snapshots", id])).await
    }

    /// All snapshots of the account.
    pub async fn snapshots(&self) -> Result<Vec<Snapshot>, ApiError> {
        self.list(Request::get(&["snapshots"])).await
    }

    /// Deletes a snapshot and what is in it.
    pub async fn delete_snapshot(&self, id: &str) -> Result<Gone, ApiError> {
        self.delete(&Request::delete(&["snapshots", id])).await
    }
}
