//! Backups of droplets: `/v2/droplets/backups`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::request::if_found;
use crate::digitalocean::wire;

/// How many droplets a page of policies can hold.
const PER_PAGE: usize = 200;

/// When a droplet is backed up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupPolicy {
    /// `daily`, `weekly`, or a plan that is not known here.
    #[serde(default)]
    pub plan: String,
    /// `SUN` to `SAT`, for weekly ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekday: Option<String>,
    /// When the window of four hours begins, in UTC.
    #[serde(default)]
    pub hour: u8,
}

/// Whether and when a droplet is backed up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DropletBackups {
    /// The droplet's id.
    pub droplet_id: u64,
    /// Whether it is backed up.
    #[serde(default)]
    pub backup_enabled: bool,
    /// When.
    pub backup_policy: Option<BackupPolicy>,
}

#[derive(Deserialize)]
struct OnePolicy {
    policy: DropletBackups,
}

/// A page: by the droplet's id, and so unlike every other list.
#[derive(Deserialize)]
struct PolicyPage {
    #[serde(default, deserialize_with = "wire::or_empty")]
    policies: BTreeMap<String, DropletBackups>,
    #[serde(default, deserialize_with = "wire::or_empty")]
    links: PageLinks,
}

#[derive(Default, Deserialize)]
struct PageLinks {
    #[serde(default, deserialize_with = "wire::or_empty")]
    pages: NextPage,
}

#[derive(Default, Deserialize)]
struct NextPage {
    next: Option<String>,
}

impl Client {
    /// The backups of every droplet that has any.
    ///
    /// A droplet that is missing is one whose policy is not known; nothing is made because of that.
    pub async fn backup_policies(&self) -> Result<Vec<DropletBackups>, ApiError> {
        let request = Request::get(&["droplets", "backups", "policies"]);
        let request = request.with_query("per_page", &PER_PAGE.to_string());
        let mut all = Vec::new();
        for number in 1_usize.. {
            let request = request.clone().with_query("page", &number.to_string());
            let page: PolicyPage = self.fetch(&request).await?;
            let ends = page.policies.is_empty() || page.links.pages.next.is_none();
            all.extend(page.policies.into_values());
            if ends {
                break;
            }
        }
        Ok(all)
    }

    /// The backups of one droplet.
    pub async fn backup_policy(&self, droplet: u64) -> Result<Option<DropletBackups>, ApiError> {
        let request = Request::get(&["droplets", &droplet.to_string(), "backups", "policy"]);
        let read: Option<OnePolicy> = if_found(self.fetch(&request).await)?;
        Ok(read.map(|read| read.policy))
    }
}
