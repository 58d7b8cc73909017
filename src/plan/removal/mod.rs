//! What is there, is ours, and is not wanted any more.

mod project;
pub mod release;
mod reserved_ip;
mod snapshot;
mod tag;
mod volume;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    inventory::{Zone, by_id, droplet_addresses},
    plan::{
        Action, Asked, Deletion, Kept, Note, Purpose, Reason, Refusal, Refused, Release, Step,
        Undo, Work,
        judge::{Bench, with_backups},
        network,
    },
    resources::{Kind, LiveDroplet, LiveFirewall, LiveRecord},
    values::{Address, Change, ComponentName, Owner, Part},
};

/// What goes, what stays, and what there is to say about it.
#[derive(Default)]
pub struct Removals {
    /// What goes.
    pub steps: Vec<Step>,
    /// Data that stays.
    pub kept: Vec<Kept>,
    /// Worth knowing.
    pub notes: Vec<Note>,
    /// What will not be done.
    pub refusals: Vec<Refusal>,
}

impl Removals {
    fn refuse(&mut self, about: &Address, why: Refused, (text, way_out): (String, &str)) {
        let (address, way_out) = (Some(about.clone()), way_out.to_owned());
        self.refusals.push(Refusal { address, why, text, way_out });
    }
}

/// Finds everything of the stack's that nothing wanted claims.
pub fn removals(bench: &Bench, asked: &Asked) -> Removals {
    let mut removals = Removals::default();
    let reason = match asked.purpose {
        Purpose::Stand => Reason::NotInFile,
        Purpose::Go => Reason::Destroyed,
    };
    let mut goes = Goes { reason, adopted: Vec::new(), steps: Vec::new() };
    records(bench, &mut goes, &mut removals);
    alerts(bench, &mut goes);
    reserved_ip::reserved_ips(bench, &mut goes, &mut removals);
    droplets(bench, &mut goes, &mut removals);
    data(bench, &mut goes, &mut removals);
    firewalls(bench, &mut goes, &mut removals);
    network(bench, &mut goes, &mut removals);
    release::refuse_unknown(bench, &goes, &mut removals);
    tag::tags(bench, asked, &mut goes);
    match asked.purpose {
        Purpose::Stand => {}
        Purpose::Go => {
            keys(bench, &mut goes);
            project::project(bench, &mut goes, &mut removals);
            what_stays(bench, &mut removals);
        }
    }
    removals.steps = with_needs(goes.steps);
    removals
}

/// Volumes and snapshots, and the names that mean neither.
fn data(bench: &Bench, goes: &mut Goes, removals: &mut Removals) {
    let volumes = volume::volumes(bench, goes, removals);
    let snapshots = snapshot::snapshots(bench, &volumes, goes, removals);
    let is_unknown = |given: &&String| !volumes.contains(given) && !snapshots.contains(given);
    for unknown in bench.asked.delete_data.iter().filter(is_unknown) {
        removals.refusals.push(Refusal {
            address: None,
            why: Refused::Impossible,
            text: format!(
                "`--delete-data {unknown}` names no volume or snapshot of this stack that goes"
            ),
            way_out: "name it by its address or its name, as the plan lists it".to_owned(),
        });
    }
}

/// Steps that remove things, all for one reason.
pub struct Goes {
    reason: Reason,
    /// What was adopted and goes, whether it is let go of or deleted.
    adopted: Vec<(Address, String)>,
    steps: Vec<Step>,
}

impl Goes {
    fn add(&mut self, address: Address, name: &str, deletion: Deletion) -> &mut Step {
        let undo = match deletion {
            Deletion::Volume { .. }
            | Deletion::Snapshot { .. }
            | Deletion::ReservedIp { ip: Some(_), .. } => Undo::Never,
            Deletion::Droplet { .. } => Undo::Rebuild,
            Deletion::Tags(_)
            | Deletion::Vpc { .. }
            | Deletion::SshKey { .. }
            | Deletion::Project { .. }
            | Deletion::Alert { .. }
            | Deletion::ReservedIp { ip: None, .. }
            | Deletion::Firewall { .. }
            | Deletion::Records(_) => Undo::Possible,
        };
        self.push((address, name, deletion.kind()), (Action::Delete, undo), Work::Delete(deletion))
    }

    fn release(&mut self, address: Address, name: &str, release: Release) -> &mut Step {
        let (kind, how) = (release.kind(), (Action::Release, Undo::Possible));
        self.push((address, name, kind), how, Work::Release(release))
    }

