//! Machines.

use std::time::Duration;

use crate::{
    inventory::{Found, Id, by_id},
    plan::{
        Action, DropletUpdate, PowerCycle, Reason, Refused, Undo, Update, Work,
        judge::{Bench, Judged, adoption, fields, replacement, replaces, several_way_out},
        network,
        size::size_refusal,
    },
    resources::{
        Backups, Droplet, Effect, FieldChange, LiveBackups, LiveDroplet, MadeFrom, Resource, Status,
    },
    values::{Address, DropletName, Money, SizeSlug},
};

/// How long a machine is expected to be off for a resize without its disk: a shutdown of up to
/// half a minute, about a minute for the resize, half a minute to boot. DigitalOcean promises no
/// figure; its own help says a minute for each used GB as a rule of thumb.
pub const OUTAGE: Duration = Duration::from_mins(2);

/// Judges a machine: ours by its tag, or made.
pub fn judge(bench: &Bench, address: &Address, wanted: &Droplet) -> Judged {
    match bench.index.droplets.get(address).map(Vec::as_slice) {
        None | Some([]) => adoption::judge(bench, address, wanted)
            .unwrap_or_else(|| missing(bench, address, wanted)),
        Some([live]) if adoption::is_claimed(bench, address, live) => {
            adoption::take_in(bench, address, (wanted, live))
        }
        Some([live]) if live.status == Status::New => unfinished(bench, wanted, live),
        Some([live]) if replacement::is_stranded(bench, wanted, live) => {
            replacement::restore(bench, wanted, live)
        }
        Some(_) if bench.index.successions.contains_key(address) => {
            replaced(bench, address, wanted)
        }
        Some([live]) => refuse_to_replace(compare(bench, wanted, live), bench, address, live),
        Some([first, second, ..]) => {
            let text = format!("droplets {} and {} both carry this mark", first.id, second.id);
            let way_out = "delete the one you do not want, or take its tag off";
            let way_out = several_way_out(bench, address, way_out);
            Judged::in_sync(None).refused(Refused::Ambiguous, text, way_out)
        }
    }
}

fn missing(bench: &Bench, address: &Address, wanted: &Droplet) -> Judged {
    let after = with_backups(bench, &wanted.size, wanted.backups.after(LiveBackups::Off));
    let mut judged = Judged::missing(Resource::Droplet(wanted.clone())).costing(Money::ZERO, after);
    if let Some((text, way_out)) = refused_size(bench, wanted, &wanted.size, 0) {
        judged = judged.refused(Refused::Impossible, text, way_out);
    }
    let strangers = by_id(&bench.inventory.strangers, |stranger| &stranger.id);
    for stranger in strangers.iter().filter(|stranger| stranger.name == wanted.name.as_str()) {
        judged.notes.push(format!(
            "a droplet named `{0}` ({1}) exists without this stack's mark; it is left alone and {address} becomes a second one: `droplet: {{ adopt: {1} }}` takes it in, `droplet: {{ name: … }}` tells them apart",
            stranger.name, stranger.id
        ));
    }
    judged
}

/// A machine that is still being built: its creation is looked up and waited for.
fn unfinished(bench: &Bench, wanted: &Droplet, live: &LiveDroplet) -> Judged {
    let monthly = with_backups(bench, &live.size, wanted.backups.after(LiveBackups::Off));
    Judged {
        reason: Reason::Unfinished,
        found: Some(found(live)),
        ..Judged::missing(Resource::Droplet(wanted.clone())).costing(monthly, monthly)
    }
}

/// A machine that takes another's place, and is like any other when it has all it needs.
fn replaced(bench: &Bench, address: &Address, wanted: &Droplet) -> Judged {
    let Some(succession) = bench.index.successions.get(address) else {
        return missing(bench, address, wanted);
    };
    // What the old machine owes is forgotten before it goes, so that no tag of it is left over.
    let settled = succession.new.filter(|new| {
        succession.old.debt().is_none() && replacement::is_settled(bench, wanted, new)
    });
    match settled {
        Some(new) => refuse_replacement(compare(bench, wanted, new), address),
        None => replacement::judge(bench, wanted, *succession),
    }
}

