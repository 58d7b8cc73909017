//! What is there, is ours, and is not wanted any more.

use std::collections::BTreeSet;

use crate::{
    inventory::{Id, Known},
    plan::{
        Action, Asked, Deletion, Kept, Note, Purpose, Reason, Refusal, Refused, Step, Undo, Work,
        judge::Bench,
    },
    resources::{Kind, LiveFirewall, LiveVolume, Resource},
    values::{Address, Change, Money, Owner, Part, Tag},
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

/// Finds everything of the stack's that nothing wanted claims.
pub fn removals(bench: &Bench, known: &Known, asked: &Asked) -> Removals {
    let mut removals = Removals::default();
    let reason = match asked.purpose {
        Purpose::Stand => Reason::NotInFile,
        Purpose::Go => Reason::Destroyed,
    };
    let mut goes = Goes { reason, steps: Vec::new() };
    records(bench, &mut goes);
    droplets(bench, &mut goes);
    let kept_volumes = volumes(bench, asked, &mut goes, &mut removals);
    firewalls(bench, known, &mut goes);
    keys(bench, asked, &mut goes);
    network(bench, &mut goes, &mut removals);
    snapshots(bench, &mut removals);
    tags(bench, &kept_volumes, &mut goes);
    zone(bench, asked, &mut removals);
    removals.steps = with_needs(goes.steps);
    removals
}

/// Steps that remove things, all for one reason.
struct Goes {
    reason: Reason,
    steps: Vec<Step>,
}

impl Goes {
    fn add(&mut self, address: Address, kind: Kind, name: &str, deletion: Deletion) -> &mut Step {
        let undo = match deletion {
            Deletion::Volume { .. } => Undo::Never,
            Deletion::Droplet { .. } => Undo::Rebuild,
            Deletion::Tags(_)
            | Deletion::Vpc { .. }
            | Deletion::SshKey { .. }
            | Deletion::Firewall { .. }
            | Deletion::Record(_) => Undo::Possible,
        };
        self.steps.push(Step {
            address,
            kind,
            name: name.to_owned(),
            action: Action::Delete,
            reason: self.reason,
            changes: Vec::new(),
            needs: BTreeSet::new(),
            undo,
            downtime: None,
            monthly: Change::default(),
            work: Work::Delete(deletion),
        });
        self.steps.last_mut().expect("a step was just added")
    }
}

fn records(bench: &Bench, goes: &mut Goes) {
    let ours = bench.inventory.zone.iter().flat_map(|zone| &zone.ours);
    for (address, live) in ours.filter(|(address, _)| bench.wanted.get(address).is_none()) {
        let name = match live.name.as_str() {
            "@" => live.domain.to_string(),
            name => format!("{name}.{}", live.domain),
        };
        goes.add(address.clone(), Kind::Record, &name, Deletion::Record(live.clone()));
    }
}

fn droplets(bench: &Bench, goes: &mut Goes) {
    for (address, found) in &bench.index.droplets {
        if bench.wanted.get(address).is_some() {
            continue;
        }
        for live in found {
            let deletion = Deletion::Droplet { id: live.id };
            let step = goes.add(address.clone(), Kind::Droplet, &live.name, deletion);
            step.monthly.before = bench.inventory.catalog.monthly(&live.size);
        }
    }
}

/// Volumes go only by name; the others are kept, and given back.
fn volumes<'a>(
    bench: &'a Bench,
    asked: &Asked,
    goes: &mut Goes,
    removals: &mut Removals,
) -> Vec<&'a LiveVolume> {
    let mut kept = Vec::new();
    let mut named: BTreeSet<&String> = BTreeSet::new();
    for (address, live) in
        bench.index.volumes.iter().flat_map(|(a, found)| found.iter().map(move |v| (a, *v)))
    {
        if bench.wanted.get(address).is_some() {
            continue;
        }
        let names = |given: &&String| **given == live.name || **given == address.to_string();
        if let Some(given) = asked.delete_data.iter().find(names) {
            named.insert(given);
            let deletion = Deletion::Volume {
                id: live.id.clone(),
                attached_to: stays_attached(bench, live),
                region: live.region.to_string(),
            };
            let step = goes.add(address.clone(), Kind::Volume, &live.name, deletion);
            step.monthly.before = live.monthly();
        } else {
            removals.kept.push(kept_volume(address, live));
            kept.push(live);
        }
    }
    for unknown in asked.delete_data.iter().filter(|given| !named.contains(given)) {
        removals.refusals.push(Refusal {
            address: None,
            why: Refused::Impossible,
            text: format!("`--delete-data {unknown}` names no volume of this stack that goes"),
            way_out: "name it by its address or its name, as the plan lists it".to_owned(),
        });
    }
    kept
}

