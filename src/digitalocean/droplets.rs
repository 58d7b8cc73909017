//! Droplets and what can be done to them: `/v2/droplets`.

use std::fmt;
use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digitalocean::actions::Action;
use crate::digitalocean::backups::BackupPolicy;
use crate::digitalocean::call::Request;
use crate::digitalocean::client::Client;
use crate::digitalocean::envelope::Thing;
use crate::digitalocean::error::ApiError;
use crate::digitalocean::images::Image;
use crate::digitalocean::request::Gone;
use crate::digitalocean::wire::{self, words};

/// A virtual machine.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Droplet {
    /// The droplet's id.
    pub id: u64,
    /// Its name; not unique.
    pub name: String,
    /// Whether it runs.
    pub status: DropletStatus,
    /// Whether an action holds it; look at this before the status.
    #[serde(default)]
    pub locked: bool,
    /// The size it has: `s-1vcpu-1gb`.
    pub size_slug: String,
    /// What that size costs, also where no new droplet can have it any more.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub size: SizePrice,
    /// Memory in MiB.
    #[serde(default)]
    pub memory: u64,
    /// Virtual processors.
    #[serde(default)]
    pub vcpus: u32,
    /// Disk in GiB; what it has, which after a resize can be less than its size would give.
    #[serde(default)]
    pub disk: u64,
    /// Where it is.
    pub region: RegionName,
    /// What it was made from; its slug may point to a newer image by now.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub image: Image,
    /// Its addresses; empty until some time after it became active.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub networks: Networks,
    /// The volumes attached to it.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub volume_ids: Vec<String>,
    /// Its tags, in the spelling of their first use.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub tags: Vec<String>,
    /// What is switched on: `monitoring`, `ipv6`, `backups`.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub features: Vec<String>,
    /// The VPC it is in.
    pub vpc_uuid: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
}

impl Droplet {
    /// Its public address, once it has one.
    pub fn public_ipv4(&self) -> Option<Ipv4Addr> {
        self.ipv4(&NetworkSide::Public)
    }

    /// Its address in the VPC, once it has one.
    pub fn private_ipv4(&self) -> Option<Ipv4Addr> {
        self.ipv4(&NetworkSide::Private)
    }

    fn ipv4(&self, side: &NetworkSide) -> Option<Ipv4Addr> {
        let mut networks = self.networks.v4.iter();
        networks.find(|network| network.side == *side).and_then(|n| n.ip_address.parse().ok())
    }
}

words! {
    /// Whether a droplet runs.
    DropletStatus {
        /// It is being made.
        New = "new",
        /// It runs.
        Active = "active",
        /// It is switched off, and still paid for.
        Off = "off",
        /// It is archived.
        Archive = "archive",
    }
}

/// The price of a size, as a droplet tells it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub struct SizePrice {
    /// Dollars a month.
    #[serde(default)]
    pub price_monthly: f64,
}

/// A region as things in it name it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RegionName {
    /// The region's name on the wire: `sfo2`.
    pub slug: String,
}

/// The addresses of a droplet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Networks {
    /// IPv4, the public and the private one.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub v4: Vec<Network>,
    /// IPv6, if it is switched on.
    #[serde(default, deserialize_with = "wire::or_empty")]
    pub v6: Vec<Network>,
}

/// One address of a droplet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Network {
    /// The address.
    pub ip_address: String,
    /// The side it is on.
    #[serde(rename = "type")]
    pub side: NetworkSide,
}

words! {
    /// The side of a droplet's network an address is on.
    NetworkSide {
        /// The internet.
        Public = "public",
        /// The VPC.
        Private = "private",
    }
}

/// A droplet to create.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewDroplet {
    /// Its name.
    pub name: String,
    /// Where.
    pub region: String,
    /// The size's slug.
    pub size: String,
    /// What to make it from.
    pub image: ImageName,
    /// Fingerprints of registered keys. None at all makes DigitalOcean mail a password.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ssh_keys: Vec<String>,
    /// The VPC, which cannot be changed later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_uuid: Option<String>,
    /// Tags it has from the start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What cloud-init gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_data: Option<UserData>,
    /// Ids of volumes to attach; they must be attached to nothing else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<String>,
    /// The metrics agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitoring: Option<bool>,
    /// An IPv6 address; cannot be switched off later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<bool>,
    /// Automatic backups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backups: Option<bool>,
    /// When they are taken; DigitalOcean's own choice unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_policy: Option<BackupPolicy>,
    /// The agent of the web console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with_droplet_agent: Option<bool>,
}

/// An image, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ImageName {
    /// A public image: `ubuntu-22-04-x64`.
    Slug(String),
    /// Any image.
    Id(u64),
}