/// Says why a machine is not made anew though the file or the command line asks for it.
fn refuse_to_replace(
    judged: Judged,
    bench: &Bench,
    address: &Address,
    live: &LiveDroplet,
) -> Judged {
    if !bench.asked.replace.contains(address) && !replaces(&judged.changes) {
        return judged;
    }
    let wanted = bench.wanted.get(address).and_then(|node| node.value.as_droplet());
    match wanted.and_then(|wanted| replacement::why_not(&bench.ground(), wanted, live)) {
        Some((why, text, way_out)) => {
            Judged { action: Action::Replace, ..judged }.refused(why, text, way_out)
        }
        None => refuse_replacement(judged, address),
    }
}

fn compare(bench: &Bench, wanted: &Droplet, live: &LiveDroplet) -> Judged {
    let changes = wanted.diff(live, stack_vpc(bench, live));
    let cycle = power_cycle(bench, wanted, live);
    let update = DropletUpdate {
        id: live.id,
        add_tags: wanted.missing_tags(live),
        rename: rename(wanted, live),
        backups: wanted.backups.change(live.backups),
        power_cycle: cycle.clone(),
    };
    let to = cycle.as_ref().map_or(&live.size, |cycle| &cycle.to);
    let (before, after) = prices(bench, (wanted, live), to);
    let mut judged = Judged::differs(found(live), changes, Update::Droplet(update.clone()))
        .costing(before, after);
    if let Some(cycle) = &cycle {
        judged = resized(judged, live, update, cycle);
    }
    judged = refuse_size(judged, bench, wanted, (live, to));
    judged = refuse_unknown_status(judged, live);
    judged.notes.extend(notes(bench, wanted, live));
    if live.is_adopted() { judged.named(&live.name) } else { judged }
}

/// What a machine costs with its backups, before and after it has the size it is to end with.
pub fn prices(
    bench: &Bench,
    (wanted, live): (&Droplet, &LiveDroplet),
    to: &SizeSlug,
) -> (Money, Money) {
    let after = wanted.backups.after(live.backups);
    (with_backups(bench, &live.size, live.backups), with_backups(bench, to, after))
}

/// What a machine of a size costs with such backups.
pub fn with_backups(bench: &Bench, size: &SizeSlug, backups: LiveBackups) -> Money {
    let price = bench.inventory.catalog.monthly(size);
    price + backups.surcharge(price)
}

