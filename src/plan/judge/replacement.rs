//! Machines that take the place of others: asked for with `--replace`, or begun and not finished.
//!
//! Two machines of one address are an unfinished replacement when one carries a later generation;
//! it wins, and the other is deleted when everything has moved.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    components::Wanted,
    inventory::Inventory,
    plan::{
        Action, Reason, Refused, Replacement, Succeed, Successor, Undo, Work,
        judge::{
            Bench, Judged,
            droplet::{found, made_from_changes, refused_size, stack_vpc, with_backups},
        },
    },
    resources::{
        Droplet, Effect, FieldChange, LiveBackups, LiveDroplet, LiveVolume, Resource, Status,
        snapshot_price,
    },
    values::{Address, Mark, Money, Part, SizeSlug, Tag},
};

/// How long the data is expected to be away: a shutdown of up to half a minute, a snapshot, and
/// the volume's way from one machine to the other. The new machine has booted before.
const OUTAGE: Duration = Duration::from_mins(2);

/// What decides which machines are replaced.
pub struct Ground<'a> {
    /// What the stack file says.
    pub file: &'a Wanted,
    /// Everything that was found.
    pub inventory: &'a Inventory,
    /// The stack's marks.
    pub mark: &'a Mark,
}

/// One machine, and the one that takes its place.
#[derive(Clone, Copy)]
pub struct Succession<'a> {
    /// The one that goes.
    pub old: &'a LiveDroplet,
    /// The one that takes its place; none while it is only asked for.
    pub new: Option<&'a LiveDroplet>,
}

/// Every replacement that is under way or asked for, by address.
pub fn successions<'a>(
    ground: &Ground<'a>,
    asked: &BTreeSet<Address>,
) -> BTreeMap<Address, Succession<'a>> {
    let mark = ground.mark;
    let of = |(address, found): (Address, Vec<&'a LiveDroplet>)| {
        let succession = match found.as_slice() {
            [live] if asked.contains(&address) => {
                let wanted = ground.file.get(&address)?.value.as_droplet()?;
                let is_free = why_not(ground, wanted, live).is_none();
                is_free.then_some(Succession { old: live, new: None })
            }
            [one, other] => unfinished(mark, one, other),
            _ => None,
        };
        Some((address, succession?))
    };
    ground.inventory.droplets_of(mark).into_iter().filter_map(of).collect()
}

/// The two machines of an address, if the later one was made to replace the other.
fn unfinished<'a>(
    mark: &Mark,
    one: &'a LiveDroplet,
    other: &'a LiveDroplet,
) -> Option<Succession<'a>> {
    let generation = |live: &LiveDroplet| mark.generation_among(&live.tags);
    let is_address =
        |tag: &Tag| mark.address_in(tag.as_str()).is_some_and(|it| *it.which() == Part::Main);
    // After a rename, one may have the old name's mark and the other the new one's by mistake.
    let is_one_place = one.tags.intersection(&other.tags).any(is_address);
    let (old, new) = match generation(one).cmp(&generation(other)) {
        std::cmp::Ordering::Less => (one, other),
        std::cmp::Ordering::Greater => (other, one),
        std::cmp::Ordering::Equal => return None,
    };
    is_one_place.then_some(Succession { old, new: Some(new) })
}

/// Why a machine cannot be replaced, and what to do instead.
pub fn why_not(
    ground: &Ground,
    wanted: &Droplet,
    live: &LiveDroplet,
) -> Option<(Refused, String, String)> {
    if live.region != wanted.region && !wanted.volumes.is_empty() {
        let text = format!(
            "its data is in {} and cannot move to {}; a machine there would start without it",
            live.region, wanted.region
        );
        let way_out = "change `region` back, or bring up a second stack there and move the data";
        return Some((Refused::Unsafe, text, way_out.to_owned()));
    }
    if live.is_adopted() {
        let text = "the machine was adopted, and dostack deletes none that it did not make";
        let way_out = "take it out of the file, which releases it, and let another be made";
        return Some((Refused::Unsafe, text.to_owned(), way_out.to_owned()));
    }
    if let Some((name, other)) = misnamed_volume(ground, wanted) {
        let text =
            format!("its volume is `{name}`, and a machine from this file would mount `{other}`");
        let way_out = format!("write `volume: {{ name: {name} }}`");
        return Some((Refused::Impossible, text, way_out));
    }
    match live.status {
        Status::Active | Status::Off => None,
        Status::New | Status::Archive | Status::Other(_) => {
            let text = format!("the machine is in the state `{}`", live.status);
            Some((Refused::Ambiguous, text, "wait, or see to it in the control panel".to_owned()))
        }
    }
}

