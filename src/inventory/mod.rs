//! What there is, as far as it concerns one stack.

mod collect;
mod found;
mod live;
mod quota;
mod zone;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    resources::{
        Catalog, LiveAlert, LiveDroplet, LiveFirewall, LiveKey, LiveProject, LiveRecord,
        LiveReservedIp, LiveSnapshot, LiveVolume, LiveVpc, Stranger,
    },
    values::{Address, DomainName, Fingerprint, Mark, Part, Tag},
};

pub use self::{
    collect::{Extent, Listing, Wish, collect, indebted_droplets, read_catalog, tagged_droplets},
    found::{Found, Id, Known},
    quota::Quota,
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
    /// Every volume of the account: data that is elsewhere than the file says is still the stack's.
    pub volumes: Vec<LiveVolume>,
    /// Every reserved IP of the account, listed only where the stack has or had one, and on
    /// `destroy`.
    pub reserved_ips: Vec<LiveReservedIp>,
    /// Every firewall of the account.
    pub firewalls: Vec<LiveFirewall>,
    /// Every private network of the account.
    pub vpcs: Vec<LiveVpc>,
    /// The stack's keys that are registered; on `destroy` every key with the stack's mark.
    pub keys: BTreeMap<Fingerprint, LiveKey>,
    /// The stack's domain, and what is in it.
    pub zone: Option<Zone>,
    /// Other domains of the account with records of the stack's, looked for on `destroy` only.
    ///
    /// The stack file named them once.
    pub former: Vec<Zone>,
    /// Projects with the stack's mark, and of the name its file gives; looked for where the file
    /// gives one, and on `destroy`.
    pub projects: Vec<LiveProject>,
    /// Alert policies with the stack's mark, looked for where the file wants some, where a machine's
    /// tag tells of some, and on `destroy`.
    pub alerts: Vec<LiveAlert>,
    /// Every snapshot of the account, listed on `destroy` only.
    pub snapshots: Vec<LiveSnapshot>,
    /// The stack's tags, and the debts of any droplet, listed on `destroy` only.
    pub tags: BTreeSet<Tag>,
    /// Sizes and prices.
    pub catalog: Catalog,
    /// What the account may hold, looked for only when something that counts is missing.
    pub quotas: Vec<Quota>,
}

/// A domain of the account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zone {
    /// Its name; none when the account does not serve it.
    pub name: Option<DomainName>,
    /// The address records that carry the stack's mark.
    pub ours: BTreeMap<Address, LiveRecord>,
    /// The names of aliases, and of address records without our mark.
    pub others: BTreeSet<String>,
    /// Address records that are not ours, where nothing else of their name holds an address.
    pub strangers: BTreeMap<String, Stranger>,
    /// Names that records besides ours have too, which share their time to live.
    pub shared: BTreeSet<String>,
    /// Names of which we have the mark and more than one address record.
    pub doubled: BTreeSet<String>,
}

impl Inventory {
    /// Every domain that has, or may have, records of the stack's.
    pub fn zones(&self) -> impl Iterator<Item = &Zone> {
        self.zone.iter().chain(&self.former)
    }

    /// The droplets of the stack by address, those of one address in the order of their ids.
    ///
    /// One that carries several addresses stands under each of them.
    pub fn droplets_of(&self, mark: &Mark) -> BTreeMap<Address, Vec<&LiveDroplet>> {
        let mut by_address: BTreeMap<Address, Vec<&LiveDroplet>> = BTreeMap::new();
        for droplet in by_id(&self.droplets, |droplet| &droplet.id) {
            for address in droplet_addresses(mark, droplet) {
                by_address.entry(address).or_default().push(droplet);
            }
        }
        by_address
    }

