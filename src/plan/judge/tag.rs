//! Tags that firewalls target.

use crate::{
    plan::judge::{Bench, Judged},
    resources::{Resource, WantedTag},
};

/// Judges a tag: something carries it, or it is made.
pub fn judge(bench: &Bench, wanted: &WantedTag) -> Judged {
    if bench.index.tags.contains(&wanted.tag) {
        Judged::in_sync(None)
    } else {
        Judged::missing(Resource::Tag(wanted.clone()))
    }
}
