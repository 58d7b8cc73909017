//! Volumes: disks of one region, on one droplet at a time.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::Call,
    catalog::{self, Region, Written},
    pages,
    project_resources::{self, Member},
    routes::{Method, Route},
    snapshots,
    stamp::Stamp,
    tags::{self, Tagged},
    unknowns::Snapshots,
    world::World,
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/volumes", list),
    Route::new(Method::Post, "/v2/volumes", create),
    Route::new(Method::Delete, "/v2/volumes", delete_by_name),
    Route::new(Method::Get, "/v2/volumes/snapshots/{snapshot_id}", snapshots::get_of_volume),
    Route::new(Method::Delete, "/v2/volumes/snapshots/{snapshot_id}", snapshots::delete_of_volume),
    Route::new(Method::Get, "/v2/volumes/{volume_id}", get),
    Route::new(Method::Delete, "/v2/volumes/{volume_id}", delete),
    Route::new(Method::Get, "/v2/volumes/{volume_id}/snapshots", snapshots::list_of_volume),
    Route::new(Method::Post, "/v2/volumes/{volume_id}/snapshots", snapshots::create),
];

const MAX_NAME: usize = 64;
const MAX_DESCRIPTION: usize = 1024;

/// The largest volume, in GiB.
pub const MAX_SIZE: u64 = 16384;

/// How many volumes a droplet can have (docs.digitalocean.com/products/volumes/details/limits).
pub const MAX_ON_DROPLET: usize = 15;

/// A volume of the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Volume {
    /// The uuid requests use.
    pub id: String,
    /// The name, unique in the region.
    pub name: String,
    /// The region's slug.
    pub region: String,
    /// Its size in GiB; it never shrinks.
    pub size_gigabytes: u64,
    /// What it says about itself.
    pub description: String,
    /// The filesystem it was made with.
    pub filesystem: Option<Filesystem>,
    /// The filesystem's label.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The droplet it is on.
    pub droplet: Option<u64>,
    /// The action that holds it.
    pub busy: Option<u64>,
    /// Its tags in canonical case.
    pub tags: Vec<String>,
    /// The snapshot it was made from.
    #[serde(default)]
    pub snapshot: Option<String>,
    /// When its last snapshot was taken.
    pub last_snapshot: Option<Timestamp>,
}

/// A filesystem DigitalOcean makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Filesystem {
    /// The fourth extended filesystem.
    Ext4,
    /// The X filesystem.
    Xfs,
}

impl Filesystem {
    fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
        }
    }

    fn max_label(self) -> usize {
        match self {
            Self::Ext4 => 16,
            Self::Xfs => 12,
        }
    }
}

impl Volume {
    /// Refuses while an action holds it.
    pub fn check_idle(&self) -> Result<(), Refusal> {
        match self.busy {
            Some(_) => Err(Refusal::unprocessable("Volume already has a pending event.")),
            None => Ok(()),
        }
    }
}

/// Refuses volumes that a new droplet of a region could not have.
pub fn check_attachable(world: &World, ids: &[String], region: &str) -> Result<(), Refusal> {
    if ids.len() > MAX_ON_DROPLET {
        return Err(Refusal::unprocessable("Invalid volume allocations"));
    }
    for (place, id) in ids.iter().enumerate() {
        let volume = world.volumes.get(id);
        let volume =
            volume.ok_or_else(|| Refusal::unprocessable(format!("Volume {id} does not exist")))?;
        if volume.droplet.is_some() || volume.busy.is_some() || ids[..place].contains(id) {
            return Err(Refusal::unprocessable(format!("Volume {id} is already attached")));
        }
        if volume.region != region {
            return Err(Refusal::unprocessable(format!("Volume {id} is in another region")));
        }
    }
    Ok(())
}

/// Finds the volume whose uuid is in the path.
pub fn find<'a>(world: &'a World, call: &Call) -> Result<&'a Volume, Refusal> {
    world.volumes.get(call.capture(0)).ok_or_else(Refusal::not_found)
}

/// Finds a volume by its name in a region.
pub fn find_by_name<'a>(world: &'a World, name: &str, region: &str) -> Option<&'a Volume> {
    world.volumes.values().find(|volume| volume.name == name && volume.region == region)
}

