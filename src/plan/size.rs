//! Whether a droplet can have a size.

use crate::{
    resources::Catalog,
    values::{Region, SizeSlug, meant_or_known},
};

/// Why a droplet with so much disk cannot have a size there, and what it can have: the size is
/// unknown, not offered in the region, or has too little disk.
pub fn size_refusal(
    catalog: &Catalog,
    (size, region): (&SizeSlug, &Region),
    disk_gb: u32,
) -> Option<(String, String)> {
    let offer = |slug: Option<&SizeSlug>| {
        slug.map_or_else(|| format!("{region} offers none"), |slug| format!("try `{slug}`"))
    };
    let known = catalog.size(size);
    if let Some(offered) = known.filter(|size| size.available && size.regions.contains(region)) {
        let text = || {
            format!(
                "the size `{size}` has {} GB of disk and the droplet has {disk_gb}; a disk cannot shrink",
                offered.disk_gb
            )
        };
        let is_small = offered.disk_gb < disk_gb;
        return is_small.then(|| (text(), offer(catalog.cheapest(region, disk_gb))));
    }
    let regions = catalog.regions();
    if !regions.contains(region) && !regions.is_empty() {
        let known = regions.into_iter().map(Region::as_str);
        let way_out = meant_or_known(region.as_str(), known).unwrap_or_default();
        return Some((format!("DigitalOcean has no region `{region}`"), way_out));
    }
    let text = match known {
        None => format!("DigitalOcean has no size `{size}`"),
        Some(_) => format!("the size `{size}` is not offered in {region}"),
    };
    Some((text, offer(catalog.nearest(size, region))))
}
