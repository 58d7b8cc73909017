//! Attachments.

use crate::{
    plan::{
        Refused,
        judge::{Bench, Judged},
    },
    resources::{Attachment, Resource},
};

/// Judges an attachment: a droplet that is made takes its volume along; one that exists gets it.
///
/// A volume may still hang on a machine that goes in this plan; `waits` orders the two.
pub fn judge(bench: &Bench, wanted: &Attachment) -> Judged {
    let volume = only(bench.index.volumes.get(&wanted.volume));
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
            let text = format!("the volume is attached to droplet {holder}, which is another");
            let way_out = "detach it there first; dostack never takes a volume from a machine";
            judged.refused(Refused::Unsafe, text, way_out)
        }
    }
}

fn only<'a, T>(found: Option<&Vec<&'a T>>) -> Option<&'a T> {
    found.and_then(|found| found.first().copied())
}