#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    name: &'a str,
    created_at: Stamp,
    description: &'a str,
    droplet_ids: Vec<u64>,
    region: Option<&'static Written<Region>>,
    size_gigabytes: u64,
    filesystem_type: &'static str,
    filesystem_label: &'a str,
    tags: &'a [String],
}

fn view(volume: &Volume) -> View<'_> {
    View {
        id: &volume.id,
        name: &volume.name,
        created_at: Stamp(volume.created_at),
        description: &volume.description,
        droplet_ids: volume.droplet.into_iter().collect(),
        region: catalog::region(&volume.region),
        size_gigabytes: volume.size_gigabytes,
        filesystem_type: volume.filesystem.map_or("", Filesystem::name),
        filesystem_label: &volume.label,
        tags: &volume.tags,
    }
}

/// Lists volumes by name and region; unlike droplets they cannot be asked for by tag.
fn list(world: &mut World, call: &Call) -> Reply {
    let (name, region) = (call.query.get("name"), call.query.get("region"));
    let lag = world.unknowns.name_search_lag;
    let found = |volume: &Volume, name: &str| {
        volume.name == name && call.terms.have_passed(lag, volume.created_at)
    };
    let fits = |volume: &&Volume| {
        name.is_none_or(|name| found(volume, name))
            && region.is_none_or(|region| volume.region == region)
    };
    pages::list(call, "volumes", world.volumes.values().filter(fits).collect(), view)
}

fn get(world: &mut World, call: &Call) -> Reply {
    Ok(Answer::one(StatusCode::OK, "volume", view(find(world, call)?)))
}

#[derive(Deserialize)]
struct NewVolume {
    name: String,
    size_gigabytes: u64,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    filesystem_type: Option<String>,
    #[serde(default)]
    filesystem_label: Option<String>,
    #[serde(default)]
    snapshot_id: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
}

fn create(world: &mut World, call: &Call) -> Reply {
    let new: NewVolume = call.json()?;
    check_name(&new.name)?;
    check_size(new.size_gigabytes)?;
    let region = region(world, &new)?;
    let filesystem = filesystem(new.filesystem_type.as_deref())?;
    let label = new.filesystem_label.unwrap_or_default();
    check_label(filesystem, &label)?;
    let description = new.description.unwrap_or_default();
    if description.len() > MAX_DESCRIPTION {
        return Err(Refusal::unprocessable("description is too long"));
    }
    let tags = new.tags.unwrap_or_default();
    tags::check(&tags)?;
    check_free(world, call, &new.name, &region)?;
    let id = world.ids.uuid();
    let volume = Volume {
        id: id.clone(),
        name: new.name,
        region,
        size_gigabytes: new.size_gigabytes,
        description,
        filesystem,
        label,
        created_at: call.terms.now(),
        droplet: None,
        busy: None,
        tags: Vec::new(),
        snapshot: new.snapshot_id.filter(|id| !id.is_empty()),
        last_snapshot: None,
    };
    world.volumes.insert(id.clone(), volume);
    tags::put(world, &tags, &Tagged::Volume(id.clone()));
    project_resources::welcome(world, call.terms.now(), &Member::Volume(id.clone()));
    let volume = world.volumes.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::one(StatusCode::CREATED, "volume", view(volume)))
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let starts = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    let ends = name.bytes().last().is_some_and(|byte| byte != b'-');
    if starts && ends && name.bytes().all(inner) && name.len() <= MAX_NAME {
        return Ok(());
    }
    let message = "name must be lowercase, start with a letter, and only contain letters, digits and dashes (maximum 64 characters)";
    Err(Refusal::unprocessable(message))
}

/// Refuses a name that a volume of the region has, or has had until just now.
fn check_free(world: &World, call: &Call, name: &str, region: &str) -> Result<(), Refusal> {
    let mut volumes = world.volumes.values();
    let taken = volumes.any(|volume| {
        volume.name == name
            && volume.region == region
            && world.notices(&call.terms, volume.created_at)
    });
    let hold = world.unknowns.volume_name_hold;
    let freed = world.held_names.get(&held_name(name, region));
    if taken || freed.is_some_and(|freed| !call.terms.have_passed(hold, *freed)) {
        let message = "a volume with this name already exists in this region";
        return Err(Refusal::conflict(message));
    }
    Ok(())
}

