//! Droplets: what they are and how the API shows them.
//!
//! How they come into being is in `droplet_create`, what can be done to them in `droplet_actions`.

use std::{collections::BTreeSet, net::Ipv4Addr};

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    actions::{self, Held, Work},
    answer::{Answer, Refusal, Reply},
    backups::BackupPolicy,
    call::Call,
    catalog::{self, Region, Size, Written},
    droplet_create, firewalls,
    images::{self, ImageView},
    pages,
    project_resources::{self, Member},
    reserved_ips,
    routes::{Method, Route},
    stamp::Stamp,
    tags::{self, Tagged},
    unknowns::Verdict,
    vpcs,
    world::{Disk, Effect, World},
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/droplets", list),
    Route::new(Method::Post, "/v2/droplets", droplet_create::create),
    Route::new(Method::Delete, "/v2/droplets", delete_by_tag),
    Route::new(Method::Get, "/v2/droplets/{droplet_id}", get),
    Route::new(Method::Delete, "/v2/droplets/{droplet_id}", delete),
    Route::new(Method::Get, "/v2/droplets/{droplet_id}/snapshots", list_snapshots),
    Route::new(Method::Get, "/v2/droplets/{droplet_id}/kernels", list_kernels),
    Route::new(Method::Get, "/v2/droplets/{droplet_id}/firewalls", list_firewalls),
    Route::new(Method::Get, "/v2/droplets/{droplet_id}/neighbors", list_neighbors),
];

/// A droplet of the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Droplet {
    /// The number requests use.
    pub id: u64,
    /// The name; not unique.
    pub name: String,
    /// The region's slug.
    pub region: String,
    /// The size's slug.
    pub size: String,
    /// The disk in GiB, which a resize may leave behind the size's own.
    pub disk: u32,
    /// The image it runs.
    pub image: u64,
    /// The private network it is in.
    pub vpc: String,
    /// Whether it runs.
    pub power: Power,
    /// The action that holds it.
    pub busy: Option<u64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it was made with, or given later.
    pub features: BTreeSet<Feature>,
    /// Its tags in canonical case.
    pub tags: Vec<String>,
    /// The volumes on it, in the order they came.
    pub volumes: Vec<String>,
    /// The images taken of it.
    pub snapshots: Vec<u64>,
    /// Its addresses.
    pub addresses: Addresses,
    /// When it is backed up.
    pub backup_policy: Option<BackupPolicy>,
}

/// Whether a droplet runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Power {
    /// It has not started for the first time yet.
    New,
    /// It runs.
    Active,
    /// It is off, and billed all the same.
    Off,
}

/// What a droplet may have besides its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Backups are on.
    Backups,
    /// Metrics are collected.
    Monitoring,
    /// It has an IPv6 address.
    Ipv6,
    /// It is in a private network; every droplet is.
    PrivateNetworking,
    /// The console agent is installed.
    DropletAgent,
}

/// The addresses of a droplet. They are set aside at once and shown when it runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Addresses {
    /// The place of its public address in the pool; none without public networking.
    pub public: Option<u32>,
    /// The public address that was meant for it in place of that.
    #[serde(default)]
    pub assigned: Option<Ipv4Addr>,
    /// Its address in its private network.
    pub private: Ipv4Addr,
    /// The reserved IP that is assigned to it.
    pub reserved: Option<Ipv4Addr>,
}

impl Droplet {
    /// Refuses while an action holds it.
    pub fn check_idle(&self) -> Result<(), Refusal> {
        match self.busy {
            Some(_) => Err(Refusal::unprocessable("Droplet already has a pending event.")),
            None => Ok(()),
        }
    }

    /// Has one more feature.
    pub fn gain(&mut self, feature: Feature) {
        self.features.insert(feature);
    }

    /// Has one feature less; without backups there is no policy for them.
    pub fn lose(&mut self, feature: Feature) {
        self.features.remove(&feature);
        if feature == Feature::Backups {
            self.backup_policy = None;
        }
    }

    /// Is backed up from now on.
    pub fn back(&mut self, policy: &BackupPolicy) {
        self.gain(Feature::Backups);
        self.backup_policy = Some(policy.clone());
    }

    /// Takes another size; the disk follows only if asked to.
    pub fn resize(&mut self, slug: &str, disk: Disk) {
        slug.clone_into(&mut self.size);
        if let (Disk::Grow, Some(size)) = (disk, catalog::size(slug)) {
            self.disk = size.disk;
        }
    }
}

/// Removes a droplet and every trace of it; its volumes and its reserved IP stay, on no droplet.
pub fn remove(world: &mut World, id: u64, at: Timestamp) {
    tags::untag_everywhere(world, &Tagged::Droplet(id));
    firewalls::forget_droplet(world, id);
    project_resources::forget(world, &Member::Droplet(id));
    world.machines.user_data.remove(&id);
    let Some(droplet) = world.droplets.remove(&id) else { return };
    if let Some(ip) = droplet.addresses.reserved {
        reserved_ips::release(world, ip);
    }
    for volume in &droplet.volumes {
        if let Some(volume) = world.volumes.get_mut(volume) {
            volume.droplet = None;
        }
    }
    vpcs::let_go(world, &droplet, at);
}

