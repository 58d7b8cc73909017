//! What droplets are made from: `/v2/images`.

use serde::Deserialize;

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::wire;

/// An image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Image {
    /// The image's id, which never points to anything else.
    #[serde(default)]
    pub id: u64,
    /// Its name on the wire, which moves on to newer images; only public ones have it.
    pub slug: Option<String>,
    /// For people: `22.04 (LTS) x64`.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub name: String,
    /// `Ubuntu`.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub distribution: String,
    /// Where it can be used.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub regions: Vec<String>,
    /// The disk in GiB a droplet made from it needs at least.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub min_disk_size: u64,
    /// Its tags.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub tags: Vec<String>,
}

impl Thing for Image {
    const ONE: &'static str = "image";
    const MANY: &'static str = "images";

    fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Client {
    /// The public image a slug points to now.
    pub async fn image(&self, slug: &str) -> Result<Option<Image>, ApiError> {
        let request = Request::get(&["images", slug]);
        self.find(&request, |image: &Image| image.slug.as_deref() == Some(slug)).await
    }
}
