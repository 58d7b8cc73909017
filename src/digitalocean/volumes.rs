//! Block storage: `/v2/volumes`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digitalocean::actions::Action;
use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::droplets::RegionName;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::request::Gone;
use crate::digitalocean::tags::{Tagged, TaggedKind};
use crate::digitalocean::wire;

/// A volume.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Volume {
    /// The volume's id.
    pub id: String,
    /// Its name, unique in its region.
    pub name: String,
    /// Its size in GiB; can grow, never shrink.
    pub size_gigabytes: u64,
    /// Where it is.
    pub region: RegionName,
    /// What it was described as when it was made.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub description: String,
    /// What it is attached to: nothing or one droplet.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub droplet_ids: Vec<u64>,
    /// Its tags.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub tags: Vec<String>,
    /// What it was formatted with when it was made; empty if it was not.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub filesystem_type: String,
    /// The label it was formatted with.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub filesystem_label: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

impl Volume {
    /// The volume, to be tagged.
    pub fn tagged(&self) -> Tagged {
        Tagged { resource_id: self.id.clone(), resource_type: TaggedKind::Volume }
    }
}

/// A volume to create.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewVolume {
    /// Its name.
    pub name: String,
    /// Where.
    pub region: String,
    /// Its size in GiB.
    pub size_gigabytes: u64,
    /// For people; cannot be changed later.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Tags it has from the start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The snapshot to fill it from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_id: Option<String>,
    /// What to format it with, which is done once, at creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filesystem_type: Option<String>,
    /// The label of that filesystem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filesystem_label: Option<String>,
}

/// Something to do to a volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum VolumeAction {
    /// Plugs it into a droplet of its region.
    Attach {
        /// The droplet.
        droplet_id: u64,
        /// The region of both.
        region: String,
    },
    /// Unplugs it; the droplet should have unmounted it.
    Detach {
        /// The droplet.
        droplet_id: u64,
        /// The region of both.
        region: String,
    },
    /// Makes it larger.
    Resize {
        /// The new size in GiB.
        size_gigabytes: u64,
        /// The volume's region.
        region: String,
    },
}

impl Thing for Volume {
    const ONE: &'static str = "volume";
    const MANY: &'static str = "volumes";

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Client {
    /// The volumes of the account.
    pub async fn all_volumes(&self) -> Result<Vec<Volume>, ApiError> {
        self.list(Request::get(&["volumes"])).await
    }

    /// The volumes of a region.
    pub async fn volumes(&self, region: &str) -> Result<Vec<Volume>, ApiError> {
        self.list(Request::get(&["volumes"]).with_query("region", region)).await
    }

    /// One volume.
    pub async fn volume(&self, id: &str) -> Result<Option<Volume>, ApiError> {
        self.find(&Request::get(&["volumes", id]), |volume: &Volume| volume.id == id).await
    }

    /// Creates a volume, which can be used at once.
    pub async fn create_volume(&self, new: &NewVolume) -> Result<Volume, ApiError> {
        self.create(&Request::post(&["volumes"], new)).await
    }

    /// Deletes a volume and what is on it; refused while it is attached.
    pub async fn delete_volume(&self, id: &str) -> Result<Gone, ApiError> {
        self.delete(&Request::delete(&["volumes", id])).await
    }

    /// Starts something on a volume.
    pub async fn act_on_volume(&self, id: &str, what: &VolumeAction) -> Result<Action, ApiError> {
        self.create(&Request::post(&["volumes", id, "actions"], what)).await
    }
}
