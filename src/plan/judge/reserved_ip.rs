//! Reserved IPs: known by the droplets they are on.

use std::net::IpAddr;

use crate::{
    inventory::{Found, Id, by_id},
    plan::{
        Action, Reason, Refused, Update, Work,
        judge::{Bench, Judged},
    },
    resources::{LiveDroplet, LiveReservedIp, ReservedIp, Resource},
    values::Money,
};

/// Judges a reserved IP: the stack's if its droplet says so, or made where the droplet has none.
///
/// Of several droplets at its address, which is refused there, any is as good.
pub fn judge(bench: &Bench, wanted: &ReservedIp) -> Judged {
    if let Some(live) = following(bench, wanted) {
        let (action, reason) = (Action::Update, Reason::Differs);
        let to = wanted.droplet.clone();
        let work = Work::Update(Update::ReservedIpFollows { ip: live.ip, to });
        return Judged { action, reason, work, ..Judged::in_sync(Some(found(live))) };
    }
    let Some(droplet) = bench.machine(&wanted.droplet) else {
        return Judged::missing(Resource::ReservedIp(wanted.clone()));
    };
    match on(bench, droplet).as_slice() {
        [] => absent(bench, wanted, droplet),
        [live] if is_marked(bench, droplet) => Judged::in_sync(Some(found(live))),
        [live] => {
            let text = format!(
                "the reserved IP {} is assigned to the droplet `{}` and was not made by this stack",
                live.ip, droplet.name
            );
            let way_out = format!(
                "unassign it, or put the tag `{}` on the droplet, and the stack owns it",
                wanted.mark
            );
            Judged::in_sync(None).refused(Refused::Ambiguous, text, way_out)
        }
        [first, second, ..] => {
            let text = format!("{} and {} are both on this droplet", first.ip, second.ip);
            Judged::in_sync(None).refused(Refused::Ambiguous, text, "unassign one of them")
        }
    }
}

/// The reserved IP on a machine that another takes the place of: it follows to that one.
fn following<'a>(bench: &'a Bench, wanted: &ReservedIp) -> Option<&'a LiveReservedIp> {
    let old = bench.index.successions.get(&wanted.droplet)?.old;
    on(bench, old).first().copied().filter(|_| is_marked(bench, old))
}

/// One that is not on its droplet: a new one, or the one that an earlier run took off and left.
fn absent(bench: &Bench, wanted: &ReservedIp, droplet: &LiveDroplet) -> Judged {
    let Some(live) = leaving(bench, droplet) else {
        return Judged::missing(Resource::ReservedIp(wanted.clone()));
    };
    let (action, reason) = (Action::Update, Reason::Unfinished);
    let work = Work::Update(Update::ReservedIp { ip: live.ip, droplet: droplet.id });
    Judged { action, reason, work, ..Judged::in_sync(None) }.costing(live.monthly(), Money::ZERO)
}

/// The reserved IP of a droplet, if it is the stack's.
pub fn of_stack<'a>(bench: &'a Bench, droplet: &LiveDroplet) -> Option<&'a LiveReservedIp> {
    let on = on(bench, droplet).first().copied().filter(|_| is_marked(bench, droplet));
    on.or_else(|| leaving(bench, droplet))
}

/// Whether a droplet says that its reserved IP is the stack's.
fn is_marked(bench: &Bench, droplet: &LiveDroplet) -> bool {
    droplet.tags.contains(&bench.mark.reserved_ip_tag())
}

/// The reserved IPs on a droplet: none or one, as far as is known.
pub fn on<'a>(bench: &'a Bench, droplet: &LiveDroplet) -> Vec<&'a LiveReservedIp> {
    let all = by_id(&bench.inventory.reserved_ips, |live| live.ip).into_iter();
    all.filter(|live| live.droplet_id == Some(droplet.id)).collect()
}

/// The reserved IP that a run began to give back: it is on no droplet, but named by a tag.
fn leaving<'a>(bench: &'a Bench, droplet: &LiveDroplet) -> Option<&'a LiveReservedIp> {
    let named = droplet.tags.iter().filter_map(|tag| bench.mark.leaving_ip_in(tag));
    let mut all = bench.inventory.reserved_ips.iter().filter(|live| live.droplet_id.is_none());
    let named: Vec<_> = named.collect();
    all.find(|live| named.contains(&live.ip))
}

fn found(live: &LiveReservedIp) -> Found {
    let ip = IpAddr::V4(live.ip);
    Found { public_ip: Some(ip), ..Found::id(Id::Text(live.ip.to_string())) }
}
