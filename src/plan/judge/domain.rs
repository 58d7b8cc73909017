//! Domains.

use crate::{
    plan::judge::{Bench, Judged},
    resources::{Domain, Resource},
};

/// Judges a domain: the account serves it, or it is created.
pub fn judge(bench: &Bench, wanted: &Domain) -> Judged {
    let served = bench.inventory.zone.as_ref().and_then(|zone| zone.name.as_ref());
    if served == Some(&wanted.name) {
        Judged::in_sync(None)
    } else {
        Judged::missing(Resource::Domain(wanted.clone()))
    }
}
