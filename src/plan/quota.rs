//! What the account may hold, against what would be made.

use crate::{
    inventory::Quota,
    plan::{Note, Plan, Refusal, Refused, Step, Succeed, Work},
    values::Part,
};

/// Refuses what does not fit into the account, before any of it is made.
///
/// What goes in the same run makes room only once it is gone, which no step waits for; so where
/// only that makes it fit, the plan says that a second run may be needed.
pub fn check_quotas(plan: &mut Plan, quotas: &[Quota]) {
    for quota in quotas {
        let (more, less) = (made(plan, quota), going(plan, quota));
        if more == 0 {
            continue;
        }
        if quota.in_use + more > quota.limit + less {
            plan.refusals.push(refusal(quota, more));
        } else if quota.in_use + more > quota.limit {
            plan.notes.push(tight(quota));
        }
    }
}

fn made(plan: &Plan, quota: &Quota) -> usize {
    count(plan, quota, |step| matches!(step.work, Work::Create(_)) || makes_another(step))
}

fn going(plan: &Plan, quota: &Quota) -> usize {
    let is_former = |step: &Step| *step.address.which() == Part::Former;
    count(plan, quota, |step| matches!(step.work, Work::Delete(_)) && !is_former(step))
}

/// A machine that is replaced goes only when the new one is there.
fn makes_another(step: &Step) -> bool {
    let Work::Replace(replacement) = &step.work else { return false };
    match &replacement.succeed {
        Succeed::By(successor) => successor.made.is_none(),
        Succeed::NotAtAll => false,
    }
}

fn count(plan: &Plan, quota: &Quota, is_meant: impl Fn(&Step) -> bool) -> usize {
    let steps = plan.steps.iter().filter(|step| step.kind == quota.kind);
    steps.filter(|step| is_meant(step)).count()
}

fn refusal(quota: &Quota, more: usize) -> Refusal {
    let Quota { kind, limit, in_use } = quota;
    Refusal {
        address: None,
        why: Refused::Quota,
        text: format!(
            "the account may hold {limit} {kind}s, has {in_use}, and the plan makes {more} more"
        ),
        way_out: format!(
            "ask DigitalOcean for a higher limit, delete {kind}s that are not needed, or ask for fewer"
        ),
    }
}

fn tight(quota: &Quota) -> Note {
    let Quota { kind, limit, in_use } = quota;
    let text = format!(
        "the account may hold {limit} {kind}s and has {in_use}: new ones may have to wait for a second run, when old ones are gone"
    );
    Note { address: None, text }
}
