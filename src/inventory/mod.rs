//! What there is, as far as it concerns one stack.

mod collect;
mod found;
mod live;
mod zone;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    resources::{
        Catalog, LiveDroplet, LiveFirewall, LiveKey, LiveRecord, LiveSnapshot, LiveVolume, LiveVpc,
    },
    values::{Address, DomainName, Fingerprint, Mark, Tag},
};

pub use self::{
    collect::{Extent, Wish, collect},
    found::{Found, Id, Known},
};

/// The account as one stack sees it, from whole listings only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// Every droplet that carries the stack's tag.
    pub droplets: Vec<LiveDroplet>,
    /// Droplets without the mark whose name the stack would give, or adopt.
    ///
    /// Looked for only when a droplet of the stack is missing.
    pub strangers: Vec<LiveDroplet>,
    /// Every volume of the region.
    pub volumes: Vec<LiveVolume>,
    /// Every firewall of the account.
    pub firewalls: Vec<LiveFirewall>,
    /// Every private network of the account.
    pub vpcs: Vec<LiveVpc>,
    /// The stack's keys that are registered; on `destroy` every key with the stack's mark.
    pub keys: BTreeMap<Fingerprint, LiveKey>,
    /// The stack's domain, and what is in it.
    pub zone: Option<Zone>,
    /// Snapshots of volumes, listed on `destroy` only.
    pub snapshots: Vec<LiveSnapshot>,
    /// The stack's tags, listed on `destroy` only.
    pub tags: BTreeSet<Tag>,
    /// Sizes and prices.
    pub catalog: Catalog,
}

/// A domain of the account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zone {
    /// Its name; none when the account does not serve it.
    pub name: Option<DomainName>,
    /// The address records that carry the stack's mark.
    pub ours: BTreeMap<Address, LiveRecord>,
    /// The names of address records and aliases without our mark.
    pub others: BTreeSet<String>,
    /// Names of which we have the mark and more than one address record.
    pub doubled: BTreeSet<String>,
}

impl Inventory {
    /// The droplets of the stack by address.
    pub fn droplets_of(&self, mark: &Mark) -> BTreeMap<Address, Vec<&LiveDroplet>> {
        let mut by_address: BTreeMap<Address, Vec<&LiveDroplet>> = BTreeMap::new();
        for droplet in &self.droplets {
            if let Some(address) = mark.address_among(&droplet.tags) {
                by_address.entry(address).or_default().push(droplet);
            }
        }
        by_address
    }

    /// The volumes of the stack by address.
    pub fn volumes_of(&self, mark: &Mark) -> BTreeMap<Address, Vec<&LiveVolume>> {
        let mut by_address: BTreeMap<Address, Vec<&LiveVolume>> = BTreeMap::new();
        for volume in &self.volumes {
            if let Some(address) = mark.address_among(&volume.tags) {
                by_address.entry(address).or_default().push(volume);
            }
        }
        by_address
    }

    /// The firewalls that target a tag of the stack.
    pub fn firewalls_of<'a>(&'a self, mark: &'a Mark) -> impl Iterator<Item = &'a LiveFirewall> {
        self.firewalls.iter().filter(|firewall| firewall.tags.iter().any(|tag| mark.owns_tag(tag)))
    }

    /// The stack's private networks.
    pub fn vpcs_of(&self, mark: &Mark) -> Vec<&LiveVpc> {
        let text = mark.text();
        self.vpcs.iter().filter(|vpc| vpc.description == text).collect()
    }

    /// Whether a tag is known to exist: something carries or targets it, or it was listed.
    pub fn has_tag(&self, tag: &Tag) -> bool {
        self.tags.contains(tag)
            || self.droplets.iter().any(|droplet| droplet.tags.contains(tag))
            || self.volumes.iter().any(|volume| volume.tags.contains(tag))
            || self.firewalls.iter().any(|firewall| firewall.tags.contains(tag))
    }
}
