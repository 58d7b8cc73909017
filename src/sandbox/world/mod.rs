//! The account as a value: what exists, and what is under way.
//!
//! Nothing here reads a clock or a socket. A call brings its time with it; `settle` lets
//! everything that was due by then happen first, in the order it was due. So the world is a
//! function of the calls and their times, and progress needs no timers.

mod check;
mod effects;
mod ids;

pub use check::Flaw;
pub use effects::{Disk, Effect};
pub use ids::{Ids, Numbered, request_id};

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    actions::Action,
    alerts::AlertPolicy,
    associated::Destruction,
    call::Terms,
    catalog::Image,
    domains::Domain,
    droplets::Droplet,
    firewalls::Firewall,
    image_transfers::Transfer,
    images,
    keys::Key,
    machines::Machines,
    project_resources::Home,
    projects::{self, Project},
    reserved_ips::ReservedIp,
    snapshots::VolumeSnapshot,
    tags::Tag,
    unknowns::Unknowns,
    volumes::Volume,
    vpcs::{self, Vpc},
};

/// The droplets an account may have unless `/_sandbox/settings` says otherwise.
const DROPLET_LIMIT: usize = 2000;

/// The reserved IPs an account may have, likewise.
const RESERVED_IP_LIMIT: usize = 100;

/// Everything in the account.
#[derive(Debug, Serialize, Deserialize)]
pub struct World {
    /// The numbers and uuids given out so far.
    pub ids: Ids,
    /// How many droplets the account may have.
    pub droplet_limit: usize,
    /// How many reserved IPs the account may have.
    pub reserved_ip_limit: usize,
    /// How the questions are answered that nobody outside DigitalOcean can answer.
    #[serde(default)]
    pub unknowns: Unknowns,
    /// SSH keys by number.
    pub keys: BTreeMap<u64, Key>,
    /// Tags by their lower-case name.
    pub tags: BTreeMap<String, Tag>,
    /// Private networks by uuid.
    pub vpcs: BTreeMap<String, Vpc>,
    /// Images by number: the public ones and the account's own.
    pub images: BTreeMap<u64, Image>,
    /// Images on offer to other accounts, by the offer's number.
    pub transfers: BTreeMap<u64, Transfer>,
    /// Droplets by number.
    pub droplets: BTreeMap<u64, Droplet>,
    /// The droplets that were destroyed with what belonged to them, by number.
    pub destructions: BTreeMap<u64, Destruction>,
    /// Volumes by uuid.
    pub volumes: BTreeMap<String, Volume>,
    /// When volumes were deleted whose names are held back, by name and region.
    pub held_names: BTreeMap<String, Timestamp>,
    /// Snapshots of volumes by uuid.
    pub volume_snapshots: BTreeMap<String, VolumeSnapshot>,
    /// Firewalls by uuid.
    pub firewalls: BTreeMap<String, Firewall>,
    /// Domains by name.
    pub domains: BTreeMap<String, Domain>,
    /// Reserved IPs by address.
    pub reserved_ips: BTreeMap<Ipv4Addr, ReservedIp>,
    /// Projects by uuid.
    pub projects: BTreeMap<String, Project>,
    /// The project of each thing that is in one, by the thing's URN.
    pub homes: BTreeMap<String, Home>,
    /// Alert policies by uuid.
    pub alerts: BTreeMap<String, AlertPolicy>,
    /// Actions by number, never pruned.
    pub actions: BTreeMap<u64, Action>,
    /// What is known of the machines outside.
    #[serde(skip)]
    pub machines: Machines,
    /// The actions under way, by the time they end.
    #[serde(skip)]
    pub agenda: BTreeSet<(Timestamp, u64)>,
}

impl World {
    /// Makes an account in use: every region has its default network, there is
    /// the default project, and nothing else.
    pub fn new(now: Timestamp) -> Self {
        let mut world = Self {
            ids: Ids::default(),
            droplet_limit: DROPLET_LIMIT,
            reserved_ip_limit: RESERVED_IP_LIMIT,
            unknowns: Unknowns::default(),
            keys: BTreeMap::new(),
            tags: BTreeMap::new(),
            vpcs: BTreeMap::new(),
            images: images::published(),
            droplets: BTreeMap::new(),
            transfers: BTreeMap::new(),
            destructions: BTreeMap::new(),
            volumes: BTreeMap::new(),
            held_names: BTreeMap::new(),
            volume_snapshots: BTreeMap::new(),
            firewalls: BTreeMap::new(),
            domains: BTreeMap::new(),
            reserved_ips: BTreeMap::new(),
            projects: BTreeMap::new(),
            homes: BTreeMap::new(),
            alerts: BTreeMap::new(),
            actions: BTreeMap::new(),
            machines: Machines::default(),
            agenda: BTreeSet::new(),
        };
        vpcs::add_defaults(&mut world, now);
        projects::add_default(&mut world, now);
        world
    }

    /// Lets everything happen that is due by now, and says whether anything was.
    pub fn settle(&mut self, now: Timestamp) -> Settled {
        let mut settled = Settled::Nothing;
        while let Some(&(due, action)) = self.agenda.first()
            && due <= now
        {
            self.agenda.pop_first();
            effects::finish(self, action, due);
            settled = Settled::Something;
        }
        settled
    }

    /// Lets every stuck action complete at once.
    pub fn free_stuck(&mut self, now: Timestamp) {
        let stuck: Vec<u64> = self
            .under_way()
            .filter(|action| action.ends_at.is_none())
            .map(|action| action.id)
            .collect();
        for action in stuck {
            effects::finish(self, action, now);
        }
    }

    /// Rebuilds what the state file leaves out.
    pub fn restore(&mut self) -> Result<(), Flaw> {
        check::references(self)?;
        self.agenda = self
            .under_way()
            .filter_map(|action| action.ends_at.map(|end| (end, action.id)))
            .collect();
        Ok(())
    }

    /// Says whether something is noticed by calls that may not repeat its name.
    pub fn notices(&self, terms: &Terms, created_at: Timestamp) -> bool {
        terms.have_passed(self.unknowns.name_check_lag, created_at)
    }

    fn under_way(&self) -> impl Iterator<Item = &Action> {
        self.actions.values().filter(|action| action.is_under_way())
    }
}

/// What settling did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Nothing was due.
    Nothing,
    /// At least one action ended.
    Something,
}
