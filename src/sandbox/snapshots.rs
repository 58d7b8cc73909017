//! Snapshots: those of volumes, and the common list with those of droplets.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::Call,
    catalog::{Image, ImageKind, ImageStatus},
    images, pages,
    routes::{Method, Route},
    stamp::Stamp,
    tags::{self, Tagged},
    volumes,
    world::World,
};

/// The routes of this family; those below a volume are in `volumes`.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/snapshots", list),
    Route::new(Method::Get, "/v2/snapshots/{snapshot_id}", get),
    Route::new(Method::Delete, "/v2/snapshots/{snapshot_id}", delete),
];

/// Limits of docs.digitalocean.com/products/snapshots/details/limits.
const MAX_OF_VOLUME: usize = 25;
const INTERVAL: SignedDuration = SignedDuration::from_mins(10);

/// A snapshot of a volume; it outlives the volume.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VolumeSnapshot {
    /// The uuid requests use.
    pub id: String,
    /// The name, unique among the volume's snapshots.
    pub name: String,
    /// The volume it was taken of.
    pub volume: String,
    /// The region's slug.
    pub region: String,
    /// When it was taken.
    pub created_at: Timestamp,
    /// The volume's size then, in GiB; a volume made from it cannot be smaller.
    pub min_disk_size: u64,
    /// Its tags in canonical case.
    pub tags: Vec<String>,
}

#[derive(Serialize)]
struct View<'a> {
    id: String,
    name: &'a str,
    created_at: Stamp,
    regions: Vec<&'a str>,
    min_disk_size: u64,
    size_gigabytes: f64,
    resource_id: String,
    resource_type: &'static str,
    tags: &'a [String],
}

/// A snapshot of either kind.
#[derive(Clone, Copy)]
enum Snapshot<'a> {
    Droplet(&'a Image),
    Volume(&'a VolumeSnapshot),
}

fn view(snapshot: Snapshot<'_>) -> View<'_> {
    match snapshot {
        Snapshot::Droplet(image) => View {
            id: image.id.to_string(),
            name: &image.name,
            created_at: Stamp(image.created_at),
            regions: image.regions.iter().map(String::as_str).collect(),
            min_disk_size: image.min_disk_size.into(),
            size_gigabytes: image.size_gigabytes,
            resource_id: image.droplet.unwrap_or_default().to_string(),
            resource_type: "droplet",
            tags: &image.tags,
        },
        Snapshot::Volume(snapshot) => View {
            id: snapshot.id.clone(),
            name: &snapshot.name,
            created_at: Stamp(snapshot.created_at),
            regions: vec![&snapshot.region],
            min_disk_size: snapshot.min_disk_size,
            size_gigabytes: billed(snapshot.min_disk_size),
            resource_id: snapshot.volume.clone(),
            resource_type: "volume",
            tags: &snapshot.tags,
        },
    }
}

/// The GiB a volume is billed for, and a snapshot of it too, which is a full image.
pub fn billed(gigabytes: u64) -> f64 {
    u32::try_from(gigabytes).map_or(f64::from(u32::MAX), f64::from)
}

fn list(world: &mut World, call: &Call) -> Reply {
    let kind = call.query.get("resource_type");
    let wanted = |name: &str| kind.is_none_or(|kind| kind == name);
    let of_droplets = world.images.values().filter(|image| is_snapshot(image));
    let of_droplets = of_droplets.filter(|_| wanted("droplet")).map(Snapshot::Droplet);
    let of_volumes = world.volume_snapshots.values().filter(|_| wanted("volume"));
    let all = of_droplets.chain(of_volumes.map(Snapshot::Volume)).collect();
    pages::list(call, "snapshots", all, view)
}

fn is_snapshot(image: &Image) -> bool {
    image.kind == ImageKind::Snapshot && image.status == ImageStatus::Available
}

fn find<'a>(world: &'a World, id: &str) -> Result<Snapshot<'a>, Refusal> {
    if let Some(snapshot) = world.volume_snapshots.get(id) {
        return Ok(Snapshot::Volume(snapshot));
    }
    let image = id.parse().ok().and_then(|id: u64| world.images.get(&id));
    let image = image.filter(|image| image.status == ImageStatus::Available);
    match image {
        Some(image) if is_snapshot(image) => Ok(Snapshot::Droplet(image)),
        Some(_) => Err(Refusal::bad_request("the resource is not a snapshot")),
        None => Err(Refusal::not_found()),
    }
}

