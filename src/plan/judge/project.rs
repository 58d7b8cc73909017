//! Projects, and what is put into one.

use std::collections::BTreeSet;

use crate::{
    inventory::{Found, Id},
    plan::{
        Refused, Update,
        judge::{Bench, Judged, reserved_ip},
    },
    resources::{LiveProject, Member, Membership, Project, Resource, urn},
    values::Part,
};

/// Judges a project: ours by its mark, somebody else's of that name as it is, or made.
pub fn judge(bench: &Bench, wanted: &Project) -> Judged {
    let ours = bench.inventory.projects_of(bench.mark);
    let named: Vec<&LiveProject> = named(bench, wanted.name.as_str());
    match (ours.as_slice(), named.as_slice()) {
        ([first, second, ..], _) => {
            let text =
                format!("projects {} and {} both carry this stack's mark", first.id, second.id);
            Judged::in_sync(None).refused(Refused::Ambiguous, text, "delete the one that is empty")
        }
        (_, [first, second, ..]) => {
            let text = format!(
                "several projects are named `{}`: {} and {}",
                wanted.name, first.id, second.id
            );
            let way_out = "rename one of them, or name another project";
            Judged::in_sync(None).refused(Refused::Ambiguous, text, way_out)
        }
        ([], []) => Judged::missing(Resource::Project(wanted.clone())),
        ([], [other]) => Judged::in_sync(Some(found(other))),
        ([live], [other]) if live.id != other.id => {
            let text = format!(
                "a project named `{}` exists ({}), and the stack has made `{}` for itself",
                other.name, other.id, live.name
            );
            let way_out = "name the stack's own project, or delete it once it is empty";
            Judged::in_sync(Some(found(live))).refused(Refused::Ambiguous, text, way_out)
        }
        ([live], _) => {
            let update =
                Update::Project { live: Box::new((*live).clone()), project: wanted.clone() };
            Judged::differs(found(live), wanted.diff(live), update)
        }
    }
}

/// Judges what is in the project: what is not there yet is put there, all at once.
pub fn judge_members(bench: &Bench, wanted: &Membership) -> Judged {
    let ours = bench.inventory.projects_of(bench.mark).into_iter();
    let project = ours.chain(named(bench, wanted.name.as_str())).next();
    let nothing = BTreeSet::new();
    let there = project.map_or(&nothing, |project| &project.members);
    let missing = wanted.members.iter().filter(|member| !is_in(bench, member, there));
    let members: BTreeSet<Member> = missing.cloned().collect();
    if members.is_empty() {
        return Judged::in_sync(None);
    }
    Judged::missing(Resource::Membership(Membership { members, ..wanted.clone() }))
}

/// Whether a thing is in a project already, or stays where it is.
///
/// Several stacks may share a domain, so one that was there before is left where it is.
fn is_in(bench: &Bench, member: &Member, there: &BTreeSet<String>) -> bool {
    match member {
        // What takes the place of a machine comes into the account's default project.
        Member::Droplet(address) => {
            let live = match bench.index.successions.get(address) {
                Some(succession) => succession.new,
                None => bench.index.droplets.get(address).and_then(|found| found.first().copied()),
            };
            live.is_some_and(|live| there.contains(&urn::droplet(live.id)))
        }
        Member::Volume(address) => {
            let live = bench.index.volumes.get(address).and_then(|found| found.first());
            live.is_some_and(|live| there.contains(&urn::volume(&live.id)))
        }
        Member::ReservedIp(address) => {
            let droplet = bench.index.droplets.get(&address.part(Part::Main));
            let mut found = droplet.into_iter().flatten();
            let live = found.find_map(|live| reserved_ip::of_stack(bench, live));
            live.is_some_and(|live| there.contains(&urn::reserved_ip(live.ip)))
        }
        Member::Domain(name) => {
            bench.inventory.zone.as_ref().and_then(|zone| zone.name.as_ref()) == Some(name)
        }
    }
}

fn named<'a>(bench: &Bench<'a>, name: &str) -> Vec<&'a LiveProject> {
    bench.inventory.projects.iter().filter(|project| project.name == name).collect()
}

fn found(live: &LiveProject) -> Found {
    Found::id(Id::Text(live.id.clone()))
}
