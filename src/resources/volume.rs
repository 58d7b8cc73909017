//! Block-storage volumes.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    resources::{Adopt, Effect, FieldChange},
    values::{Mark, Money, Region, Tag, VolumeName},
};

/// The price of a GiB of volume a month (docs.digitalocean.com/products/volumes/details/pricing).
const A_GIB: Money = Money::cents(10);

/// A volume that is to exist.
///
/// It is made without a filesystem: the machine's guarded script formats it, and only when there
/// is nothing on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Volume {
    /// Unique in its region.
    pub name: VolumeName,
    /// Whose choice that name is.
    pub naming: Naming,
    /// Where it is; it cannot move.
    pub region: Region,
    /// GiB; it can only grow.
    pub size_gb: u32,
    /// Its marks.
    pub tags: BTreeSet<Tag>,
    /// An existing volume that the file would rather take in.
    pub adopt: Option<Adopt>,
}

/// Whose choice a name is that DigitalOcean never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Naming {
    /// It was made of the stack's and the component's: what has another one, because the component
    /// was renamed, keeps it.
    Made,
    /// The stack file says it.
    Given,
}

/// A volume that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveVolume {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub region: Region,
    /// GiB.
    pub size_gb: u32,
    /// Its tags.
    pub tags: BTreeSet<Tag>,
    /// The droplets it is attached to: none or one.
    pub droplet_ids: BTreeSet<u64>,
}

/// What a volume of a size costs a month.
pub fn monthly(size_gb: u32) -> Money {
    A_GIB * size_gb
}

impl Volume {
    /// What it costs a month.
    pub fn monthly(&self) -> Money {
        monthly(self.size_gb)
    }

    /// The fields that differ.
    pub fn diff(&self, live: &LiveVolume) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        if self.naming == Naming::Given && !live.is_adopted() && live.name != self.name.as_str() {
            changes.push(FieldChange::new("name", &live.name, &self.name, Effect::Replace));
        }
        if live.region != self.region {
            changes.push(FieldChange::new("region", &live.region, &self.region, Effect::Replace));
        }
        if live.size_gb != self.size_gb {
            let effect =
                if live.size_gb < self.size_gb { Effect::InPlace } else { Effect::Impossible };
            let size = |gb: u32| format!("{gb} GiB");
            changes.push(FieldChange::new(
                "size",
                &size(live.size_gb),
                &size(self.size_gb),
                effect,
            ));
        }
        let missing: Vec<&str> = self.tags.difference(&live.tags).map(Tag::as_str).collect();
        if !missing.is_empty() {
            changes.push(FieldChange::new("tags", &"", &missing.join(", "), Effect::InPlace));
        }
        changes
    }
}

impl LiveVolume {
    /// Whether it was taken in and not made, and so is never deleted unasked.
    pub fn is_adopted(&self) -> bool {
        self.tags.contains(&Mark::adopted_tag())
    }

    /// What it costs a month.
    pub fn monthly(&self) -> Money {
        monthly(self.size_gb)
    }
}
