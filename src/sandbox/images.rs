//! Images: the public ones, the snapshots of droplets, and those the account brings along.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    actions::{self, Held, Work},
    answer::{Answer, Refusal, Reply},
    call::Call,
    catalog::{self, Image, ImageKind, ImageStatus},
    pages,
    routes::{Method, Route},
    stamp::Stamp,
    tags::{self, Tagged},
    world::{Effect, Numbered, World},
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/images", list),
    Route::new(Method::Post, "/v2/images", import),
    Route::new(Method::Get, "/v2/images/{image_id}", get),
    Route::new(Method::Put, "/v2/images/{image_id}", rename),
    Route::new(Method::Delete, "/v2/images/{image_id}", delete),
];

/// Seconds it takes to fetch an image.
const IMPORT: u32 = 120;

/// The distributions an image may be of (the description's `distribution`).
const DISTRIBUTIONS: &[&str] = &[
    "Arch Linux",
    "CentOS",
    "CoreOS",
    "Debian",
    "Fedora",
    "Fedora Atomic",
    "FreeBSD",
    "Gentoo",
    "openSUSE",
    "RancherOS",
    "Rocky Linux",
    "Ubuntu",
    "Unknown",
];

/// The public images, by number.
pub fn published() -> BTreeMap<u64, Image> {
    catalog::distribution_images().into_iter().map(|image| (image.id, image)).collect()
}

/// Finds an image that can be used, by its number or its slug.
pub fn find<'a>(world: &'a World, identifier: &str) -> Option<&'a Image> {
    known(world, identifier).filter(|image| image.status == ImageStatus::Available)
}

/// Finds an image that is there, whether or not it can be used.
fn known<'a>(world: &'a World, identifier: &str) -> Option<&'a Image> {
    let by_number = identifier.parse().ok().and_then(|id: u64| world.images.get(&id));
    let by_slug = || world.images.values().find(|image| image.slug.as_deref() == Some(identifier));
    by_number.or_else(by_slug).filter(|image| image.status != ImageStatus::Deleted)
}

/// Adds the image that a droplet's snapshot action made.
pub fn take(world: &mut World, droplet: u64, name: &str, at: Timestamp) {
    let id = world.ids.number(Numbered::Image);
    let Some(droplet) = world.droplets.get_mut(&droplet) else { return };
    droplet.snapshots.push(id);
    let distribution = world.images.get(&droplet.image).map(|image| image.distribution.clone());
    let image = Image {
        id,
        name: name.to_owned(),
        slug: None,
        distribution: distribution.unwrap_or_else(|| "Unknown".to_owned()),
        kind: ImageKind::Snapshot,
        status: ImageStatus::Available,
        regions: vec![droplet.region.clone()],
        min_disk_size: droplet.disk,
        size_gigabytes: 2.31,
        created_at: at,
        description: String::new(),
        tags: Vec::new(),
        droplet: Some(droplet.id),
    };
    world.images.insert(id, image);
}

/// Takes an image off the lists, and off the table if it was on offer.
pub fn retire(world: &mut World, id: u64) {
    world.transfers.retain(|_, transfer| transfer.image != id);
    tags::untag_everywhere(world, &Tagged::Image(id));
    if let Some(image) = world.images.get_mut(&id) {
        image.status = ImageStatus::Deleted;
    }
    let droplet = world.images.get(&id).and_then(|image| image.droplet);
    if let Some(droplet) = droplet.and_then(|droplet| world.droplets.get_mut(&droplet)) {
        droplet.snapshots.retain(|snapshot| *snapshot != id);
    }
}

/// An image in the form the API shows it.
#[derive(Debug, Serialize)]
pub struct ImageView<'a> {
    id: u64,
    name: &'a str,
    r#type: &'static str,
    distribution: &'a str,
    slug: Option<&'a str>,
    public: bool,
    regions: &'a [String],
    created_at: Stamp,
    min_disk_size: u32,
    size_gigabytes: f64,
    description: &'a str,
    tags: &'a [String],
    status: &'static str,
    error_message: &'static str,
}

/// Shows an image.
pub fn view(image: &Image) -> ImageView<'_> {
    ImageView {
        id: image.id,
        name: &image.name,
        r#type: match image.kind {
            ImageKind::Distribution | ImageKind::Application => "base",
            ImageKind::Snapshot => "snapshot",
            ImageKind::Backup => "backup",
            ImageKind::Custom => "custom",
        },
        distribution: &image.distribution,
        slug: image.slug.as_deref(),
        public: image.is_public(),
        regions: &image.regions,
        created_at: Stamp(image.created_at),
        min_disk_size: image.min_disk_size,
        size_gigabytes: image.size_gigabytes,
        description: &image.description,
        tags: &image.tags,
        status: match image.status {
            ImageStatus::New => "NEW",
            ImageStatus::Available => "available",
            ImageStatus::Failed | ImageStatus::Deleted => "deleted",
        },
        error_message: match image.status {
            ImageStatus::Failed => "The image could not be fetched.",
            ImageStatus::New | ImageStatus::Available | ImageStatus::Deleted => "",
        },
    }
}

