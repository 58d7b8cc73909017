//! Alert policies: `/v2/monitoring/alerts`.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::request::Gone;
use crate::digitalocean::wire;
use crate::values::short_digest;

/// An alert policy. The address of a Slack hook is a secret: no more than a digest of it is kept.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct AlertPolicy {
    /// Its id.
    pub uuid: String,
    /// What it watches: `v1/insights/droplet/cpu`.
    #[serde(rename = "type")]
    pub metric: String,
    /// For people, and for marks.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub description: String,
    /// `GreaterThan` or `LessThan`.
    pub compare: String,
    /// The bound.
    pub value: f64,
    /// For how long: `5m`.
    pub window: String,
    /// The droplets it watches by id.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub entities: Vec<String>,
    /// The tags whose droplets it watches.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub tags: Vec<String>,
    /// Whom it tells.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub alerts: Told,
    /// Whether it watches at all.
    #[serde(default)]
    pub enabled: bool,
}

/// Whom a policy tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Told {
    /// Addresses of people.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub email: Vec<String>,
    /// Channels.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub slack: Vec<Channel>,
}

/// A Slack channel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Channel {
    /// Its name.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub channel: String,
    /// The digest of the address of the hook that leads to it, where that is told.
    #[serde(rename = "url", default, deserialize_with = "digested")]
    pub hook: Option<String>,
}

/// The digest of a text that is to be known nowhere else.
fn digested<'de, D: Deserializer<'de>>(url: D) -> Result<Option<String>, D::Error> {
    let url: Option<SecretString> = Option::deserialize(url)?;
    Ok(url.map(|url| short_digest(url.expose_secret())))
}

/// An alert policy as it shall be, whole.
#[derive(Debug, Clone, Serialize)]
pub struct NewAlertPolicy {
    /// What it watches.
    #[serde(rename = "type")]
    pub metric: String,
    /// For people, and for marks.
    pub description: String,
    /// `GreaterThan` or `LessThan`.
    pub compare: &'static str,
    /// The bound.
    pub value: f64,
    /// For how long.
    pub window: String,
    /// The droplets it watches by id; with none and no tags, all of the account's.
    pub entities: Vec<String>,
    /// The tags whose droplets it watches.
    pub tags: Vec<String>,
    /// Whom it tells.
    pub alerts: NewTold,
    /// Whether it watches at all.
    pub enabled: bool,
}

/// Whom a policy shall tell; both lists have to be there.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewTold {
    /// Addresses of people, which DigitalOcean has verified.
    pub email: Vec<String>,
    /// Channels.
    pub slack: Vec<Hook>,
}

/// A Slack channel and the hook that leads to it.
#[derive(Debug, Clone, Serialize)]
pub struct Hook {
    /// The channel's name.
    pub channel: String,
    /// The hook's address: whoever knows it can write to the channel.
    #[serde(serialize_with = "exposed")]
    pub url: SecretString,
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

impl Thing for AlertPolicy {
    const ONE: &'static str = "policy";
    const MANY: &'static str = "policies";

    fn id(&self) -> String {
        self.uuid.clone()
    }
}

impl Client {
    /// All alert policies of the account.
    pub async fn alert_policies(&self) -> Result<Vec<AlertPolicy>, ApiError> {
        self.list(Request::get(&["monitoring", "alerts"])).await
    }

    /// Creates an alert policy.
    pub async fn create_alert_policy(&self, new: &NewAlertPolicy) -> Result<AlertPolicy, ApiError> {
        let request = Request::post_once(&["monitoring", "alerts"], new);
        self.create(&request).await.map_err(ApiError::without_links)
    }

    /// Replaces an alert policy as a whole.
    pub async fn replace_alert_policy(
        &self,
        uuid: &str,
        new: &NewAlertPolicy,
    ) -> Result<AlertPolicy, ApiError> {
        let request = Request::put(&["monitoring", "alerts", uuid], new);
        let replaced = self.fetch_one(&request, |policy: &AlertPolicy| policy.uuid == uuid).await;
        replaced.map_err(ApiError::without_links)
    }

    /// Deletes an alert policy.
    pub async fn delete_alert_policy(&self, uuid: &str) -> Result<Gone, ApiError> {
        self.delete(&Request::delete(&["monitoring", "alerts", uuid])).await
    }
}
