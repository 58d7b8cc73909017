//! Tags: `/v2/tags`.

use serde::{Deserialize, Serialize};

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::request::Gone;
use crate::digitalocean::wire;

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Tag {
    /// Its name in the spelling of its first use; compared without case.
    pub name: String,
    /// What carries it.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub resources: TagUse,
}

/// How much a tag is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct TagUse {
    /// How many things carry it.
    #[serde(default)]
    pub count: u64,
}

#[derive(Serialize)]
struct NewTag<'a> {
    name: &'a str,
}

/// A thing that carries a tag, or shall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tagged {
    /// The thing's id.
    pub resource_id: String,
    /// What kind of thing.
    pub resource_type: TaggedKind,
}

/// What can carry tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaggedKind {
    /// A droplet.
    Droplet,
    /// A volume.
    Volume,
    /// A snapshot of a volume.
    VolumeSnapshot,
}

#[derive(Serialize)]
struct TaggedList<'a> {
    resources: &'a [Tagged],
}

impl Thing for Tag {
    const ONE: &'static str = "tag";
    const MANY: &'static str = "tags";

    fn id(&self) -> String {
        self.name.clone()
    }
}

impl Client {
    /// All tags of the account.
    pub async fn tags(&self) -> Result<Vec<Tag>, ApiError> {
        self.list(Request::get(&["tags"])).await
    }

    /// Creates a tag, or returns the one there is.
    pub async fn create_tag(&self, name: &str) -> Result<Tag, ApiError> {
        self.create(&Request::post(&["tags"], &NewTag { name })).await
    }

    /// Deletes a tag, and takes it off everything that carries it.
    pub async fn delete_tag(&self, name: &str) -> Result<Gone, ApiError> {
        self.delete(&Request::delete(&["tags", name])).await
    }

    /// Puts a tag on things; the tag must exist.
    pub async fn tag(&self, name: &str, resources: &[Tagged]) -> Result<(), ApiError> {
        self.order(&Request::post(&["tags", name, "resources"], &TaggedList { resources })).await
    }

    /// Takes a tag off things; one that does not exist is on nothing.
    pub async fn untag(&self, name: &str, resources: &[Tagged]) -> Result<Gone, ApiError> {
        let request = Request::delete(&["tags", name, "resources"]);
        self.delete(&request.with_body(&TaggedList { resources })).await
    }
}
