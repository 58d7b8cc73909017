//! Records.

use std::net::IpAddr;

use crate::{
    inventory::{Found, Id},
    plan::{
        Action, Reason, Refused, Update, Work,
        judge::{Bench, Judged, reserved_ip},
    },
    resources::{LiveRecord, Record, Resource},
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
    if zone.is_some_and(|zone| zone.doubled.contains(name)) {
        let text = format!("`{}` has more than one address record", wanted.fqdn());
        return judged.refused(Refused::Ambiguous, text, "delete all but one of them");
    }
    if zone.is_some_and(|zone| zone.others.contains(name)) {
        let text = format!("a record for `{}` exists that is not this stack's", wanted.fqdn());
        let way_out = "delete it, or take the name out of `records`";
        return judged.refused(Refused::Ambiguous, text, way_out);
    }
    judged
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