    /// The volumes of the stack by address, those of one address in the order of their ids.
    ///
    /// One that carries several addresses stands under each of them.
    pub fn volumes_of(&self, mark: &Mark) -> BTreeMap<Address, Vec<&LiveVolume>> {
        let mut by_address: BTreeMap<Address, Vec<&LiveVolume>> = BTreeMap::new();
        for volume in by_id(&self.volumes, |volume| &volume.id) {
            for address in volume_addresses(mark, volume) {
                by_address.entry(address).or_default().push(volume);
            }
        }
        by_address
    }

    /// The firewalls that cover a tag of the stack, in the order of their ids.
    ///
    /// Anybody may cover a tag, so that this alone does not make one the stack's.
    pub fn firewalls_on<'a>(&'a self, mark: &'a Mark) -> impl Iterator<Item = &'a LiveFirewall> {
        by_id(&self.firewalls, |firewall| &firewall.id)
            .into_iter()
            .filter(|firewall| firewall.tags.iter().any(|tag| mark.owns_tag(tag)))
    }

    /// The stack's private networks, in the order of their ids.
    pub fn vpcs_of(&self, mark: &Mark) -> Vec<&LiveVpc> {
        let text = mark.text();
        let vpcs = by_id(&self.vpcs, |vpc| &vpc.id).into_iter();
        vpcs.filter(|vpc| vpc.description == text).collect()
    }

    /// The projects that were made for the stack, in the order of their ids.
    pub fn projects_of(&self, mark: &Mark) -> Vec<&LiveProject> {
        let text = mark.text();
        let projects = by_id(&self.projects, |project| &project.id).into_iter();
        projects.filter(|project| project.description == text).collect()
    }

    /// The stack's alert policies by address, those of one address in the order of their ids.
    pub fn alerts_of(&self, mark: &Mark) -> BTreeMap<Address, Vec<&LiveAlert>> {
        let mut by_address: BTreeMap<Address, Vec<&LiveAlert>> = BTreeMap::new();
        for alert in by_id(&self.alerts, |alert| &alert.id) {
            let last = alert.description.rsplit(' ').next().unwrap_or_default();
            let address = mark.address_in(last);
            let is_place = |it: &Address| matches!(it.which(), Part::Alert(_));
            if let Some(address) = address.filter(is_place) {
                by_address.entry(address).or_default().push(alert);
            }
        }
        by_address
    }

    /// The tags that are known to exist: something carries or names them, or they were listed.
    pub fn known_tags(&self) -> BTreeSet<&Tag> {
        let of_droplets = self.droplets.iter().flat_map(|droplet| &droplet.tags);
        let of_volumes = self.volumes.iter().flat_map(|volume| &volume.tags);
        let of_firewalls = self.firewalls.iter().flat_map(LiveFirewall::tags_spoken_of);
        self.tags.iter().chain(of_droplets).chain(of_volumes).chain(of_firewalls).collect()
    }
}

/// The addresses a droplet is marked with or claimed for: one, unless somebody added another by hand.
pub fn droplet_addresses(mark: &Mark, droplet: &LiveDroplet) -> BTreeSet<Address> {
    let claimed = mark.claim_among(&droplet.tags);
    let addresses = mark.addresses_among(&droplet.tags).into_iter().chain(claimed);
    addresses.filter(|address| *address.which() == Part::Main).collect()
}

/// The addresses a volume is marked with or claimed for: one, unless somebody added another by hand.
pub fn volume_addresses(mark: &Mark, volume: &LiveVolume) -> BTreeSet<Address> {
    let claimed = mark.claim_among(&volume.tags);
    let addresses = mark.addresses_among(&volume.tags).into_iter().chain(claimed);
    addresses.filter(|address| *address.which() == Part::Volume).collect()
}

/// Things in the order of their ids: the order of a listing means nothing.
pub fn by_id<'a, T, I: Ord>(things: &'a [T], id: impl Fn(&'a T) -> I) -> Vec<&'a T> {
    let mut sorted: Vec<&T> = things.iter().collect();
    sorted.sort_by_key(|thing| id(thing));
    sorted
}

#[cfg(test)]
mod tests;
