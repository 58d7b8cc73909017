//! Records.

use crate::{
    inventory::{Found, Id},
    plan::{
        Action, Reason, Refused, Update, Work,
        judge::{Bench, Judged},
    },
    resources::{LiveRecord, Record, Resource},
    values::Address,
};

/// Judges a record: ours by the mark beside it, or made where its name is free.
pub fn judge(bench: &Bench, address: &Address, wanted: &Record) -> Judged {
    let zone = bench.inventory.zone.as_ref();
    let name = wanted.name.as_str();
    if zone.is_some_and(|zone| zone.doubled.contains(name)) {
        let text = format!("`{}` has more than one address record", wanted.fqdn());
        let way_out = "delete all but one of them";
        return Judged::in_sync(None).refused(Refused::Ambiguous, text, way_out);
    }
    if let Some(live) = zone.and_then(|zone| zone.ours.get(address)) {
        return compare(bench, wanted, live);
    }
    let judged = Judged::missing(Resource::Record(wanted.clone()));
    if zone.is_some_and(|zone| zone.others.contains(name)) {
        let text = format!("a record for `{}` exists without this stack's mark", wanted.fqdn());
        let way_out = "delete or adopt it, or take the name out of `records`";
        return judged.refused(Refused::Ambiguous, text, way_out);
    }
    judged
}

fn compare(bench: &Bench, wanted: &Record, live: &LiveRecord) -> Judged {
    let droplets = bench.index.droplets.get(&wanted.droplet);
    let public_ip = droplets.and_then(|found| found.first()).and_then(|live| live.public_ip);
    let update = || Update::Record { live: live.clone(), record: wanted.clone() };
    let Some(id) = live.id else {
        let (action, reason) = (Action::Create, Reason::Unfinished);
        let work = Work::Update(update());
        return Judged { action, reason, work, ..Judged::in_sync(None) };
    };
    Judged::differs(Found::id(Id::Number(id)), wanted.diff(live, public_ip), update())
}
