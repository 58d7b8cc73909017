//! Tags of the stack that nothing carries or names any more.

use std::collections::BTreeSet;

use crate::{
    plan::{Asked, Deletion, Purpose, Release, Step, Work, judge::Bench, removal::Goes},
    resources::{Debt, LiveDroplet, LiveFirewall, LiveVolume, Resource},
    values::{Address, Part, Tag},
};

/// Adds the removal of the tags that only things which go have carried or named, in one step.
pub fn tags(bench: &Bench, asked: &Asked, goes: &mut Goes) {
    let going = Going::of(&goes.steps);
    let mut unwanted = used(bench);
    unwanted.retain(|tag| bench.mark.owns_tag(tag) && may_go(bench, asked, tag));
    unwanted.extend(debts(bench, &going));
    let no_proof = no_proof(bench);
    for tag in surviving(bench, &going).filter(|tag| Some(*tag) != no_proof.as_ref()) {
        unwanted.remove(tag);
    }
    let unwanted: Vec<Tag> = unwanted.into_iter().cloned().collect();
    if !unwanted.is_empty() {
        let name = unwanted.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ");
        goes.add(Address::stack(Part::Tags), &name, Deletion::Tags(unwanted));
    }
}

/// The tag that tells of alert policies, when none is wanted: machines that stay lose it.
fn no_proof(bench: &Bench) -> Option<Tag> {
    let mut wanted = bench.wanted.iter();
    let is_alert = |resource: &Resource| matches!(resource, Resource::Alert(_));
    (!wanted.any(|(_, node)| is_alert(&node.value))).then(|| bench.mark.alerts_tag())
}

/// The ids of what goes.
#[derive(Default)]
struct Going<'a> {
    droplets: BTreeSet<u64>,
    released: BTreeSet<u64>,
    /// Tags that are taken off a droplet which stays.
    taken: BTreeSet<(u64, &'a Tag)>,
    others: BTreeSet<&'a str>,
}

impl<'a> Going<'a> {
    fn of(steps: &'a [Step]) -> Self {
        let mut going = Self::default();
        for step in steps {
            match &step.work {
                Work::Delete(Deletion::Droplet { id }) => {
                    going.droplets.insert(*id);
                }
                Work::Delete(
                    Deletion::Volume { id, .. }
                    | Deletion::Snapshot { id }
                    | Deletion::Firewall { id },
                )
                | Work::Release(Release::Volume { id, .. } | Release::Firewall { id, .. }) => {
                    going.others.insert(id);
                }
                Work::Release(Release::Droplet { id, .. }) => {
                    going.released.insert(*id);
                }
                Work::Delete(Deletion::ReservedIp { droplet, tags, .. }) => {
                    going.taken.extend(tags.iter().map(|tag| (*droplet, tag)));
                }
                Work::Release(Release::Records(_))
                | Work::Delete(
                    Deletion::Tags(_)
                    | Deletion::Vpc { .. }
                    | Deletion::SshKey { .. }
                    | Deletion::Project { .. }
                    | Deletion::Alert { .. }
                    | Deletion::Records(_),
                )
                | Work::Nothing
                | Work::Create(_)
                | Work::Replace(_)
                | Work::Update(_) => {}
            }
        }
        going
    }

    /// Whether a droplet loses the stack's tags, with its life or without.
    fn holds(&self, droplet: u64) -> bool {
        self.droplets.contains(&droplet) || self.released.contains(&droplet)
    }
}

/// Snapshots carry the stack's and their volume's tag, and are listed on `destroy` only.
fn may_go(bench: &Bench, asked: &Asked, tag: &Tag) -> bool {
    let on_snapshots = *tag == bench.mark.stack_tag()
        || bench.mark.address_in(tag.as_str()).is_some_and(|it| *it.which() == Part::Volume);
    match asked.purpose {
        Purpose::Stand => !on_snapshots,
        Purpose::Go => true,
    }
}

