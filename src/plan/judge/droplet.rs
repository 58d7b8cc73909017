//! Machines.

use std::time::Duration;

use crate::{
    inventory::{Found, Id},
    plan::{
        Action, DropletUpdate, PowerCycle, Reason, Refused, Undo, Update, Work,
        judge::{Bench, Judged, fields, replaces},
    },
    resources::{Droplet, Effect, FieldChange, LiveDroplet, MadeFrom, Resource, Status},
    values::{Address, DropletName, Money, SizeSlug},
};

/// How long a machine is expected to be off for a resize without its disk: a shutdown of up to
/// half a minute, about a minute for the resize, half a minute to boot. DigitalOcean promises no
/// figure; its own help says a minute for each used GB as a rule of thumb.
const OUTAGE: Duration = Duration::from_secs(120);

/// Judges a machine: ours by its tag, or made.
pub fn judge(bench: &Bench, address: &Address, wanted: &Droplet) -> Judged {
    match bench.index.droplets.get(address).map(Vec::as_slice) {
        None | Some([]) => missing(bench, address, wanted),
        Some([live]) => compare(bench, wanted, live),
        Some([first, second, ..]) => {
            let text = format!("droplets {} and {} both carry this mark", first.id, second.id);
            let way_out = "delete the one you do not want, or take its tag off";
            Judged::in_sync(None).refused(Refused::Ambiguous, text, way_out)
        }
    }
}

fn missing(bench: &Bench, address: &Address, wanted: &Droplet) -> Judged {
    let after = bench.inventory.catalog.monthly(&wanted.size);
    let mut judged = Judged::missing(Resource::Droplet(wanted.clone())).costing(Money::ZERO, after);
    judged.refusals.extend(size_refusal(bench, wanted, &wanted.size, None));
    for stranger in &bench.inventory.strangers {
        let adopted = wanted
            .adopt
            .as_ref()
            .is_some_and(|target| *target == stranger.name || *target == stranger.id.to_string());
        if adopted {
            let text = format!(
                "the droplet `{}` ({}) that `adopt` names exists, and this version cannot adopt yet",
                stranger.name, stranger.id
            );
            judged =
                judged.refused(Refused::Impossible, text, "take `adopt` out to create a new one");
        } else if stranger.name == wanted.name.as_str() {
            judged.notes.push(format!(
                "a droplet named `{}` ({}) exists without this stack's mark; it is left alone and {address} becomes a second one",
                stranger.name, stranger.id
            ));
        }
    }
    judged
}

fn compare(bench: &Bench, wanted: &Droplet, live: &LiveDroplet) -> Judged {
    let vpc_id = wanted_vpc(bench);
    let changes = wanted.diff(live, vpc_id);
    let cycle = power_cycle(wanted, live);
    let to = cycle.as_ref().map_or(&live.size, |cycle| &cycle.to).clone();
    let update = DropletUpdate {
        id: live.id,
        add_tags: wanted.missing_tags(live),
        rename: rename(wanted, live),
        power_cycle: cycle.clone(),
    };
    let replaced = replaces(&changes).then(|| fields(&changes, Effect::Replace));
    let prices = &bench.inventory.catalog;
    let mut judged = Judged::differs(found(live), changes, Update::Droplet(update.clone()))
        .costing(prices.monthly(&live.size), prices.monthly(&to));
    if let Some(cycle) = cycle {
        judged = resized(judged, live, update, &cycle);
        if live.size != to {
            judged.refusals.extend(size_refusal(bench, wanted, &to, Some(live)));
        }
    }
    if let Some(fields) = replaced {
        judged.action = Action::Replace;
        judged.undo = Undo::Rebuild;
        let text = format!("{fields} of a droplet cannot be changed; it would have to be replaced");
        let way_out = "change it back; this version replaces no droplet";
        judged = judged.refused(Refused::Unsafe, text, way_out);
    }
    judged.notes.extend(notes(bench, wanted, live));
    judged
}

