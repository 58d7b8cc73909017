//! Attachments.

use crate::{
    plan::{
        Refused,
        judge::{Bench, Judged, replacement},
    },
    resources::{Attachment, Resource},
};

/// Judges an attachment: a droplet that is made takes its volume along; one that exists gets it.
///
/// A volume may still hang on a machine that goes in this plan; `waits` orders the two.
pub fn judge(bench: &Bench, wanted: &Attachment) -> Judged {
    if is_carried(bench, wanted) {
        return Judged::in_sync(None);
    }
    let volume = bench.volume(&wanted.volume);
    let droplet = bench.machine(&wanted.droplet);
    let holder = volume.and_then(|volume| volume.droplet_ids.first().copied());
    let judged = match droplet {
        Some(droplet) if holder == Some(droplet.id) => return Judged::in_sync(None),
        Some(_) => Judged::missing(Resource::Attachment(wanted.clone())),
        None => Judged::in_sync(None),
    };
    match holder.filter(|holder| bench.going_droplet(*holder).is_none()) {
        None => judged,
        Some(holder) => {
            let known = bench.inventory.droplets.iter().chain(&bench.inventory.strangers);
            let name = known.filter(|live| live.id == holder).map(|live| &live.name).next();
            let name = name.map(|name| format!(" (`{name}`)")).unwrap_or_default();
            let text =
                format!("the volume is attached to droplet {holder}{name}, which is another");
            let way_out = way_out(bench, wanted, holder);
            judged.refused(Refused::Unsafe, text, way_out)
        }
    }
}

/// What to do about a volume on another machine; on one of the stack's, the component ran there.
fn way_out(bench: &Bench, wanted: &Attachment, holder: u64) -> String {
    let detach = "detach it there first; dostack never takes a volume from a machine";
    if !bench.index.numbered.contains_key(&holder) {
        return detach.to_owned();
    }
    format!(
        "take `{0}` out of the file and run `dostack up`, which stops it there; unmount the volume, detach it, and put `{0}` back",
        wanted.volume.owner()
    )
}

/// Whether the volume is brought to its machine by a replacement.
fn is_carried(bench: &Bench, wanted: &Attachment) -> bool {
    let droplet = bench.wanted.get(&wanted.droplet).and_then(|node| node.value.as_droplet());
    let Some(droplet) = droplet else { return false };
    let succession = bench.index.successions.get(&wanted.droplet);
    let is_under_way = succession
        .is_some_and(|it| it.new.is_none_or(|new| !replacement::is_settled(bench, droplet, new)));
    let machine = bench.machine(&wanted.droplet);
    is_under_way || machine.is_some_and(|live| replacement::is_stranded(bench, droplet, live))
}