/// A volume that kept its name when its component was renamed, and the name the file makes for it.
fn misnamed_volume(ground: &Ground, wanted: &Droplet) -> Option<(String, String)> {
    let found = ground.inventory.volumes_of(ground.mark);
    wanted.volumes.iter().find_map(|address| {
        let Resource::Volume(volume) = &ground.file.get(address)?.value else { return None };
        let live = found.get(address)?.first()?;
        let differs = live.name != volume.name.as_str();
        differs.then(|| (live.name.clone(), volume.name.to_string()))
    })
}

/// Whether the new machine has all it needs, so that it is judged like any other.
pub fn is_settled(bench: &Bench, wanted: &Droplet, new: &LiveDroplet) -> bool {
    let is_on = new.status == Status::Active && !new.locked;
    let holds = |volume: &&LiveVolume| volume.droplet_ids.contains(&new.id);
    is_on
        && new.public_ip.is_some()
        && new.private_ip.is_some()
        && volumes(bench, wanted).iter().all(holds)
}

/// Whether a replacement gave up in the middle: one machine, which must be on, off and without a
/// volume of its own.
///
/// One that is being resized owes another size, and one that is being adopted never had a volume of
/// ours: those are gone on with as they were begun.
pub fn is_stranded(bench: &Bench, wanted: &Droplet, live: &LiveDroplet) -> bool {
    let is_free = |volume: &&LiveVolume| volume.droplet_ids.is_empty();
    live.status == Status::Off
        && live.debt().is_some_and(|debt| debt.size == live.size)
        && bench.mark.claim_among(&live.tags).is_none()
        && volumes(bench, wanted).iter().any(is_free)
}

/// The machine's volumes that are there.
fn volumes<'a>(bench: &Bench<'a>, wanted: &Droplet) -> Vec<&'a LiveVolume> {
    let found = wanted.volumes.iter().filter_map(|volume| bench.index.volumes.get(volume));
    found.flatten().copied().collect()
}

/// Judges a machine that is replaced.
pub fn judge(bench: &Bench, wanted: &Droplet, succession: Succession) -> Judged {
    match succession.new {
        None => begin(bench, wanted, succession.old),
        Some(new) => go_on(bench, wanted, (succession.old, new)),
    }
}

fn begin(bench: &Bench, wanted: &Droplet, old: &LiveDroplet) -> Judged {
    let size = if wanted.accepts(&old.size) { &old.size } else { &wanted.size };
    let replacement = replacement(bench, wanted, (old, None), size);
    let before = with_backups(bench, &old.size, old.backups);
    let copies: Money = volumes(bench, wanted)
        .into_iter()
        .map(|volume| snapshot_price(f64::from(volume.size_gb)))
        .sum();
    let after = with_backups(bench, size, wanted.backups.after(LiveBackups::Off)) + copies;
    let judged = Judged {
        action: Action::Replace,
        reason: Reason::Asked,
        changes: changes(bench, wanted, (old, size)),
        work: Work::Replace(Box::new(replacement)),
        undo: Undo::Rebuild,
        downtime: (!wanted.volumes.is_empty()).then_some(OUTAGE),
        ..Judged::in_sync(Some(found(old))).costing(before, after)
    };
    match refused_size(bench, wanted, size, 0) {
        Some((text, way_out)) => judged.refused(Refused::Impossible, text, way_out),
        None => judged,
    }
}

fn go_on(bench: &Bench, wanted: &Droplet, (old, new): (&LiveDroplet, &LiveDroplet)) -> Judged {
    let price = with_backups(bench, &new.size, new.backups);
    let replacement = replacement(bench, wanted, (old, Some(new)), &new.size);
    Judged {
        action: Action::Replace,
        reason: Reason::Unfinished,
        work: Work::Replace(Box::new(replacement)),
        undo: Undo::Rebuild,
        downtime: (!wanted.volumes.is_empty()).then_some(OUTAGE),
        ..Judged::in_sync(Some(found(new))).costing(price, price)
    }
}

/// Judges a machine that an earlier run took the volume from, and could not give it to another.
pub fn restore(bench: &Bench, wanted: &Droplet, live: &LiveDroplet) -> Judged {
    let price = with_backups(bench, &live.size, live.backups);
    let words = vec![
        format!("put its volumes back on droplet {}", live.id),
        format!("switch droplet {} on", live.id),
    ];
    let replacement = Replacement {
        old: live.id,
        size: live.size.clone(),
        succeed: Succeed::NotAtAll,
        volumes: wanted.volumes.clone(),
        debts: live.debts(),
        in_words: words,
    };
    Judged {
        action: Action::Update,
        reason: Reason::Unfinished,
        changes: vec![FieldChange::new("power", &live.status, &"active", Effect::InPlace)],
        work: Work::Replace(Box::new(replacement)),
        ..Judged::in_sync(Some(found(live))).costing(price, price)
    }
}