/// A step that switches the machine off and on, or pays the debt of one that did.
fn resized(
    judged: Judged,
    live: &LiveDroplet,
    update: DropletUpdate,
    cycle: &PowerCycle,
) -> Judged {
    let mut changes = judged.changes;
    let unfinished = cycle.debt.is_some();
    if unfinished && live.status != Status::Active {
        changes.push(FieldChange::new("power", &live.status, "active", Effect::PowerOff));
    }
    Judged {
        action: Action::Resize,
        reason: if unfinished { Reason::Unfinished } else { Reason::Differs },
        work: Work::Update(Update::Droplet(update)),
        downtime: (live.size != cycle.to || live.status != Status::Active).then_some(OUTAGE),
        changes,
        ..judged
    }
}

/// The size to end with: a debt's own while the file accepts it, else the file's, else as it is.
fn power_cycle(wanted: &Droplet, live: &LiveDroplet) -> Option<PowerCycle> {
    let debt = live.debt();
    let asked = debt.as_ref().map(|debt| &debt.size).filter(|size| wanted.accepts(size));
    let to = match asked {
        Some(size) => size,
        None if wanted.accepts(&live.size) => &live.size,
        None => &wanted.size,
    };
    let to = to.clone();
    (debt.is_some() || to != live.size).then(|| PowerCycle { from: live.size.clone(), to, debt })
}

fn rename(wanted: &Droplet, live: &LiveDroplet) -> Option<DropletName> {
    (live.name != wanted.name.as_str()).then(|| wanted.name.clone())
}

fn wanted_vpc<'a>(bench: &'a Bench) -> Option<&'a str> {
    match bench.inventory.vpcs_of(bench.mark).as_slice() {
        [only] => Some(&only.id),
        _ => None,
    }
}

/// Why a size cannot be had: unknown, not offered here, or with less disk than there is.
fn size_refusal(
    bench: &Bench,
    wanted: &Droplet,
    size: &SizeSlug,
    live: Option<&LiveDroplet>,
) -> Option<(Refused, String, String)> {
    let catalog = &bench.inventory.catalog;
    let nearest = catalog
        .nearest(size, &wanted.region)
        .map_or_else(|| "see `doctl compute size list`".to_owned(), |slug| format!("try `{slug}`"));
    let impossible = |text| Some((Refused::Impossible, text, nearest));
    match (catalog.size(size), live) {
        (None, _) => impossible(format!("DigitalOcean has no size `{size}`")),
        (Some(offer), _) if !offer.available || !offer.regions.contains(&wanted.region) => {
            impossible(format!("the size `{size}` is not offered in {}", wanted.region))
        }
        (Some(offer), Some(live)) if offer.disk_gb < live.disk_gb => impossible(format!(
            "the size `{size}` has {} GB of disk and the droplet has {}; a disk cannot shrink",
            offer.disk_gb, live.disk_gb
        )),
        (Some(_), _) => None,
    }
}

fn found(live: &LiveDroplet) -> Found {
    let (public_ip, private_ip) = (live.public_ip, live.private_ip);
    Found { id: Id::Number(live.id), public_ip, private_ip }
}

fn notes(bench: &Bench, wanted: &Droplet, live: &LiveDroplet) -> Vec<String> {
    let mut notes = Vec::new();
    let made_from = bench.mark.made_from_among(&live.tags).and_then(MadeFrom::parse);
    let made_from_now = bench.mark.made_from_among(&wanted.tags).and_then(MadeFrom::parse);
    if let (Some(live), Some(wanted)) = (made_from, made_from_now) {
        let changes = wanted.diff(&live);
        if !changes.is_empty() {
            let fields = fields(&changes, Effect::NextRebuild);
            notes.push(format!("{fields} changed; it affects the next rebuild of the machine"));
        }
    }
    if live.status == Status::Off && live.debt().is_none() {
        notes.push("the machine is off, and billed all the same".to_owned());
    }
    notes
}
