//! Sizes and prices, kept for a day: they change a few times a year.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{engine::Site, resources::Catalog, values::short_digest};

/// How long a kept list is good for.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A list and when it was read.
#[derive(Serialize, Deserialize)]
struct Kept {
    read_at: Timestamp,
    catalog: Catalog,
}

/// The kept list, if there is one that is not too old; whatever is wrong with it, it is not used.
pub fn read(site: &Site) -> Option<Catalog> {
    let text = fs::read_to_string(file(site)).ok()?;
    let kept: Kept = serde_json::from_str(&text).ok()?;
    let age = (site.clock)().duration_since(kept.read_at);
    (SignedDuration::ZERO <= age && age < DAY).then_some(kept.catalog)
}

/// Keeps a list. What cannot be kept is read again next time.
pub fn keep(site: &Site, catalog: &Catalog) {
    let kept = Kept { read_at: (site.clock)(), catalog: catalog.clone() };
    if let Err(error) = write(&file(site), &kept) {
        tracing::debug!(%error, "the list of sizes was not kept");
    }
}

/// Writes beside the file and renames, so that a reader never sees half of it.
fn write(file: &Path, kept: &Kept) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let fresh = file.with_extension(format!("{}.new", process::id()));
    fs::write(&fresh, serde_json::to_vec(kept)?)?;
    fs::rename(fresh, file)
}

fn file(site: &Site) -> PathBuf {
    site.folder.join("cache").join(format!("sizes-{}.json", short_digest(&site.account)))
}
