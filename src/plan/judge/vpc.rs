//! Private networks.

use crate::{
    inventory::{Found, Id, by_id},
    plan::{
        Action, Refused, Update,
        judge::{Bench, Judged, fields, replaces},
    },
    resources::{Adopt, Effect, LiveVpc, Resource, Vpc},
};

/// Judges the network: ours by its mark, or made where its name and addresses are free.
pub fn judge(bench: &Bench, wanted: &Vpc) -> Judged {
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
    if let Some(adopt) = &wanted.adopt
        && let Some(refusal) = adoption_refusal(bench, adopt)
    {
        return judged.refused(Refused::Impossible, refusal, "take `adopt` out of `vpc`");
    }
    if let Some(other) = namesake(bench, wanted, None) {
        return name_taken(judged, other);
    }
    let others = by_id(&bench.inventory.vpcs, |vpc| &vpc.id).into_iter();
    let mut ranges = others.filter_map(|other| Some((other, other.ip_range?)));
    match ranges.find(|(_, range)| range.overlaps(wanted.ip_range)) {
        Some((other, range)) => {
            let text = format!(
                "the range {} overlaps {range} of the VPC `{}`",
                wanted.ip_range, other.name
            );
            judged.refused(Refused::Impossible, text, "give this stack another `ip_range`")
        }
        None => judged,
    }
}

/// Why a network that is to be adopted cannot be had; nothing where it is to be made instead.
fn adoption_refusal(bench: &Bench, adopt: &Adopt) -> Option<String> {
    let target = &adopt.target;
    match bench.inventory.vpcs.iter().find(|vpc| adopt.means(&vpc.name, &vpc.id)) {
        Some(live) => Some(format!(
            "the VPC `{}` ({}) that `adopt` names exists, and this version cannot adopt yet",
            live.name, live.id
        )),
        None if adopt.else_create => None,
        None => Some(format!("there is no VPC `{target}`, which `adopt` names")),
    }
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