/// A step that switches the machine off and on, or pays the debt of one that did.
pub fn resized(
    judged: Judged,
    live: &LiveDroplet,
    update: DropletUpdate,
    cycle: &PowerCycle,
) -> Judged {
    let mut changes = judged.changes;
    // The size to end with may be a debt's and not the file's.
    changes.retain(|change| change.field != "size");
    if live.size != cycle.to {
        changes.push(FieldChange::new("size", &live.size, &cycle.to, Effect::PowerOff));
    }
    let unfinished = cycle.debt.is_some();
    if unfinished && live.status != Status::Active {
        changes.push(FieldChange::new("power", &live.status, &"active", Effect::PowerOff));
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

/// The size to end with: a debt's own while it can be had and the file accepts it, else the
/// file's, else as it is.
///
/// A debt is paid even when its size is not to be had any more: being on matters most.
pub fn power_cycle(bench: &Bench, wanted: &Droplet, live: &LiveDroplet) -> Option<PowerCycle> {
    let mut superseded = live.debts();
    let debt = superseded.pop();
    let promised = debt.as_ref().map(|debt| &debt.size).filter(|size| {
        wanted.accepts(size)
            && (**size == live.size || refused_size(bench, wanted, size, live.disk_gb).is_none())
    });
    let to = match promised {
        Some(size) => size,
        None if wanted.accepts(&live.size) => &live.size,
        None => &wanted.size,
    };
    let (from, to) = (live.size.clone(), to.clone());
    (debt.is_some() || to != from).then_some(PowerCycle { from, to, debt, superseded })
}

pub fn refuse_size(
    judged: Judged,
    bench: &Bench,
    wanted: &Droplet,
    (live, to): (&LiveDroplet, &SizeSlug),
) -> Judged {
    let changes = live.size != *to;
    match changes.then(|| refused_size(bench, wanted, to, live.disk_gb)).flatten() {
        Some((text, way_out)) => judged.refused(Refused::Impossible, text, way_out),
        None => judged,
    }
}

fn refuse_replacement(judged: Judged, address: &Address) -> Judged {
    if !replaces(&judged.changes) {
        return judged;
    }
    let fields = fields(&judged.changes, Effect::Replace);
    let text = format!("{fields} of a droplet cannot be changed; it would have to be replaced");
    let way_out = format!(
        "pass `--replace {address}` to have it made anew, with its data carried over, or change it back"
    );
    let (action, undo) = (Action::Replace, Undo::Rebuild);
    Judged { action, undo, ..judged.refused(Refused::Unsafe, text, way_out) }
}

/// A droplet in a state that only a person can judge is left as it is.
pub fn refuse_unknown_status(mut judged: Judged, live: &LiveDroplet) -> Judged {
    match live.status {
        Status::New | Status::Active | Status::Off => judged,
        Status::Archive | Status::Other(_) => {
            let text =
                format!("the machine is in the state `{}`; nothing is done to it", live.status);
            if judged.action == Action::Nothing {
                judged.notes.push(text);
                return judged;
            }
            judged.refused(Refused::Ambiguous, text, "see to it in the control panel")
        }
    }
}

fn rename(wanted: &Droplet, live: &LiveDroplet) -> Option<DropletName> {
    let differs = live.name != wanted.name.as_str() && !live.is_adopted();
    differs.then(|| wanted.name.clone())
}

/// The network the machine should live in; none while the stack has none.
///
/// Of several that carry the mark, which is refused elsewhere, its own is as good as any.
pub fn stack_vpc<'a>(bench: &'a Bench, live: &LiveDroplet) -> Option<&'a str> {
    let ours = network::of(bench.file, bench.inventory, bench.mark);
    let own = ours.iter().find(|vpc| Some(&vpc.id) == live.vpc_id.as_ref());
    own.or_else(|| ours.first()).map(|vpc| vpc.id.as_str())
}

/// Why a machine cannot have a size, and what it can have.
pub fn refused_size(
    bench: &Bench,
    wanted: &Droplet,
    size: &SizeSlug,
    disk_gb: u32,
) -> Option<(String, String)> {
    size_refusal(&bench.inventory.catalog, (size, &wanted.region), disk_gb)
}

/// What is known of a machine from now on.
pub fn found(live: &LiveDroplet) -> Found {
    let (public_ip, private_ip) = (live.public_ip, live.private_ip);
    Found { id: Id::Number(live.id), public_ip, private_ip }
}

/// What changed of all that a machine is made from and that cannot be read back.
pub fn made_from_changes(bench: &Bench, wanted: &Droplet, live: &LiveDroplet) -> Vec<FieldChange> {
    let made_from = bench.mark.made_from_among(&live.tags).and_then(MadeFrom::parse);
    let made_from_now = bench.mark.made_from_among(&wanted.tags).and_then(MadeFrom::parse);
    match made_from.zip(made_from_now) {
        Some((live, wanted)) => wanted.diff(&live),
        None => Vec::new(),
    }
}

/// When a change of what a machine was made from takes effect there.
fn when_it_counts(change: &FieldChange) -> String {
    let when = match change.field.as_str() {
        "user_data" => {
            "`up` brings its files and scripts to the machine over SSH, and the rest affects the next rebuild"
        }
        "ssh_keys" => "`up` brings them to the machine over SSH",
        _ => "it affects the next rebuild of the machine",
    };
    format!("`{}` changed; {when}", change.field)
}

/// What is worth knowing of a machine that is there.
pub fn notes(bench: &Bench, wanted: &Droplet, live: &LiveDroplet) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(made_from_changes(bench, wanted, live).iter().map(when_it_counts));
    if wanted.backups == Backups::Unsaid && live.backups != LiveBackups::Off {
        notes.push(
            "backups are on although the file says nothing of them; `backups: false` ends them"
                .to_owned(),
        );
    }
    if live.status == Status::Off && live.debt().is_none() {
        notes.push("the machine is off, and billed all the same".to_owned());
    }
    if live.locked {
        notes.push("an action is running on the machine; a change waits for its end".to_owned());
    }
    notes
}
