//! Snapshots of volumes and droplets.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::values::{Money, Tag};

/// The price of a GiB of snapshot a month (docs.digitalocean.com/products/snapshots/details/pricing).
const A_GIB: Money = Money::cents(6);

/// A snapshot that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LiveSnapshot {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it was taken of.
    pub of: SnapshotOf,
    /// GiB it occupies.
    pub size_gb: f64,
    /// Its tags.
    pub tags: BTreeSet<Tag>,
}

/// What a snapshot was taken of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotOf {
    /// A volume, by its id.
    Volume(String),
    /// A droplet, by its id.
    Droplet(u64),
    /// Something this version does not know.
    Other,
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
