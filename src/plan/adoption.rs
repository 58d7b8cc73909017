//! The last step of taking a machine in: the marks by which the stack's firewalls cover it.
//!
//! A tag that a firewall targets closes ports the moment it is on a machine. So it comes after
//! everything else about that machine: its size, its volume, its records, and the firewalls
//! themselves, which have to be as wanted by then.

use std::collections::BTreeSet;

use crate::{
    inventory::{Id, Inventory},
    plan::{
        Action, Marking, Plan, Reason, Step, Undo, Update, Work,
        judge::{Bench, adoption::adopting},
    },
    resources::{Droplet, Effect, FieldChange, Kind, LiveDroplet},
    values::{Address, Change, ComponentName, Mark, Part, Tag},
};

/// Everything that was adopted once.
pub fn adopted(inventory: &Inventory, mark: &Mark) -> BTreeSet<(Kind, Id)> {
    let ours = |tags: &BTreeSet<Tag>| {
        tags.contains(&Mark::adopted_tag()) || mark.claim_among(tags).is_some()
    };
    let droplets = inventory.droplets.iter().filter(|live| ours(&live.tags));
    let droplets = droplets.map(|live| (Kind::Droplet, Id::Number(live.id)));
    let volumes = inventory.volumes.iter().filter(|live| ours(&live.tags));
    let volumes = volumes.map(|live| (Kind::Volume, Id::Text(live.id.clone())));
    let firewalls = inventory.firewalls.iter();
    let firewalls = firewalls.filter(|live| mark.adopted_firewall_among(&live.tags).is_some());
    let firewalls = firewalls.map(|live| (Kind::Firewall, Id::Text(live.id.clone())));
    let records = inventory.zones().flat_map(|zone| zone.ours.values());
    let records = records.filter(|live| live.was.is_some());
    let records = records.filter_map(|live| Some((Kind::Record, Id::Number(live.id?))));
    droplets.chain(volumes).chain(firewalls).chain(records).collect()
}

/// The last step of every machine that is taken in and not refused.
pub fn markings(bench: &Bench, plan: &Plan) -> Vec<Step> {
    let refused: BTreeSet<&Address> =
        plan.refusals.iter().filter_map(|refusal| refusal.address.as_ref()).collect();
    let droplets =
        bench.wanted.iter().filter_map(|(address, node)| Some((address, node.value.as_droplet()?)));
    droplets
        .filter(|(address, _)| !refused.contains(address))
        .filter_map(|(address, wanted)| {
            Some(marking(plan, address, (wanted, adopting(bench, address)?)))
        })
        .collect()
}

fn marking(plan: &Plan, address: &Address, (wanted, live): (&Droplet, &LiveDroplet)) -> Step {
    // The machine's own mark comes before the stack's: its own firewall lets SSH in.
    let add_tags: Vec<Tag> = wanted.missing_tags(live).into_iter().rev().collect();
    let text = add_tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ");
    let found = live.tags.iter().filter(|tag| plan.mark.is_claim(tag)).cloned();
    let claims = found.chain([plan.mark.claim_tag(address)]).collect();
    let marking = Marking { droplet: live.id, add_tags, claims };
    Step {
        address: address.part(Part::Marks),
        kind: Kind::Tag,
        name: live.name.clone(),
        action: Action::Adopt,
        reason: Reason::Adopted,
        changes: vec![FieldChange::new("tags", &"", &text, Effect::InPlace)],
        needs: before(plan, address, &wanted.guests),
        undo: Undo::Possible,
        downtime: None,
        monthly: Change::default(),
        work: Work::Update(Update::Marks(marking)),
    }
}

/// Everything about a machine and those that share it, and everything it needs.
fn before(plan: &Plan, address: &Address, guests: &BTreeSet<ComponentName>) -> BTreeSet<Address> {
    let is_guest =
        |step: &Step| step.address.component_name().is_some_and(|it| guests.contains(it));
    let is_about = |step: &&Step| step.address.owner() == address.owner() || is_guest(step);
    let own = plan.steps.iter().filter(is_about);
    let needs = own.clone().flat_map(|step| step.needs.iter().cloned());
    needs.chain(own.map(|step| step.address.clone())).collect()
}
