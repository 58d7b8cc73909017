//! One wanted thing against what was found: one file a kind.

pub mod adoption;
mod alert;
mod attachment;
mod domain;
mod droplet;
pub mod exposure;
mod firewall;
mod firewall_adoption;
mod project;
mod record;
pub mod replacement;
pub mod reserved_ip;
mod ssh_key;
mod tag;
mod unadoptable;
mod volume;
mod volume_adoption;
mod vpc;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    components::Wanted,
    inventory::{Found, Inventory, droplet_addresses},
    plan::{
        Action, Asked, Reason, Refused, Undo, Update, Work,
        judge::replacement::{Ground, Succession, successions},
        removal::release,
    },
    resources::{Effect, FieldChange, LiveDroplet, LiveFirewall, LiveVolume, Resource},
    values::{Address, Change, Mark, Money, Part, Tag},
};

pub use self::droplet::{OUTAGE, found, with_backups};

/// What every judgement may look at.
pub struct Bench<'a> {
    /// What the stack file says, whether the stack is to stand or to go.
    pub file: &'a Wanted,
    /// Everything that is wanted.
    pub wanted: &'a Wanted,
    /// What was asked for.
    pub asked: &'a Asked,
    /// Everything that was found.
    pub inventory: &'a Inventory,
    /// The stack's marks.
    pub mark: &'a Mark,
    /// What was found, by address.
    pub index: Index<'a>,
}

/// The stack's things by address, looked up once.
pub struct Index<'a> {
    /// Its droplets by their ids.
    pub numbered: BTreeMap<u64, &'a LiveDroplet>,
    /// Its droplets.
    pub droplets: BTreeMap<Address, Vec<&'a LiveDroplet>>,
    /// Machines that are not the stack's yet and that the file adopts.
    pub candidates: BTreeMap<Address, &'a LiveDroplet>,
    /// Its volumes.
    pub volumes: BTreeMap<Address, Vec<&'a LiveVolume>>,
    /// Volumes that are not the stack's yet and that the file adopts.
    pub volume_candidates: BTreeMap<Address, &'a LiveVolume>,
    /// Machines that take the place of others, by their address.
    pub successions: BTreeMap<Address, Succession<'a>>,
    /// Which firewall is which of the stack file's.
    pub firewalls: BTreeMap<Address, &'a LiveFirewall>,
    /// Every firewall of the stack's, whether the file still speaks of it or not.
    pub our_firewalls: Vec<&'a LiveFirewall>,
    /// Somebody else's firewalls that cover our tags too.
    pub their_firewalls: Vec<&'a LiveFirewall>,
    /// Every tag that is known to exist.
    pub tags: BTreeSet<&'a Tag>,
}

impl<'a> Index<'a> {
    /// Looks everything up that the stack file speaks of, and all that is marked.
    pub fn of(
        file: &'a Wanted,
        inventory: &'a Inventory,
        mark: &'a Mark,
        replaced: &BTreeSet<Address>,
    ) -> Self {
        let is_ours = |live: &&LiveFirewall| firewall::is_ours(file, mark, live);
        let (our_firewalls, their_firewalls): (Vec<_>, Vec<_>) =
            inventory.firewalls_on(mark).partition(is_ours);
        Self {
            numbered: inventory.droplets.iter().map(|live| (live.id, live)).collect(),
            droplets: inventory.droplets_of(mark),
            candidates: adoption::candidates(file, inventory, mark),
            volumes: inventory.volumes_of(mark),
            volume_candidates: volume_adoption::candidates(file, inventory, mark),
            successions: successions(&Ground { file, inventory, mark }, replaced),
            firewalls: firewall::claims(file, mark, &our_firewalls),
            our_firewalls,
            their_firewalls,
            tags: inventory.known_tags(),
        }
    }
}

impl<'a> Bench<'a> {
    /// What decides about replacements.
    pub const fn ground(&self) -> Ground<'a> {
        Ground { file: self.wanted, inventory: self.inventory, mark: self.mark }
    }

    /// The address of a droplet that is deleted, because nothing wanted stands there, or another
    /// takes its place.
    pub fn going_droplet(&self, id: u64) -> Option<Address> {
        let replaced = self.index.successions.iter().find(|(_, it)| it.old.id == id);
        if let Some((address, _)) = replaced {
            return Some(address.part(Part::Former));
        }
        let live = self.index.numbered.get(&id)?;
        let address = self.goes(droplet_addresses(self.mark, live))?;
        (!release::is_released(self, &address, live)).then_some(address)
    }

    /// Whether a thing of these tags was taken in and not made, or is about to be let go of.
    pub fn is_adopted(&self, tags: &BTreeSet<Tag>) -> bool {
        tags.contains(&Mark::adopted_tag()) || self.mark.claim_among(tags).is_some()
    }

    /// The machine at an address: the stack's, or the one that becomes it; of two of the stack's,
    /// the one that takes the other's place.
    pub fn machine(&self, address: &Address) -> Option<&LiveDroplet> {
        let generation = |live: &&&LiveDroplet| self.mark.generation_among(&live.tags);
        let found = self.index.droplets.get(address);
        let ours = found.and_then(|found| found.iter().rev().max_by_key(generation));
        ours.or_else(|| self.index.candidates.get(address)).copied()
    }

    /// The volume at an address: the stack's, or the one that becomes it.
    pub fn volume(&self, address: &Address) -> Option<&LiveVolume> {
        let ours = self.index.volumes.get(address).and_then(|found| found.first());
        ours.or_else(|| self.index.volume_candidates.get(address)).copied()
    }

    /// The one address of something that goes.
    ///
    /// What carries several addresses goes nowhere: one of them is there by mistake.
    pub fn goes(&self, mut addresses: BTreeSet<Address>) -> Option<Address> {
        let only = addresses.pop_first().filter(|_| addresses.is_empty())?;
        self.wanted.get(&only).is_none().then_some(only)
    }
}

