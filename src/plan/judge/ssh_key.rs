//! SSH keys.

use crate::{
    inventory::{Found, Id},
    plan::judge::{Bench, Judged},
    resources::{Resource, SshKey},
};

/// Judges a key: the account knows it, by whatever name, or it is registered.
pub fn judge(bench: &Bench, wanted: &SshKey) -> Judged {
    match bench.inventory.keys.get(wanted.key.fingerprint()) {
        Some(live) => Judged::in_sync(Some(Found::id(Id::Number(live.id)))),
        None => Judged::missing(Resource::SshKey(wanted.clone())),
    }
}
