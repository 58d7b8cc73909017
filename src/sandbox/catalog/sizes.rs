//! Droplet sizes with their prices.
//!
//! The numbers are those of the public price list; an hour costs a 672nd of the month, which is
//! how DigitalOcean rounds its own hourly prices.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Serialize;

use crate::sandbox::catalog::written::Written;

/// A size in the form the API shows it.
#[derive(Debug, Serialize)]
pub struct Size {
    /// The name requests use.
    pub slug: &'static str,
    /// Memory in MiB.
    pub memory: u32,
    /// Virtual processors.
    pub vcpus: u32,
    /// Disk in GiB.
    pub disk: u32,
    /// Traffic included, in TB a month.
    pub transfer: f64,
    /// Dollars a month.
    pub price_monthly: f64,
    /// Dollars an hour.
    pub price_hourly: f64,
    /// The slugs of the regions that sell it.
    pub regions: Vec<&'static str>,
    /// Whether it can be bought anywhere.
    pub available: bool,
    /// The family's name.
    pub description: &'static str,
    disk_info: Vec<DiskInfo>,
}

#[derive(Debug, Serialize)]
struct DiskInfo {
    r#type: &'static str,
    size: Amount,
}

#[derive(Debug, Serialize)]
struct Amount {
    amount: u32,
    unit: &'static str,
}

