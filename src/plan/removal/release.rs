//! Adopted things that nothing wants any more: they are let go of and stay as they are.

use crate::{
    plan::{
        Asked, Note, PowerCycle, Refusal, Refused, Release, Unmarking,
        judge::{Bench, exposure, with_backups},
        removal::{Goes, Removals},
    },
    resources::{LiveDroplet, LiveFirewall, LiveVolume},
    values::{Address, Mark, Tag},
};

/// Whether a droplet is let go of rather than deleted.
pub fn is_released(bench: &Bench, address: &Address, live: &LiveDroplet) -> bool {
    bench.is_adopted(&live.tags) && !is_named(bench.asked, address, &live.name)
}

/// Whether `--delete-adopted` names a thing.
pub fn is_named(asked: &Asked, address: &Address, name: &str) -> bool {
    asked.delete_adopted.iter().any(|given| *given == name || *given == address.to_string())
}

/// Adds the release of a droplet.
pub fn droplet(
    bench: &Bench,
    (address, live): (&Address, &LiveDroplet),
    goes: &mut Goes,
    removals: &mut Removals,
) {
    let mut superseded = live.debts();
    let power_cycle = superseded.pop().map(|debt| PowerCycle {
        from: live.size.clone(),
        to: live.size.clone(),
        debt: Some(debt),
        superseded,
    });
    let marks = unmarking(bench.mark, address, &live.tags);
    let release = Release::Droplet { id: live.id, marks, power_cycle };
    let monthly = with_backups(bench, &live.size, live.backups);
    let step = goes.release(address.clone(), &live.name, release);
    // Somebody goes on paying for it.
    (step.monthly.before, step.monthly.after) = (monthly, monthly);
    let ports = if exposure::is_covered_by_others(bench, live) {
        "the firewalls that are not the stack's go on covering it"
    } else {
        "no firewall covers it then, so every port can be reached"
    };
    let text = format!(
        "the droplet `{}` ({}) was adopted and stays as it is, at {monthly} a month; {ports}; `--delete-adopted {}` would delete it",
        live.name, live.id, live.name
    );
    removals.notes.push(Note { address: Some(address.clone()), text });
}

/// Adds the release of a volume.
pub fn volume(
    bench: &Bench,
    (address, live): (&Address, &LiveVolume),
    goes: &mut Goes,
    removals: &mut Removals,
) {
    let marks = unmarking(bench.mark, address, &live.tags);
    let release = Release::Volume { id: live.id.clone(), marks };
    let step = goes.release(address.clone(), &live.name, release);
    (step.monthly.before, step.monthly.after) = (live.monthly(), live.monthly());
    let holder = live.droplet_ids.first();
    let place = match holder.map(|holder| (holder, bench.going_droplet(*holder))) {
        None => "not attached".to_owned(),
        Some((_, Some(machine))) => format!("and is detached when `{machine}` goes"),
        Some((holder, None)) => format!("attached to droplet {holder} as it is"),
    };
    let text = format!(
        "the volume `{0}` was adopted and stays with its data, {place}, at {1} a month; `--delete-adopted {0}` would delete it",
        live.name,
        live.monthly()
    );
    removals.notes.push(Note { address: Some(address.clone()), text });
}

/// Adds the release of a firewall.
pub fn firewall(
    bench: &Bench,
    (address, live): (&Address, &LiveFirewall),
    goes: &mut Goes,
    removals: &mut Removals,
) {
    let ours = live.tags.iter().filter(|tag| bench.mark.owns_tag(tag));
    let release = Release::Firewall { id: live.id.clone(), tags: ours.cloned().collect() };
    goes.release(address.clone(), &live.name, release);
    let text = format!(
        "the firewall `{}` was adopted and stays with the rules it has now, for those it had before are not kept; it covers what it covered besides the stack",
        live.name
    );
    removals.notes.push(Note { address: Some(address.clone()), text });
}

/// How the stack's tags come off: whatever else happens, the claim says whose it was, and the
/// stack's own tag, by which it is found, goes last.
pub fn unmarking<'a>(
    mark: &Mark,
    address: &Address,
    tags: impl IntoIterator<Item = &'a Tag>,
) -> Unmarking {
    let (claim, stack) = (mark.claim_tag(address), mark.stack_tag());
    let (mut last, mut off) = (vec![Mark::adopted_tag()], Vec::new());
    for tag in tags {
        if *tag == stack {
            last.push(stack.clone());
        } else if mark.owns_tag(tag) && *tag != claim {
            off.push(tag.clone());
        }
    }
    off.extend(last);
    Unmarking { claim, tags: off }
}

/// Refuses what `--delete-adopted` names and is no adopted thing that goes.
pub fn refuse_unknown(bench: &Bench, goes: &Goes, removals: &mut Removals) {
    let is_known = |given: &&String| {
        goes.adopted
            .iter()
            .any(|(address, name)| **given == *name || **given == address.to_string())
    };
    for unknown in bench.asked.delete_adopted.iter().filter(|given| !is_known(given)) {
        removals.refusals.push(Refusal {
            address: None,
            why: Refused::Impossible,
            text: format!(
                "`--delete-adopted {unknown}` names nothing adopted of this stack that goes"
            ),
            way_out: "name it by its address or its name, as the plan lists it".to_owned(),
        });
    }
}
