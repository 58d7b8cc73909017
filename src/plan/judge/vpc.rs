//! Private networks.

use crate::{
    inventory::{Found, Id},
    plan::{
        Action, Refused, Update,
        judge::{Bench, Judged, fields, replaces},
    },
    resources::{Effect, LiveVpc, Resource, Vpc},
};

/// Judges the network: ours by its mark, or made where its name and addresses are free.
pub fn judge(bench: &Bench, wanted: &Vpc) -> Judged {
    match bench.inventory.vpcs_of(bench.mark).as_slice() {
        [] => missing(bench, wanted),
        [live] => compare(wanted, live),
        [first, second, ..] => {
            let text = format!("VPCs {} and {} both carry this stack's mark", first.id, second.id);
            Judged::in_sync(None).refused(Refused::Ambiguous, text, "delete the one that is empty")
        }
    }
}

fn missing(bench: &Bench, wanted: &Vpc) -> Judged {
    let judged = Judged::missing(Resource::Vpc(wanted.clone()));
    let others = &bench.inventory.vpcs;
    if let Some(other) = others.iter().find(|other| other.name == wanted.name.as_str()) {
        let text = format!(
            "a VPC named `{}` exists ({}) and does not carry this stack's mark",
            other.name, other.id
        );
        let way_out = "adopt it with `vpc: { adopt: … }`, or give this one another name with `vpc: { name: … }`";
        return judged.refused(Refused::Ambiguous, text, way_out);
    }
    let overlapping = others
        .iter()
        .find(|other| other.ip_range.is_some_and(|range| range.overlaps(wanted.ip_range)));
    match (overlapping, overlapping.and_then(|other| other.ip_range)) {
        (Some(other), Some(range)) => {
            let text = format!(
                "the range {} overlaps {range} of the VPC `{}`",
                wanted.ip_range, other.name
            );
            judged.refused(Refused::Impossible, text, "give this stack another `ip_range`")
        }
        _ => judged,
    }
}

fn compare(wanted: &Vpc, live: &LiveVpc) -> Judged {
    let changes = wanted.diff(live);
    let found = Found::id(Id::Text(live.id.clone()));
    let update = Update::Vpc { id: live.id.clone(), vpc: wanted.clone() };
    if !replaces(&changes) {
        return Judged::differs(found, changes, update);
    }
    let text = format!(
        "{} of a VPC cannot be changed, and every machine of the stack lives in it",
        fields(&changes, Effect::Replace)
    );
    let mut judged = Judged::differs(found, changes, update).refused(
        Refused::Unsafe,
        text,
        "change it back, or bring up a second stack and move over",
    );
    judged.action = Action::Replace;
    judged
}
