//! One thing of the account: what it is, how old, what it costs, whose it is.

use std::{cmp::Reverse, collections::BTreeMap, net::Ipv4Addr};

use jiff::Timestamp;
use serde::Serialize;

use crate::values::Money;

/// The sorts of things that are looked for, in the order in which they may be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// A machine.
    Droplet,
    /// A block-storage volume.
    Volume,
    /// A snapshot of a volume or a droplet.
    Snapshot,
    /// A public address, paid for while it is on no machine.
    ReservedIp,
    /// A cloud firewall.
    Firewall,
    /// A private network, which goes when nothing is in it any more.
    Vpc,
}

impl Sort {
    /// What one of them is called.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Droplet => "droplet",
            Self::Volume => "volume",
            Self::Snapshot => "snapshot",
            Self::ReservedIp => "reserved IP",
            Self::Firewall => "firewall",
            Self::Vpc => "VPC",
        }
    }
}

/// A thing's sort and id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "sort", content = "id", rename_all = "kebab-case")]
pub enum Key {
    /// A machine.
    Droplet(u64),
    /// A block-storage volume.
    Volume(String),
    /// A snapshot of a volume or a droplet.
    Snapshot(String),
    /// A public address.
    ReservedIp(Ipv4Addr),
    /// A cloud firewall.
    Firewall(String),
    /// A private network.
    Vpc(String),
}

impl Key {
    /// The sort.
    pub const fn sort(&self) -> Sort {
        match self {
            Self::Droplet(_) => Sort::Droplet,
            Self::Volume(_) => Sort::Volume,
            Self::Snapshot(_) => Sort::Snapshot,
            Self::ReservedIp(_) => Sort::ReservedIp,
            Self::Firewall(_) => Sort::Firewall,
            Self::Vpc(_) => Sort::Vpc,
        }
    }

    /// The id as a person types it.
    pub fn id(&self) -> String {
        match self {
            Self::Droplet(id) => id.to_string(),
            Self::ReservedIp(ip) => ip.to_string(),
            Self::Volume(id) | Self::Snapshot(id) | Self::Firewall(id) | Self::Vpc(id) => {
                id.clone()
            }
        }
    }
}

/// Whose a thing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody's that dostack knows of.
    Orphan,
    /// Some stack's: it carries a mark, which may name the stack.
    Marked(Option<String>),
    /// Nobody's, and in use: why it stays.
    InUse(String),
}

/// One thing of the account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Thing {
    /// What it is.
    #[serde(flatten)]
    pub key: Key,
    /// Its name, which others may have too.
    pub name: String,
    /// What a person wants to know of it.
    pub about: String,
    /// When it was made, where DigitalOcean tells.
    pub created_at: Option<Timestamp>,
    /// What it costs a month.
    pub monthly: Money,
    /// The droplet that holds it, if it is a volume that is attached.
    pub held_by: Option<u64>,
    /// Whose it is.
    #[serde(skip)]
    pub standing: Standing,
}

impl Thing {
    /// Whether it belongs to no stack and to nothing else.
    pub fn is_orphan(&self) -> bool {
        self.standing == Standing::Orphan
    }

    /// How it is spoken of: by its sort and name.
    pub fn told(&self) -> String {
        format!("{} `{}`", self.key.sort().word(), self.name)
    }
}

/// Things of one sort.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group<'a> {
    /// Their sort.
    pub sort: Sort,
    /// What all of them cost a month.
    pub monthly: Money,
    /// They, the dearest first.
    pub things: Vec<&'a Thing>,
}

/// Things by their sort, the dearest sort first; what costs the same is sorted by name and id.
pub fn groups<'a>(things: impl IntoIterator<Item = &'a Thing>) -> Vec<Group<'a>> {
    let mut sorts: BTreeMap<Sort, Vec<&Thing>> = BTreeMap::new();
    for thing in things {
        sorts.entry(thing.key.sort()).or_default().push(thing);
    }
    let mut groups: Vec<Group<'_>> = sorts
        .into_iter()
        .map(|(sort, mut things)| {
            things.sort_by_key(|thing| (Reverse(thing.monthly), &thing.name, &thing.key));
            let monthly = things.iter().map(|thing| thing.monthly).sum();
            Group { sort, monthly, things }
        })
        .collect();
    groups.sort_by_key(|group| Reverse(group.monthly));
    groups
}
