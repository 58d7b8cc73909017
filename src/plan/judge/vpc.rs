//! Private networks.

use crate::{
    inventory::{Found, Id, by_id},
    plan::{
        Action, Refused, Update,
        judge::{Bench, Judged, fields, replaces, unadoptable},
        network,
    },
    resources::{Adopt, Effect, LiveVpc, Resource, Vpc},
};

/// Judges the network: ours by its mark, or made where its name and addresses are free.
pub fn judge(bench: &Bench, wanted: &Vpc) -> Judged {
    if let Some(adopt) = &wanted.adopt
        && let Some(judged) = adopted(bench, wanted, adopt)
    {
        return judged;
    }
    match bench.inventory.vpcs_of(bench.mark).as_slice() {
        [] => missing(bench, wanted),
        [live] => compare(bench, wanted, live),
        [first, second, ..] => {
            let text = format!("VPCs {} and {} both carry this stack's mark", first.id, second.id);
            Judged::in_sync(None).refused(Refused::Ambiguous, text, "delete the one that is empty")
        }
    }
}

fn missing(bench: &Bench, wanted: &Vpc) -> Judged {
    let judged = Judged::missing(Resource::Vpc(wanted.clone()));
    if let Some(other) = namesake(bench, wanted, None) {
        return name_taken(judged, other);
    }
    let others = by_id(&bench.inventory.vpcs, |vpc| &vpc.id).into_iter();
    let mut overlaps = others.filter_map(|other| {
        let (own, range) = (wanted.ip_range?, other.ip_range?);
        range.overlaps(own).then_some((own, range, other))
    });
    match overlaps.next() {
        Some((own, range, other)) => {
            let text = format!("the range {own} overlaps {range} of the VPC `{}`", other.name);
            judged.refused(Refused::Impossible, text, "give this stack another `ip_range`")
        }
        None => judged,
    }
}

/// Judges a network that the file adopts: it is used as it is; nothing where one is to be made.
fn adopted(bench: &Bench, wanted: &Vpc, adopt: &Adopt) -> Option<Judged> {
    let target = &adopt.target;
    match network::adopted(bench.file, bench.inventory).as_slice() {
        [] if adopt.else_create => None,
        [] => {
            let (why, text, way_out) = unadoptable::not_there(&format!("VPC `{target}`"), target);
            Some(Judged::in_sync(None).refused(why, text, way_out))
        }
        [live] => Some(used(wanted, live)),
        several => {
            let ids: Vec<&str> = several.iter().map(|vpc| vpc.id.as_str()).collect();
            let text = format!(
                "`adopt` names `{target}`, and several VPCs are called so: {}",
                ids.join(", ")
            );
            let (why, text, way_out) = unadoptable::several(text, ids[0]);
            Some(Judged::in_sync(None).refused(why, text, way_out))
        }
    }
}

fn used(wanted: &Vpc, live: &LiveVpc) -> Judged {
    let judged = Judged::in_sync(Some(Found::id(Id::Text(live.id.clone())))).named(&live.name);
    if live.region != wanted.region {
        let text = format!(
            "the VPC `{}` is in {}, the stack in {}",
            live.name, live.region, wanted.region
        );
        let way_out = format!("adopt one of {}, or write `region: {}`", wanted.region, live.region);
        return judged.refused(Refused::Impossible, text, way_out);
    }
    let Some(stated) = wanted.ip_range.filter(|range| live.ip_range != Some(*range)) else {
        return judged;
    };
    let real = live.ip_range.map_or_else(|| "unknown".to_owned(), |range| range.to_string());
    let text = format!("the VPC `{}` has the range {real}, the file says {stated}", live.name);
    let way_out = format!("write `ip_range: {real}`, or leave it out");
    judged.refused(Refused::Impossible, text, way_out)
}

fn compare(bench: &Bench, wanted: &Vpc, live: &LiveVpc) -> Judged {
    let changes = wanted.diff(live);
    let found = Found::id(Id::Text(live.id.clone()));
    let update = Update::Vpc { id: live.id.clone(), vpc: wanted.clone() };
    let replaced = replaces(&changes).then(|| fields(&changes, Effect::Replace));
    let mut judged = Judged::differs(found, changes, update);
    if let Some(other) = namesake(bench, wanted, Some(live)) {
        judged = name_taken(judged, other);
    }
    if let Some(fields) = replaced {
        let text = format!(
            "{fields} of a VPC cannot be changed, and every machine of the stack lives in it"
        );
        let way_out = "change it back, or bring up a second stack and move over";
        judged = judged.refused(Refused::Unsafe, text, way_out);
        judged.action = Action::Replace;
    }
    judged
}

/// Another network with the wanted name.
fn namesake<'a>(bench: &'a Bench, wanted: &Vpc, live: Option<&LiveVpc>) -> Option<&'a LiveVpc> {
    let mut others =
        bench.inventory.vpcs.iter().filter(|other| live.is_none_or(|live| live.id != other.id));
    others.find(|other| other.name == wanted.name.as_str())
}

fn name_taken(judged: Judged, other: &LiveVpc) -> Judged {
    let text = format!(
        "a VPC named `{}` exists ({}) and does not carry this stack's mark",
        other.name, other.id
    );
    let way_out =
        "adopt it with `vpc: { adopt: … }`, or give this one another name with `vpc: { name: … }`";
    judged.refused(Refused::Ambiguous, text, way_out)
}