/// The droplet that holds a volume and is not going to be deleted.
fn stays_attached(bench: &Bench, live: &LiveVolume) -> Option<u64> {
    let holder = live.droplet_ids.first().copied()?;
    let stays = bench.index.droplets.iter().any(|(address, found)| {
        bench.wanted.get(address).is_some() && found.iter().any(|droplet| droplet.id == holder)
    });
    stays.then_some(holder)
}

fn kept_volume(address: &Address, live: &LiveVolume) -> Kept {
    Kept {
        address: address.clone(),
        kind: Kind::Volume,
        name: live.name.clone(),
        size_gb: live.size_gb,
        monthly: live.monthly(),
    }
}

/// Firewalls that cover nothing but the stack's own tags, and that no wanted one is.
///
/// One that covers more was made by somebody else, who merely named a tag of ours.
fn firewalls(bench: &Bench, known: &Known, goes: &mut Goes) {
    let claimed: BTreeSet<&Id> = known.values().map(|found| &found.id).collect();
    for live in bench.inventory.firewalls_of(bench.mark) {
        let id = Id::Text(live.id.clone());
        let only_ours = live.tags.iter().all(|tag| bench.mark.owns_tag(tag));
        if only_ours && live.droplet_ids.is_empty() && !claimed.contains(&id) {
            let deletion = Deletion::Firewall { id: live.id.clone() };
            goes.add(firewall_address(bench, live), Kind::Firewall, &live.name, deletion);
        }
    }
}

/// A firewall's place: its component's, or what its name says of one on the whole stack.
fn firewall_address(bench: &Bench, live: &LiveFirewall) -> Address {
    let owner = live.tags.iter().find_map(|tag| bench.mark.address_in(tag.as_str()));
    let by_name = || {
        let prefix = format!("{}-", bench.mark.stack());
        live.name.strip_prefix(&prefix).and_then(|name| name.parse().ok())
    };
    owner
        .map(|owner| owner.part(Part::Firewall))
        .or_else(by_name)
        .unwrap_or_else(|| Address::stack(Part::Firewall))
}

fn keys(bench: &Bench, asked: &Asked, goes: &mut Goes) {
    if asked.purpose == Purpose::Stand {
        return;
    }
    let ours = bench.inventory.keys.values().filter(|key| bench.mark.owns_key_named(&key.name));
    for key in ours {
        let fingerprint = key.fingerprint.clone();
        let address = Address::stack(Part::Key(fingerprint.short()));
        let deletion = Deletion::SshKey { id: key.id, fingerprint };
        goes.add(address, Kind::SshKey, &key.name, deletion);
    }
}

/// The network goes with the stack, unless it has become its region's default.
fn network(bench: &Bench, goes: &mut Goes, removals: &mut Removals) {
    let address = Address::stack(Part::Vpc);
    if bench.wanted.get(&address).is_some() {
        return;
    }
    for live in bench.inventory.vpcs_of(bench.mark) {
        if live.default {
            let text = format!(
                "the VPC `{}` is the default of {} and stays: DigitalOcean deletes no default VPC",
                live.name, live.region
            );
            removals.notes.push(Note { address: Some(address.clone()), text });
        } else {
            let deletion = Deletion::Vpc { id: live.id.clone() };
            goes.add(address.clone(), Kind::Vpc, &live.name, deletion);
        }
    }
}

fn snapshots(bench: &Bench, removals: &mut Removals) {
    let stack_tag = bench.mark.stack_tag();
    let ours = bench.inventory.snapshots.iter().filter(|live| live.tags.contains(&stack_tag));
    for live in ours {
        let address = bench.mark.address_among(&live.tags);
        removals.kept.push(Kept {
            address: address.unwrap_or_else(|| Address::stack(Part::Volume)),
            kind: Kind::Snapshot,
            name: live.name.clone(),
            size_gb: whole(live.size_gb),
            monthly: live.monthly(),
        });
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded up, at least 0"
)]
fn whole(size_gb: f64) -> u32 {
    size_gb.ceil().max(0.0) as u32
}

