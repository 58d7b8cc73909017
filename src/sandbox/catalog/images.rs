//! The images a droplet can start from.
//!
//! Public ones are a fixed table; droplet snapshots join them in the world, in the same form.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::catalog::regions;

/// An image: a distribution's, an application's, or a droplet's snapshot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Image {
    /// The number requests use.
    pub id: u64,
    /// The name people read.
    pub name: String,
    /// The name requests use; only public images have one.
    pub slug: Option<String>,
    /// The operating system.
    pub distribution: String,
    /// Where it comes from.
    pub kind: ImageKind,
    /// Whether it can be used.
    pub status: ImageStatus,
    /// The regions it is stored in.
    pub regions: Vec<String>,
    /// The smallest disk it fits on, in GiB.
    pub min_disk_size: u32,
    /// What it occupies, in GiB.
    pub size_gigabytes: f64,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it says about itself.
    pub description: String,
    /// Its tags in canonical case.
    pub tags: Vec<String>,
    /// The droplet a snapshot was taken of.
    pub droplet: Option<u64>,
}

/// Where an image comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImageKind {
    /// A distribution.
    Distribution,
    /// A ready-made application.
    Application,
    /// A snapshot of a droplet.
    Snapshot,
    /// An automatic backup of a droplet.
    Backup,
    /// One the account brought along.
    Custom,
}

/// Whether an image can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImageStatus {
    /// Being fetched.
    New,
    /// Ready.
    Available,
    /// It could not be fetched.
    Failed,
    /// Gone from the lists; droplets made from it still name it.
    Deleted,
}

impl ImageStatus {
    /// Says whether lists name it.
    pub fn is_listed(self) -> bool {
        match self {
            Self::New | Self::Available => true,
            Self::Failed | Self::Deleted => false,
        }
    }
}

impl Image {
    /// Says whether everyone sees it.
    pub fn is_public(&self) -> bool {
        match self.kind {
            ImageKind::Distribution | ImageKind::Application => true,
            ImageKind::Snapshot | ImageKind::Backup | ImageKind::Custom => false,
        }
    }

    /// Has been fetched, unless it was deleted meanwhile, and shows how large it is.
    pub fn arrive(&mut self) {
        if self.status == ImageStatus::New {
            self.status = ImageStatus::Available;
            self.min_disk_size = MIN_DISK;
            self.size_gigabytes = SIZE;
        }
    }

    /// Could not be fetched.
    pub fn fail(&mut self) {
        if self.status == ImageStatus::New {
            self.status = ImageStatus::Failed;
        }
    }
}

/// Number, slug, name, distribution, kind.
type Row = (u64, &'static str, &'static str, &'static str, ImageKind);

const ROWS: &[Row] = &[
    (106_433_672, "debian-11-x64", "11 x64", "Debian", ImageKind::Distribution),
    (106_434_098, "rockylinux-8-x64", "8 x64", "Rocky Linux", ImageKind::Distribution),
    (106_434_191, "rockylinux-9-x64", "9 x64", "Rocky Linux", ImageKind::Distribution),
    (112_929_454, "ubuntu-20-04-x64", "20.04 (LTS) x64", "Ubuntu", ImageKind::Distribution),
    (125_095_617, "debian-12-x64", "12 x64", "Debian", ImageKind::Distribution),
    (125_095_702, "ubuntu-22-04-x64", "22.04 (LTS) x64", "Ubuntu", ImageKind::Distribution),
    (126_021_088, "centos-stream-9-x64", "9 Stream x64", "CentOS", ImageKind::Distribution),
    (133_940_712, "docker-20-04", "Docker on Ubuntu 22.04", "Ubuntu", ImageKind::Application),
    (155_133_621, "ubuntu-24-04-x64", "24.04 (LTS) x64", "Ubuntu", ImageKind::Distribution),
    (160_210_440, "fedora-41-x64", "41 x64", "Fedora", ImageKind::Distribution),
    (184_400_113, "fedora-42-x64", "42 x64", "Fedora", ImageKind::Distribution),
    (194_820_105, "ubuntu-25-04-x64", "25.04 x64", "Ubuntu", ImageKind::Distribution),
    (204_107_330, "debian-13-x64", "13 x64", "Debian", ImageKind::Distribution),
];

/// The disk an image needs and what it occupies, in GiB, unless it is a droplet's.
const MIN_DISK: u32 = 7;
const SIZE: f64 = 2.31;

/// When the public images were published: long before any world begins.
const PUBLISHED: i64 = 1_714_521_600;

/// Makes the public images, in the order of their numbers.
pub fn distribution_images() -> Vec<Image> {
    ROWS.iter().map(|row| public(*row)).collect()
}

fn public(row: Row) -> Image {
    let (id, slug, name, distribution, kind) = row;
    let open = regions().filter(|region| region.available);
    Image {
        id,
        name: name.to_owned(),
        slug: Some(slug.to_owned()),
        distribution: distribution.to_owned(),
        kind,
        status: ImageStatus::Available,
        regions: open.map(|region| region.slug.to_owned()).collect(),
        min_disk_size: MIN_DISK,
        size_gigabytes: SIZE,
        created_at: Timestamp::from_second(PUBLISHED).unwrap_or(Timestamp::UNIX_EPOCH),
        description: format!("{distribution} {name}"),
        tags: Vec::new(),
        droplet: None,
    }
}
