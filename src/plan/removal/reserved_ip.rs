//! Reserved IPs that nothing wants: they go before their droplets, and only those of the stack.

use crate::{
    plan::{
        Deletion, Note,
        judge::{Bench, reserved_ip},
        removal::{Goes, Removals},
    },
    resources::{LiveDroplet, LiveReservedIp},
    values::{Address, Part, Tag},
};

/// Adds the removal of every reserved IP whose droplet says that it is the stack's.
pub fn reserved_ips(bench: &Bench, goes: &mut Goes, removals: &mut Removals) {
    for (address, found) in &bench.index.droplets {
        for droplet in found {
            let place = address.part(Part::ReservedIp);
            let tags = tags(bench, droplet);
            if tags.is_empty() {
                note_foreign(bench, droplet, removals);
            } else if bench.wanted.get(&place).is_none() {
                delete(bench, (place, droplet), tags, goes);
            }
        }
    }
}

fn delete(
    bench: &Bench,
    (place, droplet): (Address, &LiveDroplet),
    tags: Vec<Tag>,
    goes: &mut Goes,
) {
    let live = reserved_ip::of_stack(bench, droplet);
    // The tags of a droplet that goes need not be taken off it.
    let stays = bench.going_droplet(droplet.id).is_none();
    let tags = if stays { tags } else { Vec::new() };
    if live.is_none() && tags.is_empty() {
        return;
    }
    let name = live.map_or_else(|| droplet.name.clone(), |live| live.ip.to_string());
    let ip = live.map(|live| live.ip);
    let deletion = Deletion::ReservedIp { ip, droplet: droplet.id, tags };
    let step = goes.add(place, &name, deletion);
    step.monthly.before = live.map(LiveReservedIp::monthly).unwrap_or_default();
}

/// The tags by which a droplet speaks of its reserved IP.
fn tags(bench: &Bench, droplet: &LiveDroplet) -> Vec<Tag> {
    droplet.tags.iter().filter(|tag| bench.mark.is_of_reserved_ip(tag)).cloned().collect()
}

/// An address that somebody else put on a machine which goes is theirs, and billed from then on.
fn note_foreign(bench: &Bench, droplet: &LiveDroplet, removals: &mut Removals) {
    let Some(address) = bench.going_droplet(droplet.id) else { return };
    for live in reserved_ip::on(bench, droplet) {
        let text = format!(
            "the reserved IP {} was not made by this stack and stays; without its droplet it costs {} a month",
            live.ip,
            LiveReservedIp::monthly_alone()
        );
        removals.notes.push(Note { address: Some(address.clone()), text });
    }
}
