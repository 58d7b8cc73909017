//! Snapshots of volumes.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::values::{Money, Tag};

/// The price of a GiB of snapshot a month (docs.digitalocean.com/products/snapshots/details/pricing).
const A_GIB: Money = Money::cents(6);

/// A volume snapshot that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LiveSnapshot {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The volume it was taken of.
    pub volume_id: String,
    /// GiB it occupies.
    pub size_gb: f64,
    /// Its tags.
    pub tags: BTreeSet<Tag>,
}

/// What a snapshot of a size in GiB costs a month; a cent at least, as the price list says.
#[expect(clippy::cast_precision_loss, reason = "six cents are exact")]
pub fn monthly(size_gb: f64) -> Money {
    Money::dollars(size_gb * A_GIB.as_cents() as f64 / 100.0).max(Money::cents(1))
}

impl LiveSnapshot {
    /// What it costs a month.
    pub fn monthly(&self) -> Money {
        monthly(self.size_gb)
    }
}