/// The tags that only things which go have carried or covered, in one step.
fn tags(bench: &Bench, kept_volumes: &[&LiveVolume], goes: &mut Goes) {
    let inventory = bench.inventory;
    let carried = inventory.droplets.iter().map(|live| &live.tags);
    let carried = carried.chain(inventory.volumes.iter().map(|live| &live.tags));
    let carried = carried.chain(inventory.firewalls.iter().map(|live| &live.tags));
    let candidates: BTreeSet<Tag> = carried.flatten().chain(&inventory.tags).cloned().collect();
    let surviving = surviving_tags(bench, kept_volumes);
    let unwanted: Vec<Tag> = candidates
        .into_iter()
        .filter(|tag| bench.mark.owns_tag(tag) && !surviving.contains(tag))
        .collect();
    if !unwanted.is_empty() {
        let name = unwanted.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ");
        goes.add(Address::stack(Part::Tags), Kind::Tag, &name, Deletion::Tags(unwanted));
    }
}

fn surviving_tags(bench: &Bench, kept_volumes: &[&LiveVolume]) -> BTreeSet<Tag> {
    let mut tags: BTreeSet<Tag> = BTreeSet::new();
    for (address, node) in bench.wanted.iter() {
        match &node.value {
            Resource::Tag(wanted) => {
                tags.insert(wanted.tag.clone());
            }
            Resource::Firewall(firewall) => tags.extend(firewall.tags.iter().cloned()),
            Resource::Droplet(droplet) => {
                tags.extend(droplet.tags.iter().cloned());
                let live = bench.index.droplets.get(address).into_iter().flatten();
                tags.extend(live.flat_map(|live| live.tags.iter().cloned()));
            }
            Resource::Volume(volume) => tags.extend(volume.tags.iter().cloned()),
            Resource::Vpc(_)
            | Resource::SshKey(_)
            | Resource::Attachment(_)
            | Resource::Domain(_)
            | Resource::Record(_) => {}
        }
    }
    tags.extend(kept_volumes.iter().flat_map(|live| live.tags.iter().cloned()));
    let snapshots = bench.inventory.snapshots.iter();
    tags.extend(snapshots.flat_map(|live| live.tags.iter().cloned()));
    tags
}

fn zone(bench: &Bench, asked: &Asked, removals: &mut Removals) {
    let served = bench.inventory.zone.as_ref().and_then(|zone| zone.name.as_ref());
    if let (Purpose::Go, Some(domain)) = (asked.purpose, served) {
        let text = format!("the domain `{domain}` stays; dostack never deletes a domain");
        removals.notes.push(Note { address: Some(Address::stack(Part::Domain)), text });
    }
}

/// Lets each removal wait for the removal of whatever may need it.
///
/// It is the order of creation reversed, known from the kinds alone, since the file that spoke of
/// these things may be gone.
fn with_needs(mut steps: Vec<Step>) -> Vec<Step> {
    let all: Vec<(Address, Kind)> =
        steps.iter().map(|step| (step.address.clone(), step.kind)).collect();
    for step in &mut steps {
        step.needs = all
            .iter()
            .filter(|(address, kind)| goes_before((address, *kind), (&step.address, step.kind)))
            .map(|(address, _)| address.clone())
            .collect();
    }
    steps
}

/// Whether the removal of `first` comes before that of `then`.
fn goes_before(first: (&Address, Kind), then: (&Address, Kind)) -> bool {
    let same_owner = first.0.owner() == then.0.owner();
    let same_component = first.0.component_name() == then.0.component_name();
    let whole_stack = *then.0.which() == Part::Main || *then.0.owner() == Owner::Stack;
    match (first.1, then.1) {
        (Kind::Record, Kind::Droplet) | (Kind::Droplet, Kind::Volume) => same_owner,
        (Kind::Droplet, Kind::Firewall) => same_component || whole_stack,
        (Kind::Droplet, Kind::SshKey | Kind::Vpc)
        | (Kind::Droplet | Kind::Volume | Kind::Firewall, Kind::Tag) => true,
        _ => false,
    }
}