    fn push(
        &mut self,
        (address, name, kind): (Address, &str, Kind),
        (action, undo): (Action, Undo),
        work: Work,
    ) -> &mut Step {
        self.steps.push(Step {
            address,
            kind,
            name: name.to_owned(),
            action,
            reason: self.reason,
            changes: Vec::new(),
            needs: BTreeSet::new(),
            undo,
            downtime: None,
            monthly: Change::default(),
            work,
        });
        self.steps.last_mut().expect("a step was just added")
    }
}

/// Records of the stack's domain, and of those it had before: one step for each place.
fn records(bench: &Bench, goes: &mut Goes, removals: &mut Removals) {
    let mut going: BTreeMap<&Address, Vec<LiveRecord>> = BTreeMap::new();
    for zone in bench.inventory.zones() {
        for (address, live) in unwanted(bench, zone) {
            if live.id.is_some() && zone.doubled.contains(&live.name) {
                let text = format!("`{}` has more than one address record", live.fqdn());
                let way_out = "delete all but one of them";
                removals.refuse(address, Refused::Ambiguous, (text, way_out));
            }
            going.entry(address).or_default().push(live);
        }
    }
    for (address, records) in going {
        let name = records.iter().map(LiveRecord::fqdn).collect::<Vec<_>>().join(", ");
        let is_adopted = records.iter().any(|live| live.was.is_some());
        if is_adopted {
            goes.adopted.push((address.clone(), name.clone()));
        }
        if is_adopted && !release::is_named(bench.asked, address, &name) {
            goes.release(address.clone(), &name, Release::Records(records));
        } else {
            goes.add(address.clone(), &name, Deletion::Records(records));
        }
    }
}

/// What goes of a domain: where a name has a new owner, only the old one's mark.
fn unwanted<'a>(bench: &Bench, zone: &'a Zone) -> Vec<(&'a Address, LiveRecord)> {
    let (wanted, unwanted): (Vec<_>, Vec<_>) =
        zone.ours.iter().partition(|(address, _)| bench.wanted.get(address).is_some());
    let kept: BTreeSet<&str> = wanted.into_iter().map(|(_, live)| live.name.as_str()).collect();
    let going = unwanted.into_iter().map(|(address, live)| {
        let id = live.id.filter(|_| !kept.contains(live.name.as_str()));
        (address, LiveRecord { id, ..live.clone() })
    });
    going.collect()
}

/// Alert policies that nothing wants; they go before the machines whose tags tell of them.
fn alerts(bench: &Bench, goes: &mut Goes) {
    for (address, found) in bench.inventory.alerts_of(bench.mark) {
        if bench.wanted.get(&address).is_some() {
            continue;
        }
        for live in found {
            goes.add(address.clone(), live.name(), Deletion::Alert { id: live.id.clone() });
        }
    }
}

/// Machines that another one takes the place of.
fn former_droplets(bench: &Bench, goes: &mut Goes) {
    for (address, succession) in &bench.index.successions {
        let deletion = Deletion::Droplet { id: succession.old.id };
        let step = goes.add(address.part(Part::Former), &succession.old.name, deletion);
        if succession.new.is_some() {
            let old = succession.old;
            step.monthly.before = with_backups(bench, &old.size, old.backups);
        }
        if bench.wanted.get(address).is_some() {
            step.reason = if succession.new.is_some() { Reason::Unfinished } else { Reason::Asked };
        }
    }
}

fn droplets(bench: &Bench, goes: &mut Goes, removals: &mut Removals) {
    let unwanted = |live: &LiveDroplet| bench.goes(droplet_addresses(bench.mark, live)).is_some();
    let is_replaced = |live: &LiveDroplet| {
        bench.index.successions.values().any(|succession| succession.old.id == live.id)
    };
    former_droplets(bench, goes);
    for (address, found) in &bench.index.droplets {
        for live in found.iter().filter(|live| unwanted(live) && !is_replaced(live)) {
            if let Some(host) = shared_by(bench, address) {
                refuse_to_move(removals, address, host);
            }
            if bench.is_adopted(&live.tags) {
                goes.adopted.push((address.clone(), live.name.clone()));
            }
            if release::is_released(bench, address, live) {
                release::droplet(bench, (address, live), goes, removals);
                continue;
            }
            let deletion = Deletion::Droplet { id: live.id };
            let step = goes.add(address.clone(), &live.name, deletion);
            step.monthly.before = with_backups(bench, &live.size, live.backups);
        }
    }
}