impl Default for ImageName {
    fn default() -> Self {
        Self::Slug(String::new())
    }
}

/// What cloud-init gets; shown by its length only.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct UserData(pub String);

impl fmt::Debug for UserData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserData({} bytes)", self.0.len())
    }
}

/// A droplet that was accepted, and the action that makes it.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceptedDroplet {
    /// The droplet, still without addresses.
    pub droplet: Droplet,
    /// The action to wait for.
    pub action: Option<u64>,
}

#[derive(Deserialize)]
struct AcceptedWire {
    droplet: Droplet,
    #[serde(default, deserialize_with = "wire::or_empty")]
    links: AcceptedLinks,
}

#[derive(Default, Deserialize)]
struct AcceptedLinks {
    #[serde(default, deserialize_with = "wire::or_empty")]
    actions: Vec<ActionLink>,
}

/// The id of an action, as an answer that was accepted names it.
#[derive(Deserialize)]
pub(in crate::digitalocean) struct ActionLink {
    /// The action's id.
    pub id: u64,
    /// What it does.
    pub rel: String,
}

/// Something to do to a droplet; one at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DropletAction {
    /// Switches it on.
    PowerOn,
    /// Pulls the plug.
    PowerOff,
    /// Asks its system to stop, which may take no notice.
    Shutdown,
    /// Gives a switched-off droplet another size.
    Resize {
        /// The new size.
        size: String,
        /// Whether the disk grows too, which can never be undone.
        disk: bool,
    },
    /// Begins to back it up.
    EnableBackups {
        /// When; DigitalOcean's own choice unless given.
        #[serde(skip_serializing_if = "Option::is_none")]
        backup_policy: Option<BackupPolicy>,
    },
    /// Backs it up at other times.
    ChangeBackupPolicy {
        /// When.
        backup_policy: BackupPolicy,
    },
    /// Ends its backups.
    DisableBackups,
    /// Renames it.
    Rename {
        /// The new name.
        name: String,
    },
}

impl DropletAction {
    /// What is being done to a droplet, as in `cannot shut down droplet 12`.
    pub const fn doing(&self) -> &'static str {
        match self {
            Self::PowerOn => "switch on",
            Self::PowerOff => "switch off",
            Self::Shutdown => "shut down",
            Self::Resize { .. } => "resize",
            Self::Rename { .. } => "rename",
            Self::EnableBackups { .. } | Self::ChangeBackupPolicy { .. } => "set the backups of",
            Self::DisableBackups => "end the backups of",
        }
    }
}

impl Thing for Droplet {
    const ONE: &'static str = "droplet";
    const MANY: &'static str = "droplets";

    fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Client {
    /// All droplets of the account but those with GPUs, which DigitalOcean lists apart.
    pub async fn droplets(&self) -> Result<Vec<Droplet>, ApiError> {
        self.list(Request::get(&["droplets"])).await
    }

    /// The droplets with GPUs, which are in no other list.
    pub async fn gpu_droplets(&self) -> Result<Vec<Droplet>, ApiError> {
        self.list(Request::get(&["droplets"]).with_query("type", "gpus")).await
    }

    /// The droplets with a tag. A fresh tag may lag behind its droplet.
    pub async fn droplets_tagged(&self, tag: &str) -> Result<Vec<Droplet>, ApiError> {
        self.list(Request::get(&["droplets"]).with_query("tag_name", tag)).await
    }

    /// One droplet.
    pub async fn droplet(&self, id: u64) -> Result<Option<Droplet>, ApiError> {
        let request = Request::get(&["droplets", &id.to_string()]);
        self.find(&request, |droplet: &Droplet| droplet.id == id).await
    }

    /// Asks for a droplet; it is there when the action is completed, and usable some time later.
    pub async fn create_droplet(&self, new: &NewDroplet) -> Result<AcceptedDroplet, ApiError> {
        let AcceptedWire { droplet, links } =
            self.fetch(&Request::post_once(&["droplets"], new)).await?;
        let action = links.actions.into_iter().find(|link| link.rel == "create").map(|l| l.id);
        Ok(AcceptedDroplet { droplet, action })
    }

    /// Deletes a droplet; its volumes stay. It is gone when it can no longer be found.
    pub async fn delete_droplet(&self, id: u64) -> Result<Gone, ApiError> {
        self.delete(&Request::delete(&["droplets", &id.to_string()])).await
    }

    /// Starts something on a droplet.
    pub async fn act_on_droplet(&self, id: u64, what: &DropletAction) -> Result<Action, ApiError> {
        self.create(&Request::post(&["droplets", &id.to_string(), "actions"], what)).await
    }
}