/// What is to be done about one wanted thing.
pub struct Judged {
    /// What happens to it.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// The fields that change.
    pub changes: Vec<FieldChange>,
    /// Exactly what is to be done.
    pub work: Work,
    /// Whether it can be undone.
    pub undo: Undo,
    /// How long it is off.
    pub downtime: Option<Duration>,
    /// What it costs a month.
    pub monthly: Change<Money>,
    /// It, if it is there.
    pub found: Option<Found>,
    /// What it is called, where that is not what the file would call it.
    pub name: Option<String>,
    /// Worth knowing.
    pub notes: Vec<String>,
    /// What will not be done: why, what is the matter, what to do instead.
    pub refusals: Vec<(Refused, String, String)>,
}

impl Judged {
    /// It is there as wanted.
    pub fn in_sync(found: Option<Found>) -> Self {
        Self {
            action: Action::Nothing,
            reason: Reason::InSync,
            changes: Vec::new(),
            work: Work::Nothing,
            undo: Undo::Possible,
            downtime: None,
            monthly: Change::default(),
            found,
            name: None,
            notes: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// It is not there.
    pub fn missing(resource: Resource) -> Self {
        let (action, reason) = (Action::Create, Reason::Missing);
        Self { action, reason, work: Work::Create(Box::new(resource)), ..Self::in_sync(None) }
    }

    /// It is there and differs in these fields, if in any.
    pub fn differs(found: Found, changes: Vec<FieldChange>, update: Update) -> Self {
        if changes.is_empty() {
            return Self::in_sync(Some(found));
        }
        let (action, reason) = (Action::Update, Reason::Differs);
        let work = Work::Update(update);
        Self { action, reason, changes, work, ..Self::in_sync(Some(found)) }
    }

    /// It will not be done.
    pub fn refused(mut self, why: Refused, text: String, way_out: impl Into<String>) -> Self {
        self.refusals.push((why, text, way_out.into()));
        self
    }

    /// It keeps the name it has.
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// What it costs a month.
    pub fn costing(mut self, before: Money, after: Money) -> Self {
        self.monthly = Change::new(before, after);
        self
    }
}

/// Judges one wanted thing.
pub fn judge(bench: &Bench, address: &Address, resource: &Resource) -> Judged {
    match resource {
        Resource::Tag(tag) => tag::judge(bench, tag),
        Resource::Vpc(vpc) => vpc::judge(bench, vpc),
        Resource::SshKey(key) => ssh_key::judge(bench, key),
        Resource::Volume(volume) => volume::judge(bench, address, volume),
        Resource::Droplet(droplet) => droplet::judge(bench, address, droplet),
        Resource::Attachment(attachment) => attachment::judge(bench, attachment),
        Resource::ReservedIp(reserved) => reserved_ip::judge(bench, reserved),
        Resource::Firewall(firewall) => firewall::judge(bench, address, firewall),
        Resource::Domain(domain) => domain::judge(bench, domain),
        Resource::Record(record) => record::judge(bench, address, record),
        Resource::Alert(alert) => alert::judge(bench, address, alert),
        Resource::Project(project) => project::judge(bench, project),
        Resource::Membership(members) => project::judge_members(bench, members),
    }
}

/// What to do about several things of one place; after a rename, the old name's may be among them.
fn several_way_out(bench: &Bench, address: &Address, way_out: &str) -> String {
    let name = address.component_name();
    match name.and_then(|name| Some((name, bench.mark.former_name(name)?))) {
        Some((now, before)) => format!(
            "{way_out}; if `{now}` is not what `{before}` was, take `was: {before}` out of the file"
        ),
        None => way_out.to_owned(),
    }
}

/// Whether a field's change means that the thing would have to be made anew.
fn replaces(changes: &[FieldChange]) -> bool {
    changes.iter().any(|change| change.effect == Effect::Replace)
}

/// The fields of a change, for a sentence.
fn fields(changes: &[FieldChange], effect: Effect) -> String {
    let fields = changes.iter().filter(|change| change.effect == effect);
    fields.map(|change| format!("`{}`", change.field)).collect::<Vec<_>>().join(", ")
}