fn replacement(
    bench: &Bench,
    wanted: &Droplet,
    (old, new): (&LiveDroplet, Option<&LiveDroplet>),
    size: &SizeSlug,
) -> Replacement {
    let number = bench.mark.generation_among(&old.tags) + 1;
    let generation = bench.mark.generation_tag(number);
    let mut droplet = wanted.clone();
    droplet.size = size.clone();
    droplet.volumes.clear();
    droplet.tags.insert(generation.clone());
    // Until the firewalls follow a new name, the old one's tag is what they cover.
    let former = old.tags.iter().filter(|tag| bench.mark.is_former(tag.as_str()));
    droplet.tags.extend(former.cloned());
    let in_words = in_words(bench, (wanted, &droplet), old, new);
    let made = new.map(|new| new.id);
    Replacement {
        old: old.id,
        size: old.size.clone(),
        succeed: Succeed::By(Box::new(Successor { droplet, generation, made })),
        volumes: wanted.volumes.clone(),
        debts: old.debts(),
        in_words,
    }
}

/// What takes effect with the new machine.
fn changes(
    bench: &Bench,
    wanted: &Droplet,
    (old, size): (&LiveDroplet, &SizeSlug),
) -> Vec<FieldChange> {
    let mut changes = wanted.diff(old, stack_vpc(bench, old));
    changes.retain(|change| !matches!(change.field.as_str(), "size" | "tags"));
    if old.size != *size {
        changes.push(FieldChange::new("size", &old.size, size, Effect::InPlace));
    }
    let made_from = made_from_changes(bench, wanted, old).into_iter().map(|change| {
        let after = match change.field.as_str() {
            "image" => wanted.image.to_string(),
            _ => "as the file says now".to_owned(),
        };
        FieldChange::new(change.field, &"as it was made", &after, Effect::InPlace)
    });
    changes.extend(made_from);
    changes
}

/// Everything that happens, in order.
fn in_words(
    bench: &Bench,
    (wanted, droplet): (&Droplet, &Droplet),
    old: &LiveDroplet,
    new: Option<&LiveDroplet>,
) -> Vec<String> {
    let mut words = vec![match new {
        None => format!(
            "make another `{}` ({}, {}) and wait until it is active; droplet {} serves meanwhile",
            droplet.name, droplet.size, droplet.image, old.id
        ),
        Some(new) => format!("wait until droplet {}, which an earlier run made, is active", new.id),
    }];
    let volumes = volumes(bench, wanted);
    if !volumes.is_empty() {
        words.push(format!(
            "shut droplet {} down, or pull its plug after two minutes; the account remembers that it must be on",
            old.id
        ));
    }
    for volume in volumes {
        let price = snapshot_price(f64::from(volume.size_gb));
        words.push(format!(
            "take a snapshot of the volume `{}` ({} GiB, at most {price} a month until you delete it)",
            volume.name, volume.size_gb
        ));
        words.push(format!("move the volume `{}` to the new machine", volume.name));
    }
    words.push(format!(
        "if any of this fails: give the volumes back, switch droplet {} on, take the new machine away",
        old.id
    ));
    let names = followers(bench, wanted);
    if !names.is_empty() {
        words.push(format!("point {} at the new machine", names.join(", ")));
    }
    words.push(format!("delete droplet {}, with its local disk", old.id));
    words
}

/// What points at a machine, as it is to be said.
fn followers(bench: &Bench, wanted: &Droplet) -> Vec<String> {
    let own = bench.mark.address_among(&wanted.tags);
    let is_its = |address: &Address| Some(address) == own.as_ref();
    let said = bench.wanted.iter().filter_map(|(_, node)| match &node.value {
        Resource::Record(record) if is_its(&record.target) => Some(record.fqdn()),
        Resource::ReservedIp(reserved) if is_its(&reserved.droplet) => {
            Some("its reserved IP".to_owned())
        }
        Resource::Record(_)
        | Resource::ReservedIp(_)
        | Resource::Tag(_)
        | Resource::Vpc(_)
        | Resource::SshKey(_)
        | Resource::Volume(_)
        | Resource::Droplet(_)
        | Resource::Attachment(_)
        | Resource::Firewall(_)
        | Resource::Domain(_)
        | Resource::Project(_)
        | Resource::Membership(_)
        | Resource::Alert(_) => None,
    });
    said.collect()
}
