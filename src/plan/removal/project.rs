//! The project that was made for the stack.

use std::collections::BTreeSet;

use crate::{
    plan::{
        Deletion, Note, Work,
        judge::{Bench, reserved_ip},
        removal::{Goes, Removals},
    },
    resources::{LiveProject, urn},
    values::{Address, Part},
};

/// Removes the stack's own project when nothing of anybody else's is in it.
///
/// DigitalOcean deletes no project that holds anything (412). What of the stack stays, as data
/// does, goes back to the account's default project first.
pub fn project(bench: &Bench, goes: &mut Goes, removals: &mut Removals) {
    let address = Address::stack(Part::Project);
    let own = urns(bench);
    let going = going(goes);
    for live in bench.inventory.projects_of(bench.mark) {
        let foreign = live.members.difference(&own).count();
        if foreign > 0 || live.is_default {
            removals
                .notes
                .push(Note { address: Some(address.clone()), text: stays(live, foreign) });
            continue;
        }
        let move_out = live.members.difference(&going).cloned().collect();
        let deletion = Deletion::Project { id: live.id.clone(), move_out };
        goes.add(address.clone(), &live.name, deletion);
    }
}

fn stays(live: &LiveProject, foreign: usize) -> String {
    if live.is_default {
        return format!("the project `{}` has become the account's default and stays", live.name);
    }
    let what = if foreign == 1 { "one thing that is" } else { "things that are" };
    format!("the project `{}` holds {what} not the stack's, and stays", live.name)
}

/// Everything of the stack's that can be in a project.
fn urns(bench: &Bench) -> BTreeSet<String> {
    let droplets = bench.index.droplets.values().flatten().map(|live| urn::droplet(live.id));
    let volumes = bench.index.volumes.values().flatten().map(|live| urn::volume(&live.id));
    let holders = bench.index.droplets.values().flatten();
    let ips = holders.filter_map(|live| reserved_ip::of_stack(bench, live));
    let ips = ips.map(|live| urn::reserved_ip(live.ip));
    let domains = bench.inventory.zones().filter_map(|zone| zone.name.as_ref());
    let domains = domains.map(|name| urn::domain(name.as_str()));
    droplets.chain(volumes).chain(ips).chain(domains).collect()
}

/// What is not in any project any more when its own removal is done.
fn going(goes: &Goes) -> BTreeSet<String> {
    let urn = |work: &Work| match work {
        Work::Delete(Deletion::Droplet { id }) => Some(urn::droplet(*id)),
        Work::Delete(Deletion::Volume { id, .. }) => Some(urn::volume(id)),
        Work::Delete(Deletion::ReservedIp { ip, .. }) => ip.map(urn::reserved_ip),
        Work::Delete(_)
        | Work::Replace(_)
        | Work::Release(_)
        | Work::Nothing
        | Work::Create(_)
        | Work::Update(_) => None,
    };
    goes.steps.iter().filter_map(|step| urn(&step.work)).collect()
}
