//! Sizes and their prices, as the account is offered them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::values::{Money, Region, SizeSlug, closest};

/// A droplet size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// What it costs a month.
    pub monthly: Money,
    /// MiB.
    pub memory_mb: u32,
    /// Virtual processors.
    pub vcpus: u32,
    /// GiB of local disk, which no resize ever makes smaller.
    pub disk_gb: u32,
    /// Where it is offered.
    pub regions: BTreeSet<Region>,
    /// Whether new droplets may have it.
    pub available: bool,
}

/// Every size by its slug.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Catalog {
    sizes: BTreeMap<SizeSlug, Size>,
}

impl Catalog {
    /// A catalog of these sizes.
    pub fn new(sizes: impl IntoIterator<Item = (SizeSlug, Size)>) -> Self {
        Self { sizes: sizes.into_iter().collect() }
    }

    /// A size, if it is known.
    pub fn size(&self, slug: &SizeSlug) -> Option<&Size> {
        self.sizes.get(slug)
    }

    /// What a size costs a month; an unknown one counts as nothing.
    pub fn monthly(&self, slug: &SizeSlug) -> Money {
        self.size(slug).map_or(Money::ZERO, |size| size.monthly)
    }

    /// The known slug nearest to a mistyped one, or else one of the region's cheapest.
    pub fn nearest(&self, slug: &SizeSlug, region: &Region) -> Option<&SizeSlug> {
        let known = closest(slug.as_str(), self.offered(region).map(|(slug, _)| slug.as_str()));
        known
            .and_then(|known| self.sizes.get_key_value(&SizeSlug::new(known)))
            .map(|(slug, _)| slug)
            .or_else(|| self.cheapest(region, 0))
    }

    /// The region's cheapest size with at least this many GiB of disk.
    pub fn cheapest(&self, region: &Region, disk_gb: u32) -> Option<&SizeSlug> {
        let roomy = self.offered(region).filter(|(_, size)| size.disk_gb >= disk_gb);
        roomy.min_by_key(|(_, size)| size.monthly).map(|(slug, _)| slug)
    }

    /// Where any size is offered.
    pub fn regions(&self) -> BTreeSet<&Region> {
        self.sizes.values().filter(|size| size.available).flat_map(|size| &size.regions).collect()
    }

    /// The sizes a new droplet may have there.
    fn offered<'a>(&'a self, region: &Region) -> impl Iterator<Item = (&'a SizeSlug, &'a Size)> {
        self.sizes.iter().filter(|(_, size)| size.available && size.regions.contains(region))
    }
}