/// Slug, virtual processors, memory MiB, disk GiB, transfer TB, dollars a month.
type Row = (&'static str, u32, u32, u32, f64, f64);

/// The families in the order of the list call, each with its description and rows.
const FAMILIES: &[(&str, &[Row])] = &[
    ("Basic", BASIC),
    ("Basic AMD", BASIC_AMD),
    ("Basic Intel", BASIC_INTEL),
    ("Premium Intel", PREMIUM_INTEL),
    ("General Purpose", GENERAL),
    ("General Purpose 2x SSD", GENERAL_DISK),
    ("CPU-Optimized", COMPUTE),
    ("CPU-Optimized 2x SSD", COMPUTE_DISK),
    ("Memory-Optimized", MEMORY),
    ("Memory-Optimized 3x SSD", MEMORY_3X),
    ("Memory-Optimized 6x SSD", MEMORY_6X),
    ("Storage-Optimized", STORAGE),
];

const BASIC: &[Row] = &[
    ("s-1vcpu-512mb-10gb", 1, 512, 10, 0.5, 4.0),
    ("s-1vcpu-1gb", 1, 1024, 25, 1.0, 6.0),
    ("s-1vcpu-2gb", 1, 2048, 50, 2.0, 12.0),
    ("s-2vcpu-2gb", 2, 2048, 60, 3.0, 18.0),
    ("s-2vcpu-4gb", 2, 4096, 80, 4.0, 24.0),
    ("s-4vcpu-8gb", 4, 8192, 160, 5.0, 48.0),
    ("s-8vcpu-16gb", 8, 16384, 320, 6.0, 96.0),
];

const BASIC_AMD: &[Row] = &[
    ("s-1vcpu-1gb-amd", 1, 1024, 25, 1.0, 7.0),
    ("s-1vcpu-2gb-amd", 1, 2048, 50, 2.0, 14.0),
    ("s-2vcpu-2gb-amd", 2, 2048, 60, 3.0, 21.0),
    ("s-2vcpu-4gb-amd", 2, 4096, 80, 4.0, 28.0),
    ("s-2vcpu-8gb-amd", 2, 8192, 100, 5.0, 42.0),
    ("s-4vcpu-8gb-amd", 4, 8192, 160, 5.0, 56.0),
    ("s-4vcpu-16gb-amd", 4, 16384, 200, 8.0, 84.0),
    ("s-8vcpu-16gb-amd", 8, 16384, 320, 6.0, 112.0),
    ("s-8vcpu-32gb-amd", 8, 32768, 400, 10.0, 168.0),
];

const BASIC_INTEL: &[Row] = &[
    ("s-1vcpu-1gb-intel", 1, 1024, 25, 1.0, 7.0),
    ("s-1vcpu-2gb-intel", 1, 2048, 50, 2.0, 14.0),
    ("s-2vcpu-2gb-intel", 2, 2048, 60, 3.0, 21.0),
    ("s-2vcpu-4gb-intel", 2, 4096, 80, 4.0, 28.0),
    ("s-4vcpu-8gb-intel", 4, 8192, 160, 5.0, 56.0),
    ("s-8vcpu-16gb-intel", 8, 16384, 320, 6.0, 112.0),
];

const PREMIUM_INTEL: &[Row] = &[
    ("s-1vcpu-1gb-35gb-intel", 1, 1024, 35, 1.0, 8.0),
    ("s-1vcpu-2gb-70gb-intel", 1, 2048, 70, 2.0, 16.0),
    ("s-2vcpu-2gb-90gb-intel", 2, 2048, 90, 3.0, 24.0),
    ("s-2vcpu-4gb-120gb-intel", 2, 4096, 120, 4.0, 32.0),
    ("s-2vcpu-8gb-160gb-intel", 2, 8192, 160, 5.0, 48.0),
    ("s-4vcpu-8gb-240gb-intel", 4, 8192, 240, 6.0, 64.0),
    ("s-4vcpu-16gb-320gb-intel", 4, 16384, 320, 8.0, 96.0),
    ("s-8vcpu-16gb-480gb-intel", 8, 16384, 480, 9.0, 128.0),
    ("s-8vcpu-32gb-640gb-intel", 8, 32768, 640, 10.0, 192.0),
];

const GENERAL: &[Row] = &[
    ("g-2vcpu-8gb", 2, 8192, 25, 4.0, 63.0),
    ("g-4vcpu-16gb", 4, 16384, 50, 5.0, 126.0),
    ("g-8vcpu-32gb", 8, 32768, 100, 6.0, 252.0),
    ("g-16vcpu-64gb", 16, 65536, 200, 7.0, 504.0),
    ("g-32vcpu-128gb", 32, 131_072, 400, 8.0, 1008.0),
    ("g-40vcpu-160gb", 40, 163_840, 500, 9.0, 1260.0),
];

const GENERAL_DISK: &[Row] = &[
    ("gd-2vcpu-8gb", 2, 8192, 50, 4.0, 68.0),
    ("gd-4vcpu-16gb", 4, 16384, 100, 5.0, 136.0),
    ("gd-8vcpu-32gb", 8, 32768, 200, 6.0, 272.0),
    ("gd-16vcpu-64gb", 16, 65536, 400, 7.0, 544.0),
    ("gd-32vcpu-128gb", 32, 131_072, 800, 8.0, 1088.0),
    ("gd-40vcpu-160gb", 40, 163_840, 1000, 9.0, 1360.0),
];

const COMPUTE: &[Row] = &[
    ("c-2", 2, 4096, 25, 4.0, 42.0),
    ("c-4", 4, 8192, 50, 5.0, 84.0),
    ("c-8", 8, 16384, 100, 6.0, 168.0),
    ("c-16", 16, 32768, 200, 7.0, 336.0),
    ("c-32", 32, 65536, 400, 9.0, 672.0),
    ("c-48", 48, 98304, 600, 10.0, 1008.0),
];

const COMPUTE_DISK: &[Row] = &[
    ("c2-2vcpu-4gb", 2, 4096, 50, 4.0, 47.0),
    ("c2-4vcpu-8gb", 4, 8192, 100, 5.0, 94.0),
    ("c2-8vcpu-16gb", 8, 16384, 200, 6.0, 188.0),
    ("c2-16vcpu-32gb", 16, 32768, 400, 7.0, 376.0),
    ("c2-32vcpu-64gb", 32, 65536, 800, 9.0, 752.0),
    ("c2-48vcpu-96gb", 48, 98304, 1200, 10.0, 1128.0),
];

const MEMORY: &[Row] = &[
    ("m-2vcpu-16gb", 2, 16384, 50, 4.0, 84.0),
    ("m-4vcpu-32gb", 4, 32768, 100, 6.0, 168.0),
    ("m-8vcpu-64gb", 8, 65536, 200, 7.0, 336.0),
    ("m-16vcpu-128gb", 16, 131_072, 400, 8.0, 672.0),
    ("m-24vcpu-192gb", 24, 196_608, 600, 9.0, 1008.0),
    ("m-32vcpu-256gb", 32, 262_144, 800, 10.0, 1344.0),
];

const MEMORY_3X: &[Row] = &[
    ("m3-2vcpu-16gb", 2, 16384, 150, 4.0, 104.0),
    ("m3-4vcpu-32gb", 4, 32768, 300, 6.0, 208.0),
    ("m3-8vcpu-64gb", 8, 65536, 600, 7.0, 416.0),
    ("m3-16vcpu-128gb", 16, 131_072, 1200, 8.0, 832.0),
    ("m3-24vcpu-192gb", 24, 196_608, 1800, 9.0, 1248.0),
    ("m3-32vcpu-256gb", 32, 262_144, 2400, 10.0, 1664.0),
];

const MEMORY_6X: &[Row] = &[
    ("m6-2vcpu-16gb", 2, 16384, 300, 4.0, 131.0),
    ("m6-4vcpu-32gb", 4, 32768, 600, 6.0, 262.0),
    ("m6-8vcpu-64gb", 8, 65536, 1200, 7.0, 524.0),
    ("m6-16vcpu-128gb", 16, 131_072, 2400, 8.0, 1048.0),
    ("m6-24vcpu-192gb", 24, 196_608, 3600, 9.0, 1572.0),
    ("m6-32vcpu-256gb", 32, 262_144, 4800, 10.0, 2096.0),
];

const STORAGE: &[Row] = &[
    ("so-2vcpu-16gb", 2, 16384, 300, 4.0, 131.0),
    ("so-4vcpu-32gb", 4, 32768, 600, 6.0, 262.0),
    ("so-8vcpu-64gb", 8, 65536, 1200, 7.0, 524.0),
    ("so-16vcpu-128gb", 16, 131_072, 2400, 8.0, 1048.0),
    ("so-24vcpu-192gb", 24, 196_608, 3600, 9.0, 1572.0),
    ("so-32vcpu-256gb", 32, 262_144, 4800, 10.0, 2096.0),
];

/// Every open region; basic and dedicated sizes are sold in all of them.
const EVERYWHERE: &[&str] = &[
    "nyc1", "nyc2", "sgp1", "lon1", "nyc3", "ams3", "fra1", "tor1", "sfo2", "blr1", "sfo3", "syd1",
];

/// Where the sizes with the largest disks are sold.
const LARGE_DISKS: &[&str] = &["nyc1", "nyc3", "sgp1", "ams3", "fra1", "tor1", "sfo3", "blr1"];

/// Hours DigitalOcean bills in a month.
const HOURS: f64 = 672.0;

static SIZES: LazyLock<BTreeMap<&'static str, Written<Size>>> = LazyLock::new(|| {
    let rows = FAMILIES.iter().flat_map(|(family, rows)| rows.iter().map(|row| (*family, *row)));
    rows.map(|(family, row)| (row.0, Written::new(offer(family, row)))).collect()
});