/// Finds the droplet whose number is in the path.
pub fn find<'a>(world: &'a World, call: &Call) -> Result<&'a Droplet, Refusal> {
    world.droplets.get(&call.number(0)?).ok_or_else(Refusal::not_found)
}

/// A droplet in the form the API shows it.
#[derive(Debug, Serialize)]
pub struct DropletView<'a> {
    id: u64,
    name: &'a str,
    memory: u32,
    vcpus: u32,
    disk: u32,
    disk_info: [DiskInfo; 1],
    locked: bool,
    status: Power,
    kernel: Option<()>,
    created_at: Stamp,
    features: &'a BTreeSet<Feature>,
    backup_ids: [u64; 0],
    next_backup_window: Option<()>,
    snapshot_ids: &'a [u64],
    image: Option<ImageView<'a>>,
    volume_ids: &'a [String],
    size: &'static Written<Size>,
    size_slug: &'a str,
    networks: Networks,
    region: &'static Written<Region>,
    tags: &'a [String],
    vpc_uuid: &'a str,
}

#[derive(Debug, Serialize)]
struct DiskInfo {
    r#type: &'static str,
    size: DiskSize,
}

#[derive(Debug, Serialize)]
struct DiskSize {
    amount: u32,
    unit: &'static str,
}

#[derive(Debug, Default, Serialize)]
struct Networks {
    v4: Vec<V4>,
    v6: Vec<V6>,
}

#[derive(Debug, Serialize)]
struct V4 {
    ip_address: Ipv4Addr,
    netmask: Ipv4Addr,
    gateway: Ipv4Addr,
    r#type: &'static str,
}

#[derive(Debug, Serialize)]
struct V6 {
    ip_address: String,
    netmask: u8,
    gateway: String,
    r#type: &'static str,
}

