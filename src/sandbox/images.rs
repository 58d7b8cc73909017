//! Images: the public ones, and the snapshots of droplets.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    actions,
    answer::{Answer, Refusal, Reply},
    call::Call,
    catalog::{self, Image, ImageKind, ImageStatus},
    pages,
    routes::{Method, Route},
    stamp::Stamp,
    tags,
    world::{Numbered, World},
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/images", list),
    Route::new(Method::Get, "/v2/images/{image_id}", get),
    Route::new(Method::Put, "/v2/images/{image_id}", rename),
    Route::new(Method::Delete, "/v2/images/{image_id}", delete),
    Route::new(Method::Get, "/v2/images/{image_id}/actions", list_actions),
    Route::new(Method::Get, "/v2/images/{image_id}/actions/{action_id}", get_action),
];

/// The public images, by number.
pub fn published() -> BTreeMap<u64, Image> {
    catalog::distribution_images().into_iter().map(|image| (image.id, image)).collect()
}

/// Finds an image that can be used, by its number or its slug.
pub fn find<'a>(world: &'a World, identifier: &str) -> Option<&'a Image> {
    let by_number = identifier.parse().ok().and_then(|id: u64| world.images.get(&id));
    let by_slug = || world.images.values().find(|image| image.slug.as_deref() == Some(identifier));
    by_number.or_else(by_slug).filter(|image| image.status == ImageStatus::Available)
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

/// Takes an image off the lists.
pub fn retire(world: &mut World, id: u64) {
    tags::untag_everywhere(world, &tags::Tagged::Image(id));
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
            ImageStatus::Available => "available",
            ImageStatus::Deleted => "deleted",
        },
        error_message: "",
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
        image.status == ImageStatus::Available
            && of_kind
            && (!private || !image.is_public())
            && tag.is_none_or(tagged)
    };
    pages::list(call, "images", world.images.values().filter(fits).collect(), view)
}

fn get(world: &mut World, call: &Call) -> Reply {
    let image = find(world, call.capture(0)).ok_or_else(Refusal::not_found)?;
    Ok(Answer::one(StatusCode::OK, "image", view(image)))
}

#[derive(Deserialize)]
struct Change {
    name: Option<String>,
    description: Option<String>,
}

fn rename(world: &mut World, call: &Call) -> Reply {
    let id = own(world, call)?;
    let change: Change = call.json()?;
    let image = world.images.get_mut(&id).ok_or_else(Refusal::not_found)?;
    image.name = change.name.unwrap_or_else(|| image.name.clone());
    image.description = change.description.unwrap_or_else(|| image.description.clone());
    Ok(Answer::one(StatusCode::OK, "image", view(image)))
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = own(world, call)?;
    retire(world, id);
    Ok(Answer::no_content())
}

/// The number of the account's own image in the path; public ones may not be changed.
fn own(world: &World, call: &Call) -> Result<u64, Refusal> {
    let image = find(world, call.capture(0)).ok_or_else(Refusal::not_found)?;
    if image.is_public() {
        return Err(Refusal::forbidden("You do not have access for the attempted action."));
    }
    Ok(image.id)
}

fn list_actions(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call.capture(0)).ok_or_else(Refusal::not_found)?.id;
    actions::list_where(world, call, |action| action.image == Some(id))
}

fn get_action(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call.capture(0)).ok_or_else(Refusal::not_found)?.id;
    actions::get_where(world, call, 1, |action| action.image == Some(id))
}
