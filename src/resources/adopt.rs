//! Things that exist already and are to be taken in.

use serde::Serialize;

use crate::resources::LiveDroplet;

/// Something that exists already and is to be taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Adopt {
    /// Its name or id at DigitalOcean.
    pub target: String,
    /// Whether one is created where there is none.
    pub else_create: bool,
}

impl Adopt {
    /// Whether it means the thing of this name and id.
    pub fn means(&self, name: &str, id: &str) -> bool {
        self.target == name || self.target == id
    }

    /// Whether it means a droplet.
    pub fn means_droplet(&self, live: &LiveDroplet) -> bool {
        self.means(&live.name, &live.id.to_string())
    }
}