fn held_name(name: &str, region: &str) -> String {
    format!("{name} {region}")
}

/// Refuses sizes outside 1 to 16,384 GiB.
pub fn check_size(gigabytes: u64) -> Result<(), Refusal> {
    if (1..=MAX_SIZE).contains(&gigabytes) {
        Ok(())
    } else {
        let message = format!("size_gigabytes must be between 1 and {MAX_SIZE}");
        Err(Refusal::unprocessable(message))
    }
}

/// The region of a new volume: the one asked for, which must be that of the snapshot it is from.
fn region(world: &World, new: &NewVolume) -> Result<String, Refusal> {
    let asked = new.region.clone().filter(|region| !region.is_empty());
    let region = match new.snapshot_id.as_deref().filter(|id| !id.is_empty()) {
        None => asked,
        Some(id) => {
            let snapshot = world.volume_snapshots.get(id);
            let missing = || Refusal::unprocessable("the snapshot does not exist");
            let snapshot = snapshot.ok_or_else(missing)?;
            if new.size_gigabytes < snapshot.min_disk_size {
                return Err(Refusal::unprocessable("size_gigabytes is smaller than the snapshot"));
            }
            if asked.as_ref().is_some_and(|asked| *asked != snapshot.region) {
                return Err(Refusal::unprocessable("the snapshot is in another region"));
            }
            Some(snapshot.region.clone())
        }
    };
    let region = region.ok_or_else(|| Refusal::unprocessable("missing field `region`"))?;
    if catalog::has_region(&region) {
        Ok(region)
    } else {
        Err(Refusal::unprocessable("region is not valid or has no volumes"))
    }
}

fn filesystem(name: Option<&str>) -> Result<Option<Filesystem>, Refusal> {
    match name.unwrap_or_default() {
        "" => Ok(None),
        "ext4" => Ok(Some(Filesystem::Ext4)),
        "xfs" => Ok(Some(Filesystem::Xfs)),
        _ => Err(Refusal::unprocessable("filesystem_type must be ext4 or xfs")),
    }
}

fn check_label(filesystem: Option<Filesystem>, label: &str) -> Result<(), Refusal> {
    let most = filesystem.map_or(Filesystem::Ext4.max_label(), Filesystem::max_label);
    if label.len() > most {
        let message = format!("filesystem_label is too long (maximum is {most} characters)");
        return Err(Refusal::unprocessable(message));
    }
    Ok(())
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id.clone();
    remove(world, &id, call.terms.now()).map(|()| Answer::no_content())
}

fn delete_by_name(world: &mut World, call: &Call) -> Reply {
    let name = call.query.get("name").unwrap_or_default();
    let region = call.query.get("region").unwrap_or_default();
    let volume = find_by_name(world, name, region).ok_or_else(Refusal::not_found)?;
    let id = volume.id.clone();
    remove(world, &id, call.terms.now()).map(|()| Answer::no_content())
}

/// Removes a volume that is on no droplet; its snapshots usually stay.
pub fn remove(world: &mut World, id: &str, at: Timestamp) -> Result<(), Refusal> {
    let volume = world.volumes.get(id).ok_or_else(Refusal::not_found)?;
    if volume.droplet.is_some() {
        let message = "A volume that is attached to a Droplet cannot be deleted";
        return Err(Refusal::conflict(message));
    }
    if volume.busy.is_some() {
        return Err(Refusal::conflict("Volume already has a pending event."));
    }
    tags::untag_everywhere(world, &Tagged::Volume(id.to_owned()));
    project_resources::forget(world, &Member::Volume(id.to_owned()));
    if let Some(volume) = world.volumes.remove(id)
        && world.unknowns.volume_name_hold > 0
    {
        world.held_names.insert(held_name(&volume.name, &volume.region), at);
    }
    if world.unknowns.snapshots_of_deleted == Snapshots::Go {
        snapshots::remove_all_of(world, id);
    }
    Ok(())
}