/// Shows a droplet.
pub fn view<'a>(world: &'a World, droplet: &'a Droplet) -> DropletView<'a> {
    let size = catalog::size(&droplet.size).expect("a droplet's size was checked when it was set");
    let region = catalog::region(&droplet.region).expect("a droplet's region was checked");
    let disk = DiskSize { amount: droplet.disk, unit: "gib" };
    DropletView {
        id: droplet.id,
        name: &droplet.name,
        memory: size.memory,
        vcpus: size.vcpus,
        disk: droplet.disk,
        disk_info: [DiskInfo { r#type: "local", size: disk }],
        locked: droplet.busy.is_some(),
        status: droplet.power,
        kernel: None,
        created_at: Stamp(droplet.created_at),
        features: &droplet.features,
        backup_ids: [],
        next_backup_window: None,
        snapshot_ids: &droplet.snapshots,
        image: world.images.get(&droplet.image).map(images::view),
        volume_ids: &droplet.volumes,
        size,
        size_slug: &droplet.size,
        networks: networks(world, droplet),
        region,
        tags: &droplet.tags,
        vpc_uuid: &droplet.vpc,
    }
}

/// The pool of public addresses: 198.18.0.0/16, which routes nowhere (RFC 2544).
const PUBLIC_POOL: u32 = u32::from_be_bytes([198, 18, 0, 0]);

/// Public addresses come in networks of this many, as a region's do.
const PUBLIC_NETWORK: u32 = 4096;

/// The addresses of such a network without its own, its gateway's and the broadcast's.
const USABLE: u32 = PUBLIC_NETWORK - 3;

/// The public address of a droplet that has one and is up.
pub fn public_address(droplet: &Droplet) -> Option<Ipv4Addr> {
    let place = droplet.addresses.public.filter(|_| droplet.power != Power::New)?;
    let of_pool = || Ipv4Addr::from(public_network(place) + 2 + place % USABLE);
    Some(droplet.addresses.assigned.unwrap_or_else(of_pool))
}

fn public_network(place: u32) -> u32 {
    PUBLIC_POOL + (place / USABLE % 16) * PUBLIC_NETWORK
}

fn networks(world: &World, droplet: &Droplet) -> Networks {
    if droplet.power == Power::New {
        return Networks::default();
    }
    let mut networks = Networks::default();
    if let (Some(place), Some(ip_address)) = (droplet.addresses.public, public_address(droplet)) {
        networks.v4.push(V4 {
            ip_address,
            netmask: Ipv4Addr::new(255, 255, 240, 0),
            gateway: ((u32::from(ip_address) & !(PUBLIC_NETWORK - 1)) + 1).into(),
            r#type: "public",
        });
        // It stands behind the droplet's own address, so that the first public one stays the same.
        networks.v4.extend(droplet.addresses.reserved.map(|ip_address| V4 {
            ip_address,
            netmask: Ipv4Addr::new(255, 255, 0, 0),
            gateway: reserved_ips::GATEWAY,
            r#type: "public",
        }));
        if droplet.features.contains(&Feature::Ipv6) {
            networks.v6.push(V6 {
                ip_address: format!("2001:db8:0:1::{:x}", place + 2),
                netmask: 64,
                gateway: "2001:db8:0:1::1".to_owned(),
                r#type: "public",
            });
        }
    }
    if let Some(vpc) = world.vpcs.get(&droplet.vpc) {
        networks.v4.push(V4 {
            ip_address: droplet.addresses.private,
            netmask: vpc.ip_range.netmask(),
            gateway: vpc.gateway(),
            r#type: "private",
        });
    }
    networks
}

fn list(world: &mut World, call: &Call) -> Reply {
    let (tag, name) = (call.query.get("tag_name"), call.query.get("name"));
    let gpus = call.query.get("type") == Some("gpus");
    let found: Vec<&Droplet> = match (tag, name) {
        (Some(_), Some(_)) => {
            return Err(Refusal::unprocessable("tag_name cannot be combined with name"));
        }
        (Some(tag), None) => {
            let tagged = tags::droplets(world, tag);
            let lag = world.unknowns.tag_search_lag;
            let tagged = tagged.iter().filter_map(|id| world.droplets.get(id));
            tagged.filter(|droplet| call.terms.have_passed(lag, droplet.created_at)).collect()
        }
        (None, Some(name)) => {
            let lag = world.unknowns.name_search_lag;
            let named = |droplet: &&Droplet| {
                droplet.name.eq_ignore_ascii_case(name)
                    && call.terms.have_passed(lag, droplet.created_at)
            };
            world.droplets.values().filter(named).collect()
        }
        (None, None) => world.droplets.values().collect(),
    };
    let found = found.into_iter().filter(|_| !gpus).collect();
    pages::list(call, "droplets", found, |droplet| view(world, droplet))
}

fn get(world: &mut World, call: &Call) -> Reply {
    Ok(Answer::one(StatusCode::OK, "droplet", view(world, find(world, call)?)))
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let droplet = find(world, call)?;
    check_deletable(world, droplet)?;
    let id = droplet.id;
    destroy(world, call, id);
    Ok(Answer::no_content())
}

/// Deletes all droplets of a tag, or none if one of them is held by an action.
fn delete_by_tag(world: &mut World, call: &Call) -> Reply {
    let missing = || Refusal::unprocessable("tag_name is required");
    let tag = call.query.get("tag_name").ok_or_else(missing)?;
    tags::find(world, tag).ok_or_else(Refusal::not_found)?;
    let ids = tags::droplets(world, tag);
    for droplet in ids.iter().filter_map(|id| world.droplets.get(id)) {
        check_deletable(world, droplet)?;
    }
    for id in ids {
        destroy(world, call, id);
    }
    Ok(Answer::no_content())
}

fn check_deletable(world: &World, droplet: &Droplet) -> Result<(), Refusal> {
    droplet.check_idle()?;
    if world.unknowns.delete_with_volumes == Verdict::Refused && !droplet.volumes.is_empty() {
        return Err(Refusal::conflict("A Droplet with attached volumes cannot be deleted."));
    }
    Ok(())
}

fn destroy(world: &mut World, call: &Call, id: u64) {
    let Some(droplet) = world.droplets.get(&id) else { return };
    let work = Work {
        kind: "destroy",
        seconds: world.unknowns.droplet_delete_seconds,
        held: Held::droplet(id),
        region: droplet.region.clone(),
        effect: Effect::Destroy,
    };
    actions::begin(world, &call.terms, work);
}

#[derive(Serialize)]
struct SnapshotView<'a> {
    id: u64,
    name: &'a str,
    r#type: &'static str,
    created_at: Stamp,
    regions: &'a [String],
    min_disk_size: u32,
    size_gigabytes: f64,
}

fn list_snapshots(world: &mut World, call: &Call) -> Reply {
    let ids = &find(world, call)?.snapshots;
    let images = ids.iter().filter_map(|id| world.images.get(id)).collect();
    pages::list(call, "snapshots", images, |image| SnapshotView {
        id: image.id,
        name: &image.name,
        r#type: "snapshot",
        created_at: Stamp(image.created_at),
        regions: &image.regions,
        min_disk_size: image.min_disk_size,
        size_gigabytes: image.size_gigabytes,
    })
}

fn list_kernels(world: &mut World, call: &Call) -> Reply {
    find(world, call)?;
    pages::list(call, "kernels", Vec::<()>::new(), |none| none)
}

fn list_firewalls(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    firewalls::list_of_droplet(world, call, id)
}

/// No two droplets of the sandbox share a host.
fn list_neighbors(world: &mut World, call: &Call) -> Reply {
    find(world, call)?;
    Ok(Answer::one(StatusCode::OK, "droplets", Vec::<()>::new()))
}