fn get(world: &mut World, call: &Call) -> Reply {
    let snapshot = find(world, call.capture(0))?;
    Ok(Answer::one(StatusCode::OK, "snapshot", view(snapshot)))
}

fn delete(world: &mut World, call: &Call) -> Reply {
    match find(world, call.capture(0))? {
        Snapshot::Droplet(image) => {
            let id = image.id;
            images::retire(world, id);
        }
        Snapshot::Volume(snapshot) => {
            let id = snapshot.id.clone();
            remove(world, &id);
        }
    }
    Ok(Answer::no_content())
}

/// Removes a snapshot of a volume and every trace of it.
pub fn remove(world: &mut World, id: &str) {
    tags::untag_everywhere(world, &Tagged::VolumeSnapshot(id.to_owned()));
    world.volume_snapshots.remove(id);
}

/// Removes all snapshots of a volume.
pub fn remove_all_of(world: &mut World, volume: &str) {
    let own = world.volume_snapshots.values().filter(|snapshot| snapshot.volume == volume);
    let ids: Vec<String> = own.map(|snapshot| snapshot.id.clone()).collect();
    for id in ids {
        remove(world, &id);
    }
}

/// Answers `GET /v2/volumes/snapshots/{id}`.
pub fn get_of_volume(world: &mut World, call: &Call) -> Reply {
    let snapshot = world.volume_snapshots.get(call.capture(0)).ok_or_else(Refusal::not_found)?;
    Ok(Answer::one(StatusCode::OK, "snapshot", view(Snapshot::Volume(snapshot))))
}

/// Answers `DELETE /v2/volumes/snapshots/{id}`.
pub fn delete_of_volume(world: &mut World, call: &Call) -> Reply {
    let snapshot = world.volume_snapshots.get(call.capture(0)).ok_or_else(Refusal::not_found)?;
    let id = snapshot.id.clone();
    remove(world, &id);
    Ok(Answer::no_content())
}

/// Answers `GET /v2/volumes/{id}/snapshots`.
pub fn list_of_volume(world: &mut World, call: &Call) -> Reply {
    let id = &volumes::find(world, call)?.id;
    let own = world.volume_snapshots.values().filter(|snapshot| snapshot.volume == *id);
    pages::list(call, "snapshots", own.map(Snapshot::Volume).collect(), view)
}

#[derive(Deserialize)]
struct NewSnapshot {
    name: String,
    #[serde(default)]
    tags: Option<Vec<String>>,
}

/// Answers `POST /v2/volumes/{id}/snapshots`.
pub fn create(world: &mut World, call: &Call) -> Reply {
    let volume = volumes::find(world, call)?;
    let new: NewSnapshot = call.json()?;
    if new.name.is_empty() {
        return Err(Refusal::unprocessable("name can't be blank"));
    }
    let added = new.tags.unwrap_or_default();
    tags::check(&added)?;
    let own = || world.volume_snapshots.values().filter(|snapshot| snapshot.volume == volume.id);
    if own().any(|snapshot| snapshot.name == new.name) {
        return Err(Refusal::conflict("a snapshot with this name already exists for this volume"));
    }
    if own().count() >= MAX_OF_VOLUME {
        return Err(Refusal::unprocessable("too many snapshots for requested volume"));
    }
    let since = volume.last_snapshot.map(|last| call.terms.now().duration_since(last));
    if since.is_some_and(|since| since < INTERVAL) {
        let message = "this operation is rate-limited - one request per 10m0s";
        return Err(Refusal::too_many(message));
    }
    let snapshot = VolumeSnapshot {
        id: String::new(),
        name: new.name,
        volume: volume.id.clone(),
        region: volume.region.clone(),
        created_at: call.terms.now(),
        min_disk_size: volume.size_gigabytes,
        tags: Vec::new(),
    };
    Ok(keep(world, call, snapshot, &added))
}

/// Adds a snapshot to the account, with its id and its tags.
fn keep(world: &mut World, call: &Call, snapshot: VolumeSnapshot, tags: &[String]) -> Answer {
    let id = world.ids.uuid();
    if let Some(volume) = world.volumes.get_mut(&snapshot.volume) {
        volume.last_snapshot = Some(call.terms.now());
    }
    let snapshot = VolumeSnapshot { id: id.clone(), ..snapshot };
    world.volume_snapshots.insert(id.clone(), snapshot);
    tags::put(world, tags, &Tagged::VolumeSnapshot(id.clone()));
    let snapshot = world.volume_snapshots.get(&id).expect("the snapshot was just added");
    Answer::one(StatusCode::CREATED, "snapshot", view(Snapshot::Volume(snapshot)))
}
