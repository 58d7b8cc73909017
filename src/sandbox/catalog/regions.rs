//! The regions a droplet or a volume can be in.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Serialize;

use crate::sandbox::catalog::{sizes, written::Written};

/// A region in the form the API shows it.
#[derive(Debug, Serialize)]
pub struct Region {
    /// The name people read.
    pub name: &'static str,
    /// The name requests use.
    pub slug: &'static str,
    /// What the region offers; volumes need `storage`.
    pub features: &'static [&'static str],
    /// Whether new droplets are accepted.
    pub available: bool,
    /// The slugs of the sizes sold here.
    pub sizes: Vec<&'static str>,
}

/// Slugs and names, in the order of the list call.
const NAMES: &[(&str, &str)] = &[
    ("nyc1", "New York 1"),
    ("sfo1", "San Francisco 1"),
    ("nyc2", "New York 2"),
    ("ams2", "Amsterdam 2"),
    ("sgp1", "Singapore 1"),
    ("lon1", "London 1"),
    ("nyc3", "New York 3"),
    ("ams3", "Amsterdam 3"),
    ("fra1", "Frankfurt 1"),
    ("tor1", "Toronto 1"),
    ("sfo2", "San Francisco 2"),
    ("blr1", "Bangalore 1"),
    ("sfo3", "San Francisco 3"),
    ("syd1", "Sydney 1"),
];

/// Regions that still answer but accept nothing new.
const CLOSED: &[&str] = &["sfo1", "ams2"];

const FEATURES: &[&str] =
    &["backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"];

static REGIONS: LazyLock<BTreeMap<&'static str, Written<Region>>> = LazyLock::new(|| {
    NAMES.iter().map(|&(slug, name)| (slug, Written::new(offer(slug, name)))).collect()
});

/// Lists every region in the order of the API.
pub fn regions() -> impl Iterator<Item = &'static Written<Region>> {
    NAMES.iter().filter_map(|(slug, _)| REGIONS.get(slug))
}

/// Finds the region of a slug.
pub fn region(slug: &str) -> Option<&'static Written<Region>> {
    REGIONS.get(slug)
}

/// Says whether a slug names a region that accepts new things.
pub fn has_region(slug: &str) -> bool {
    region(slug).is_some_and(|region| region.available)
}

fn offer(slug: &'static str, name: &'static str) -> Region {
    let open = !CLOSED.contains(&slug);
    let sizes = sizes::slugs().filter(|size| open && sizes::sold_in(size, slug)).collect();
    let features = if open { FEATURES } else { &[] };
    Region { name, slug, features, available: open, sizes }
}