/// The machine that the component of a machine that goes is to share from now on, if it is.
fn shared_by<'a>(bench: &Bench<'a>, going: &Address) -> Option<&'a Address> {
    let component = going.component_name()?;
    let mut hosts = bench.wanted.iter().filter_map(|(address, node)| {
        node.value.as_droplet()?.guests.contains(component).then_some(address)
    });
    hosts.next()
}

/// A component does not change machines in one go: what it has on its own disk would be lost, and
/// its volume would be taken away under what runs.
fn refuse_to_move(removals: &mut Removals, going: &Address, host: &Address) {
    let text = format!(
        "it is to share the machine of `{host}`, and its own would go with all that is on its own disk"
    );
    let way_out = format!(
        "take `{0}` out of the file and run `dostack up`, which keeps its volume; then put it back with `on: {host}`, and the volume is attached there",
        going.owner()
    );
    removals.refuse(going, Refused::Unsafe, (text, &way_out));
}

/// Firewalls that cover one tag of the stack's and nothing else, and that no wanted one is.
///
/// One that covers more was made by somebody else, who merely named a tag of ours.
fn firewalls(bench: &Bench, goes: &mut Goes, removals: &mut Removals) {
    let places: BTreeMap<&str, &Address> =
        bench.index.firewalls.iter().map(|(address, live)| (live.id.as_str(), address)).collect();
    for live in &bench.index.our_firewalls {
        let place = places.get(live.id.as_str()).copied();
        let is_wanted = place.is_some_and(|address| bench.wanted.get(address).is_some());
        if let Some(marked) = bench.mark.adopted_firewall_among(&live.tags) {
            if !is_wanted {
                adopted_firewall(bench, (&marked, live), goes, removals);
            }
            continue;
        }
        let covers_one_tag = live.tags.len() == 1 && live.droplet_ids.is_empty();
        if !is_wanted && (place.is_some() || covers_one_tag) {
            let address = place.cloned().unwrap_or_else(|| firewall_address(bench, live));
            let deletion = Deletion::Firewall { id: live.id.clone() };
            goes.add(address, &live.name, deletion);
        }
    }
    for live in &bench.index.their_firewalls {
        let ours = live.tags.iter().filter(|tag| bench.mark.owns_tag(tag));
        let ours = ours.map(|tag| format!("`{tag}`")).collect::<Vec<_>>().join(", ");
        let text = format!("the firewall `{}` also covers {ours}, and is left alone", live.name);
        removals.notes.push(Note { address: None, text });
    }
}

fn adopted_firewall(
    bench: &Bench,
    (address, live): (&Address, &LiveFirewall),
    goes: &mut Goes,
    removals: &mut Removals,
) {
    goes.adopted.push((address.clone(), live.name.clone()));
    if release::is_named(bench.asked, address, &live.name) {
        goes.add(address.clone(), &live.name, Deletion::Firewall { id: live.id.clone() });
    } else {
        release::firewall(bench, (address, live), goes, removals);
    }
}

/// A firewall's place when the file does not speak of it: its component's, or what its name says
/// of one on the whole stack.
fn firewall_address(bench: &Bench, live: &LiveFirewall) -> Address {
    let owner = live.tags.iter().find_map(|tag| bench.mark.address_in(tag.as_str()));
    let prefix = format!("{}-", bench.mark.stack());
    let made = || live.name.strip_prefix(&prefix).and_then(|name| name.parse().ok());
    let given = || ComponentName::parse(&live.name).ok().map(Address::component);
    owner
        .map(|owner| owner.part(Part::Firewall))
        .or_else(made)
        .or_else(|| given().map(|name| name.part(Part::Firewall)))
        .unwrap_or_else(|| Address::stack(Part::Firewall))
}

/// Keys this stack registered; those it found registered are somebody else's.
fn keys(bench: &Bench, goes: &mut Goes) {
    let ours = bench.inventory.keys.values().filter(|key| bench.mark.owns_key_named(&key.name));
    for key in ours {
        let fingerprint = key.fingerprint.clone();
        let address = Address::stack(Part::Key(fingerprint.short()));
        let deletion = Deletion::SshKey { id: key.id, fingerprint };
        goes.add(address, &key.name, deletion);
    }
}