/// Lists every size in the order of the API.
pub fn sizes() -> impl Iterator<Item = &'static Written<Size>> {
    slugs().filter_map(|slug| SIZES.get(slug))
}

/// Finds the size of a slug.
pub fn size(slug: &str) -> Option<&'static Written<Size>> {
    SIZES.get(slug)
}

/// Lists every slug in the order of the API.
pub fn slugs() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().flat_map(|(_, rows)| rows.iter().map(|row| row.0))
}

/// Says whether a region sells a size.
pub fn sold_in(size: &str, region: &str) -> bool {
    places(size).contains(&region)
}

fn places(size: &str) -> &'static [&'static str] {
    let large = ["m3-", "m6-", "so-"].iter().any(|family| size.starts_with(family));
    if large { LARGE_DISKS } else { EVERYWHERE }
}

fn offer(description: &'static str, row: Row) -> Size {
    let (slug, vcpus, memory, disk, transfer, price_monthly) = row;
    Size {
        slug,
        memory,
        vcpus,
        disk,
        transfer,
        price_monthly,
        price_hourly: (price_monthly / HOURS * 100_000.0).round() / 100_000.0,
        regions: places(slug).to_vec(),
        available: true,
        description,
        disk_info: vec![DiskInfo { r#type: "local", size: Amount { amount: disk, unit: "gib" } }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_unique_and_many() {
        assert_eq!(SIZES.len(), slugs().count());
        assert!(SIZES.len() >= 60);
    }

    #[test]
    fn an_hour_costs_what_the_price_list_says() {
        assert!((size("s-1vcpu-1gb").unwrap().price_hourly - 0.00893).abs() < 1e-9);
        assert!((size("s-8vcpu-32gb-640gb-intel").unwrap().price_monthly - 192.0).abs() < 1e-9);
    }
}
