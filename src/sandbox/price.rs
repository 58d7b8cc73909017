//! Dollars a month, at DigitalOcean's list prices.

use std::iter::Sum;

use crate::sandbox::{
    backups::BackupPolicy,
    catalog::{self, Image},
    droplets::Droplet,
    reserved_ips::ReservedIp,
    snapshots::{VolumeSnapshot, billed},
    volumes::Volume,
};

/// A GiB of a volume (docs.digitalocean.com/products/volumes/details/pricing).
const VOLUME_GIB: f64 = 0.10;

/// A GiB of a snapshot (docs.digitalocean.com/products/snapshots/details/pricing).
const SNAPSHOT_GIB: f64 = 0.06;

/// A reserved IP that is assigned to nothing; one in use is free
/// (docs.digitalocean.com/products/networking/reserved-ips/details/pricing).
const IDLE_ADDRESS: f64 = 5.0;

/// Dollars a month.
#[derive(Debug, Clone, Copy, Default)]
pub struct Price(f64);

impl Price {
    /// A droplet costs its size's price, whether it is on or off, and a part of that for backups.
    pub fn of_droplet(droplet: &Droplet) -> Self {
        let size = catalog::size(&droplet.size).map_or(0.0, |size| size.price_monthly);
        let backups = droplet.backup_policy.as_ref().map_or(0.0, BackupPolicy::share);
        Self(size * (1.0 + backups))
    }

    /// A volume costs its size, on a droplet or on none.
    pub fn of_volume(volume: &Volume) -> Self {
        Self(VOLUME_GIB * billed(volume.size_gigabytes))
    }

    /// A volume's snapshot is a full image of it.
    pub fn of_snapshot(snapshot: &VolumeSnapshot) -> Self {
        Self(SNAPSHOT_GIB * billed(snapshot.min_disk_size))
    }

    /// A droplet's snapshot costs what it occupies.
    pub fn of_image(image: &Image) -> Self {
        Self(SNAPSHOT_GIB * image.size_gigabytes)
    }

    /// A reserved IP costs something as long as nothing uses it.
    pub fn of_address(address: &ReservedIp) -> Self {
        if address.droplet.is_some() { Self::default() } else { Self::of_idle_address() }
    }

    /// A reserved IP that nothing uses.
    pub const fn of_idle_address() -> Self {
        Self(IDLE_ADDRESS)
    }

    /// The price as people write it.
    pub fn text(self) -> String {
        format!("${}", self.digits())
    }

    /// The price as the API writes it, in dollars and cents.
    pub fn digits(self) -> String {
        format!("{:.2}", self.0)
    }

    /// The same, or nothing for what is free.
    pub fn text_unless_free(self) -> Option<String> {
        (self.0 > 0.0).then(|| self.text())
    }
}

impl Sum for Price {
    fn sum<I: Iterator<Item = Self>>(prices: I) -> Self {
        // Not `sum`, whose nothing is a negative zero.
        Self(prices.fold(0.0, |sum, price| sum + price.0))
    }
}