/// The network goes with the stack, unless it has become its region's default.
fn network(bench: &Bench, goes: &mut Goes, removals: &mut Removals) {
    let address = Address::stack(Part::Vpc);
    if bench.wanted.get(&address).is_some() {
        return;
    }
    let adopted: BTreeSet<&str> = network::adopted(bench.file, bench.inventory)
        .into_iter()
        .map(|vpc| vpc.id.as_str())
        .collect();
    for live in bench.inventory.vpcs_of(bench.mark) {
        if adopted.contains(live.id.as_str()) {
            let text = format!("the VPC `{}` is adopted, and stays", live.name);
            removals.notes.push(Note { address: Some(address.clone()), text });
        } else if live.default {
            let text = format!(
                "the VPC `{}` is the default of {} and stays: DigitalOcean deletes no default VPC",
                live.name, live.region
            );
            removals.notes.push(Note { address: Some(address.clone()), text });
        } else {
            let deletion = Deletion::Vpc { id: live.id.clone() };
            goes.add(address.clone(), &live.name, deletion);
        }
    }
}

/// What somebody may look for in the account afterwards.
fn what_stays(bench: &Bench, removals: &mut Removals) {
    for domain in bench.inventory.zones().filter_map(|zone| zone.name.as_ref()) {
        let text = format!("the domain `{domain}` stays; dostack never deletes a domain");
        removals.notes.push(Note { address: Some(Address::stack(Part::Domain)), text });
    }
    let stack_tag = bench.mark.stack_tag();
    let droplets = by_id(&bench.inventory.droplets, |live| &live.id).into_iter();
    let unmarked = droplets.filter(|live| droplet_addresses(bench.mark, live).is_empty());
    for live in unmarked.filter(|live| live.tags.contains(&stack_tag)) {
        let text = format!(
            "the droplet `{}` ({}) carries the tag `{stack_tag}` but no address of the stack, and stays",
            live.name, live.id
        );
        removals.notes.push(Note { address: None, text });
    }
}

/// Lets each removal wait for the removal of whatever may need it.
///
/// It is the order of creation reversed, known from the kinds alone, since the file that spoke of
/// these things may be gone.
fn with_needs(mut steps: Vec<Step>) -> Vec<Step> {
    let all: Vec<(Address, Kind)> =
        steps.iter().map(|step| (step.address.clone(), step.kind)).collect();
    let mut by_owner: BTreeMap<&Owner, Vec<&(Address, Kind)>> = BTreeMap::new();
    for one in &all {
        by_owner.entry(one.0.owner()).or_default().push(one);
    }
    for step in &mut steps {
        let then = (&step.address, step.kind);
        let before = match step.kind {
            Kind::Tag | Kind::Vpc | Kind::SshKey | Kind::Firewall | Kind::Project => {
                all.iter().collect()
            }
            Kind::Volume
            | Kind::Droplet
            | Kind::Attachment
            | Kind::ReservedIp
            | Kind::Domain
            | Kind::Record
            | Kind::Membership
            | Kind::Alert
            | Kind::Snapshot => near(&by_owner, &step.address),
        };
        let before = before.into_iter().filter(|one| goes_before((&one.0, one.1), then));
        step.needs.extend(before.map(|(address, _)| address.clone()));
    }
    steps
}

/// What goes of the same owner, and of the component as a whole.
fn near<'a>(
    by_owner: &BTreeMap<&Owner, Vec<&'a (Address, Kind)>>,
    address: &Address,
) -> Vec<&'a (Address, Kind)> {
    let component = address.component_name().map(|name| Address::component(name.clone()));
    let owners: BTreeSet<&Owner> =
        [Some(address), component.as_ref()].into_iter().flatten().map(Address::owner).collect();
    owners.into_iter().filter_map(|owner| by_owner.get(owner)).flatten().copied().collect()
}

/// Whether the removal of `first` comes before that of `then`.
fn goes_before(first: (&Address, Kind), then: (&Address, Kind)) -> bool {
    let same_owner = first.0.owner() == then.0.owner();
    let same_component = first.0.component_name() == then.0.component_name();
    let whole_stack = *then.0.which() == Part::Main || *then.0.owner() == Owner::Stack;
    match (first.1, then.1) {
        (Kind::Record, Kind::ReservedIp | Kind::Droplet)
        | (Kind::ReservedIp | Kind::Snapshot, Kind::Droplet)
        | (Kind::Droplet | Kind::Snapshot, Kind::Volume) => same_owner,
        (Kind::Droplet, Kind::Firewall) => same_component || whole_stack,
        (Kind::Alert, Kind::Droplet) => same_component,
        (Kind::Droplet, Kind::SshKey | Kind::Vpc)
        | (Kind::Droplet | Kind::ReservedIp | Kind::Volume, Kind::Project)
        | (
            Kind::Droplet
            | Kind::ReservedIp
            | Kind::Volume
            | Kind::Snapshot
            | Kind::Firewall
            | Kind::Alert,
            Kind::Tag,
        ) => true,
        _ => false,
    }
}
