//! Records.

use std::net::IpAddr;

use crate::{
    inventory::{Found, Id},
    plan::{
        Action, Reason, Refused, Update, Work,
        judge::{Bench, Judged, reserved_ip},
    },
    resources::{Effect, FieldChange, IfTaken, LiveRecord, Record, Resource},
    values::{Address, Part},
};

/// Judges a record: ours by the mark beside it, or made where its name is free.
pub fn judge(bench: &Bench, address: &Address, wanted: &Record) -> Judged {
    let zone = bench.inventory.zone.as_ref();
    let name = wanted.name.as_str();
    let judged = match zone.and_then(|zone| zone.ours.get(address)) {
        Some(live) => compare(bench, wanted, live),
        None => Judged::missing(Resource::Record(wanted.clone())),
    };
    let elsewhere = |live: &LiveRecord| live.name == name && live.was.is_some();
    let is_moving = zone
        .is_some_and(|zone| !zone.ours.contains_key(address) && zone.ours.values().any(elsewhere));
    if is_moving {
        let text = format!("`{}` is adopted at another address of the stack", wanted.fqdn());
        let way_out =
            "take it out of `records` and run `up`, which restores it; then adopt it here";
        return judged.refused(Refused::Impossible, text, way_out);
    }
    if zone.is_some_and(|zone| zone.doubled.contains(name)) {
        let text = format!("`{}` has more than one address record", wanted.fqdn());
        return judged.refused(Refused::Ambiguous, text, "delete all but one of them");
    }
    if let Some(judged) = taken(bench, wanted) {
        return judged;
    }
    if zone.is_some_and(|zone| zone.others.contains(name)) {
        let text = format!("a record for `{}` exists that is not this stack's", wanted.fqdn());
        let way_out = format!(
            "adopt it with `{{ name: {name}, adopt: true }}`, delete it, or take the name out of `records`"
        );
        return judged.refused(Refused::Ambiguous, text, way_out);
    }
    judged
}

/// A record of the name that the file takes over; nothing where there is none to take.
fn taken(bench: &Bench, wanted: &Record) -> Option<Judged> {
    let zone = bench.inventory.zone.as_ref().filter(|_| wanted.if_taken == IfTaken::Adopt)?;
    let name = wanted.name.as_str();
    let fqdn = wanted.fqdn();
    let judged = |why, text: String, way_out: &str| {
        Judged { action: Action::Adopt, reason: Reason::Adopted, ..Judged::in_sync(None) }
            .refused(why, text, way_out)
    };
    let Some(stranger) = zone.strangers.get(name) else {
        return zone.others.contains(name).then(|| {
            let text = format!(
                "`{fqdn}` is an alias or has several addresses: one A record can be adopted"
            );
            judged(
                Refused::Ambiguous,
                text,
                "leave one A record, or take the name out of `records`",
            )
        });
    };
    if let Some(stack) = &stranger.stack {
        let text = format!("`{fqdn}` carries the mark of the stack `{stack}`");
        return Some(judged(Refused::Unsafe, text, "take it out of that stack's file first"));
    }
    let ttl = if is_shared(bench, wanted) { stranger.held.ttl } else { wanted.ttl };
    let record = Record { ttl, ..wanted.clone() };
    let ip = target_ip(bench, wanted).map(|ip| ip.to_string());
    let after = ip.unwrap_or_else(|| format!("(address of {})", wanted.target));
    let data = FieldChange::new("data", &stranger.held.data, &after, Effect::InPlace);
    let ttl = (stranger.held.ttl != ttl)
        .then(|| FieldChange::new("ttl", &stranger.held.ttl, &ttl, Effect::InPlace));
    Some(Judged {
        action: Action::Adopt,
        reason: Reason::Adopted,
        changes: [data].into_iter().chain(ttl).collect(),
        work: Work::Update(Update::TakenRecord { taken: stranger.clone(), record }),
        ..Judged::in_sync(Some(Found::id(Id::Number(stranger.id))))
    })
}

fn compare(bench: &Bench, wanted: &Record, live: &LiveRecord) -> Judged {
    let public_ip = target_ip(bench, wanted);
    let keeps_ttl = is_shared(bench, wanted) && live.id.is_some();
    let ttl = if keeps_ttl { live.ttl } else { wanted.ttl };
    let record = Record { ttl, ..wanted.clone() };
    let update = Update::Record { live: Box::new(live.clone()), record };
    let Some(id) = live.id else {
        let (action, reason) = (Action::Create, Reason::Unfinished);
        let work = Work::Update(update);
        return Judged { action, reason, work, ..Judged::in_sync(None) };
    };
    let mut changes = wanted.diff(live, public_ip);
    let mut notes = Vec::new();
    if keeps_ttl && live.ttl != wanted.ttl {
        // DigitalOcean gives all records of a name one TTL: setting ours would set the others',
        // and theirs would undo ours again.
        changes.retain(|change| change.field != "ttl");
        notes.push(format!("other records of this name keep its TTL at {}", live.ttl));
    }
    Judged { notes, ..Judged::differs(Found::id(Id::Number(id)), changes, update) }
}

/// The address it is to hold: the machine's reserved one, or its own; none while that is not known.
fn target_ip(bench: &Bench, wanted: &Record) -> Option<IpAddr> {
    let machine = wanted.target.part(Part::Main);
    if *wanted.target.which() == Part::ReservedIp {
        let ours = bench.index.droplets.get(&machine).into_iter().flatten().copied();
        let mut all = ours.chain(bench.machine(&machine));
        let reserved = all.find_map(|live| reserved_ip::of_stack(bench, live));
        return reserved.map(|live| IpAddr::V4(live.ip));
    }
    match bench.index.successions.get(&machine) {
        Some(succession) => succession.new?.public_ip,
        None => bench.machine(&machine)?.public_ip,
    }
}

fn is_shared(bench: &Bench, wanted: &Record) -> bool {
    let zone = bench.inventory.zone.as_ref();
    zone.is_some_and(|zone| zone.shared.contains(wanted.name.as_str()))
}