fn list(world: &mut World, call: &Call) -> Reply {
    let kind = call.query.get("type");
    let private = call.query.get("private") == Some("true");
    let tag = call.query.get("tag_name");
    let fits = |image: &&Image| {
        let of_kind = match kind {
            Some("distribution") => image.kind == ImageKind::Distribution,
            Some("application") => image.kind == ImageKind::Application,
            Some(_) | None => true,
        };
        let tagged = |tag: &str| image.tags.iter().any(|own| own.eq_ignore_ascii_case(tag));
        image.status.is_listed()
            && of_kind
            && (!private || !image.is_public())
            && tag.is_none_or(tagged)
    };
    pages::list(call, "images", world.images.values().filter(fits).collect(), view)
}

fn get(world: &mut World, call: &Call) -> Reply {
    let image = known(world, call.capture(0)).ok_or_else(Refusal::not_found)?;
    Ok(Answer::one(StatusCode::OK, "image", view(image)))
}

#[derive(Deserialize)]
struct NewImage {
    name: String,
    url: String,
    region: String,
    distribution: Option<String>,
    description: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
}

/// Has an image fetched from an address; nothing is, in the sandbox, but the time passes.
fn import(world: &mut World, call: &Call) -> Reply {
    let new: NewImage = call.json()?;
    let distribution = new.distribution.unwrap_or_else(|| "Unknown".to_owned());
    check_distribution(&distribution)?;
    if new.name.trim().is_empty() {
        return Err(Refusal::unprocessable("Name can't be blank"));
    }
    if !["http://", "https://", "ftp://"].iter().any(|scheme| new.url.starts_with(scheme)) {
        return Err(Refusal::unprocessable("url must be an address of http, https or ftp"));
    }
    if !catalog::has_region(&new.region) {
        return Err(Refusal::unprocessable("region is not valid"));
    }
    let added = new.tags.unwrap_or_default();
    tags::check(&added)?;
    let id = world.ids.number(Numbered::Image);
    let image = Image {
        id,
        name: new.name,
        slug: None,
        distribution,
        kind: ImageKind::Custom,
        status: ImageStatus::New,
        regions: vec![new.region.clone()],
        min_disk_size: 0,
        size_gigabytes: 0.0,
        created_at: call.terms.now(),
        description: new.description.unwrap_or_default(),
        tags: Vec::new(),
        droplet: None,
    };
    world.images.insert(id, image);
    tags::put(world, &added, &Tagged::Image(id));
    let held = Held { image: Some(id), ..Held::default() };
    let (kind, region) = ("image_import", new.region);
    let work = Work { kind, seconds: IMPORT, held, region, effect: Effect::Import };
    actions::begin(world, &call.terms, work);
    let image = world.images.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::one(StatusCode::ACCEPTED, "image", view(image)))
}

fn check_distribution(name: &str) -> Result<(), Refusal> {
    if DISTRIBUTIONS.contains(&name) {
        Ok(())
    } else {
        Err(Refusal::unprocessable("distribution is not one that is known"))
    }
}

#[derive(Deserialize)]
struct Change {
    name: Option<String>,
    description: Option<String>,
    distribution: Option<String>,
}

fn rename(world: &mut World, call: &Call) -> Reply {
    let id = own(world, call)?.id;
    let change: Change = call.json()?;
    change.distribution.as_deref().map_or(Ok(()), check_distribution)?;
    let image = world.images.get_mut(&id).ok_or_else(Refusal::not_found)?;
    image.name = change.name.unwrap_or_else(|| image.name.clone());
    image.distribution = change.distribution.unwrap_or_else(|| image.distribution.clone());
    image.description = change.description.unwrap_or_else(|| image.description.clone());
    Ok(Answer::one(StatusCode::OK, "image", view(image)))
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = own(world, call)?.id;
    retire(world, id);
    Ok(Answer::no_content())
}

/// The account's own image in the path; public ones may not be changed.
fn own<'a>(world: &'a World, call: &Call) -> Result<&'a Image, Refusal> {
    let image = known(world, call.capture(0)).ok_or_else(Refusal::not_found)?;
    if image.is_public() {
        return Err(Refusal::forbidden("You do not have access for the attempted action."));
    }
    Ok(image)
}

/// The account's own image in the path, if it can be used.
pub fn ready<'a>(world: &'a World, call: &Call) -> Result<&'a Image, Refusal> {
    let image = own(world, call)?;
    if image.status == ImageStatus::Available {
        Ok(image)
    } else {
        Err(Refusal::unprocessable("the image is not available yet"))
    }
}