/// Every tag that was seen.
fn used<'a>(bench: &'a Bench) -> BTreeSet<&'a Tag> {
    let inventory = bench.inventory;
    let droplets = inventory.droplets.iter().flat_map(|live: &'a LiveDroplet| &live.tags);
    let volumes = inventory.volumes.iter().flat_map(|live: &'a LiveVolume| &live.tags);
    let firewalls = inventory.firewalls.iter().flat_map(LiveFirewall::tags_spoken_of);
    droplets.chain(volumes).chain(firewalls).chain(&inventory.tags).collect()
}

/// The debts of machines that go, whether they carry them or not: nobody will pay them any more.
fn debts<'a>(bench: &'a Bench, going: &Going) -> impl Iterator<Item = &'a Tag> {
    let droplets = bench.inventory.droplets.iter();
    let droplets = droplets.filter(|live| going.droplets.contains(&live.id));
    let carried = droplets.flat_map(|live| &live.tags).filter(|tag| Debt::from_tag(tag).is_some());
    let is_going = |tag: &&Tag| {
        let droplet = Debt::from_tag(tag).and_then(|debt| debt.droplet());
        droplet.is_some_and(|id| going.droplets.contains(&id))
    };
    carried.chain(bench.inventory.tags.iter().filter(is_going))
}

/// What is wanted, and what anything that stays carries or names.
fn surviving<'a>(bench: &'a Bench, going: &Going) -> impl Iterator<Item = &'a Tag> {
    let inventory = bench.inventory;
    let droplets = inventory.droplets.iter().filter(|live| !going.holds(live.id));
    let carried = droplets.flat_map(|live| live.tags.iter().map(move |tag| (live.id, tag)));
    let carried = carried.filter(|carried| !going.taken.contains(carried)).map(|(_, tag)| tag);
    // A machine whose component was renamed gets the marks of the new name before this.
    let carried = carried.filter(|tag| !bench.mark.is_former(tag.as_str()));
    let volumes = inventory.volumes.iter();
    let volumes = volumes.filter(|live| !going.others.contains(live.id.as_str()));
    let on_volumes = volumes.flat_map(|live| &live.tags);
    let spoken_of = foreign_firewalls(bench, going).flat_map(LiveFirewall::tags_spoken_of);
    let snapshots = inventory.snapshots.iter();
    let snapshots = snapshots.filter(|live| !going.others.contains(live.id.as_str()));
    let on_snapshots = snapshots.flat_map(|live| &live.tags);
    let carried = carried.chain(on_volumes).chain(on_snapshots);
    wanted(bench)
        .chain(generations(bench))
        .chain(carried)
        .chain(spoken_of)
        .chain(adoptions(bench, going))
}

/// The generations of machines that are about to be made, by the tags that say them already.
fn generations<'a>(bench: &'a Bench) -> impl Iterator<Item = &'a Tag> {
    let begun = bench.index.successions.values().filter(|succession| succession.new.is_none());
    let numbers: BTreeSet<u32> =
        begun.map(|succession| bench.mark.generation_among(&succession.old.tags) + 1).collect();
    used(bench)
        .into_iter()
        .filter(move |tag| numbers.iter().any(|number| bench.mark.generation_tag(*number) == **tag))
}

fn wanted<'a>(bench: &'a Bench) -> impl Iterator<Item = &'a Tag> {
    bench.wanted.iter().flat_map(|(_, node)| -> Vec<&Tag> {
        match &node.value {
            Resource::Tag(wanted) => vec![&wanted.tag],
            Resource::Firewall(firewall) => firewall.tags.iter().collect(),
            Resource::Droplet(droplet) => droplet.tags.iter().collect(),
            Resource::Volume(volume) => volume.tags.iter().collect(),
            Resource::Vpc(_)
            | Resource::SshKey(_)
            | Resource::Attachment(_)
            | Resource::ReservedIp(_)
            | Resource::Domain(_)
            | Resource::Project(_)
            | Resource::Membership(_)
            | Resource::Alert(_)
            | Resource::Record(_) => Vec::new(),
        }
    })
}

/// The tags that say of firewalls which stay that they were adopted: no file speaks of them.
fn adoptions<'a>(bench: &'a Bench, going: &Going) -> BTreeSet<&'a Tag> {
    let firewalls = bench.inventory.firewalls.iter();
    let staying = firewalls.filter(|live| !going.others.contains(live.id.as_str()));
    let tags = staying.flat_map(|live| &live.tags);
    tags.filter(|tag| bench.mark.adopted_firewall_among([*tag]).is_some()).collect()
}

/// Firewalls that stay as they are; one of the stack's own is made to be as wanted.
fn foreign_firewalls<'a>(
    bench: &'a Bench,
    going: &Going,
) -> impl Iterator<Item = &'a LiveFirewall> {
    let own: BTreeSet<&str> = bench.index.firewalls.values().map(|live| live.id.as_str()).collect();
    let firewalls = bench.inventory.firewalls.iter();
    firewalls.filter(move |live| {
        !own.contains(live.id.as_str()) && !going.others.contains(live.id.as_str())
    })
}
