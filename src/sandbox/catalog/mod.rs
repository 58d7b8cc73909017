//! What DigitalOcean offers: regions, sizes with their prices, images.
//!
//! Fixed tables, read by every family and changed by none. They list what most accounts see; a
//! size or a region that is missing here is refused as an unknown one.

mod images;
mod regions;
mod sizes;
mod written;

pub use images::{Image, ImageKind, ImageStatus, distribution_images};
pub use regions::{Region, has_region, region, regions};
pub use sizes::{Size, size, sizes};
pub use written::Written;
