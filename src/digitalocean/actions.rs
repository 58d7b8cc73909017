//! What takes DigitalOcean time: `/v2/actions`.

use jiff::Timestamp;
use serde::Deserialize;

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::wire::words;

/// Something DigitalOcean is doing, or has done.
///
/// It has no words for a failure, and `Completed` alone proves nothing: look at the thing itself
/// too.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Action {
    /// The action's id.
    pub id: u64,
    /// How far it is.
    pub status: ActionStatus,
    /// What it does: `create`, `resize`, `attach_volume`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended, well or not.
    pub completed_at: Option<Timestamp>,
    /// What it is done to; null for volumes.
    pub resource_id: Option<u64>,
    /// The kind of what it is done to.
    #[serde(default)]
    pub resource_type: String,
    /// Where.
    pub region_slug: Option<String>,
}

words! {
    /// How far an action is.
    ActionStatus {
        /// It runs.
        InProgress = "in-progress",
        /// It is done.
        Completed = "completed",
        /// It failed.
        Errored = "errored",
    }
}

impl Thing for Action {
    const ONE: &'static str = "action";
    const MANY: &'static str = "actions";

    fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Client {
    /// What was ever done to a droplet, and what is being done to it.
    pub async fn droplet_actions(&self, droplet: u64) -> Result<Vec<Action>, ApiError> {
        self.list(Request::get(&["droplets", &droplet.to_string(), "actions"])).await
    }

    /// One action; it may be missing for a moment after it was started.
    pub async fn action(&self, id: u64) -> Result<Option<Action>, ApiError> {
        let request = Request::get(&["actions", &id.to_string()]);
        self.find(&request, |action: &Action| action.id == id).await
    }
}
