//! Destroying a droplet together with what would stay behind: its volumes, their snapshots, its own
//! snapshots and its reserved IP.
//!
//! The droplet goes first, then the rest. What cannot go is told by name, and can be tried again.

use std::net::Ipv4Addr;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::sandbox::{
    actions::{self, Held, Work},
    answer::{Answer, Refusal, Reply},
    call::Call,
    catalog::ImageStatus,
    droplets, images,
    price::Price,
    reserved_ips,
    routes::{Method, Route},
    snapshots,
    stamp::Stamp,
    volumes,
    world::{Effect, World},
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/droplets/{droplet_id}/destroy_with_associated_resources", list),
    Route::new(
        Method::Delete,
        "/v2/droplets/{droplet_id}/destroy_with_associated_resources/selective",
        selective,
    ),
    Route::new(
        Method::Delete,
        "/v2/droplets/{droplet_id}/destroy_with_associated_resources/dangerous",
        dangerous,
    ),
    Route::new(
        Method::Get,
        "/v2/droplets/{droplet_id}/destroy_with_associated_resources/status",
        status,
    ),
    Route::new(
        Method::Post,
        "/v2/droplets/{droplet_id}/destroy_with_associated_resources/retry",
        retry,
    ),
];

/// Seconds it takes: the droplet's deletion, and the rest.
const DESTROY: u32 = 10;

/// A droplet that was, or is to be, destroyed with what belongs to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Destruction {
    droplet: Doomed,
    rest: Vec<(Kind, Doomed)>,
    /// The action that does it, while it runs.
    running: Option<u64>,
    completed_at: Option<Timestamp>,
}

/// A thing that is to go.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Doomed {
    id: String,
    name: String,
    destroyed_at: Option<Timestamp>,
    error: Option<String>,
}

/// What belongs to a droplet, in the words of requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    ReservedIps,
    Snapshots,
    Volumes,
    VolumeSnapshots,
}

/// A thing that belongs to a droplet, and what it costs a month when the droplet is gone.
struct Associated {
    kind: Kind,
    id: String,
    name: String,
    cost: Price,
}

fn associated(world: &World, call: &Call) -> Result<Vec<Associated>, Refusal> {
    let droplet = droplets::find(world, call)?;
    let volumes: Vec<_> = droplet.volumes.iter().filter_map(|id| world.volumes.get(id)).collect();
    let ips = droplet.addresses.reserved.map(|ip| Associated {
        kind: Kind::ReservedIps,
        id: ip.to_string(),
        name: ip.to_string(),
        cost: Price::of_idle_address(),
    });
    let images = droplet.snapshots.iter().filter_map(|id| world.images.get(id));
    let own = images.map(|image| Associated {
        kind: Kind::Snapshots,
        id: image.id.to_string(),
        name: image.name.clone(),
        cost: Price::of_image(image),
    });
    let disks = volumes.iter().map(|volume| Associated {
        kind: Kind::Volumes,
        id: volume.id.clone(),
        name: volume.name.clone(),
        cost: Price::of_volume(volume),
    });
    let of_disks = world.volume_snapshots.values();
    let of_disks =
        of_disks.filter(|snapshot| volumes.iter().any(|volume| volume.id == snapshot.volume));
    let of_disks = of_disks.map(|snapshot| Associated {
        kind: Kind::VolumeSnapshots,
        id: snapshot.id.clone(),
        name: snapshot.name.clone(),
        cost: Price::of_snapshot(snapshot),
    });
    Ok(ips.into_iter().chain(own).chain(disks).chain(of_disks).collect())
}

fn list(world: &mut World, call: &Call) -> Reply {
    let all = associated(world, call)?;
    let of = |kind: Kind| -> Vec<Value> {
        let own = all.iter().filter(|each| each.kind == kind);
        let view = |each: &Associated| json!({ "id": each.id, "name": each.name, "cost": each.cost.digits() });
        own.map(view).collect()
    };
    let body = json!({
        "reserved_ips": of(Kind::ReservedIps),
        "floating_ips": of(Kind::ReservedIps),
        "snapshots": of(Kind::Snapshots),
        "volumes": of(Kind::Volumes),
        "volume_snapshots": of(Kind::VolumeSnapshots),
    });
    Ok(Answer::json(StatusCode::OK, &body))
}

/// The things a request names; what it leaves out stays.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    #[serde(alias = "floating_ips")]
    reserved_ips: Vec<String>,
    snapshots: Vec<String>,
    volumes: Vec<String>,
    volume_snapshots: Vec<String>,
}

impl Chosen {
    fn of(&self, kind: Kind) -> &[String] {
        match kind {
            Kind::ReservedIps => &self.reserved_ips,
            Kind::Snapshots => &self.snapshots,
            Kind::Volumes => &self.volumes,
            Kind::VolumeSnapshots => &self.volume_snapshots,
        }
    }

    fn count(&self) -> usize {
        [&self.reserved_ips, &self.snapshots, &self.volumes, &self.volume_snapshots]
            .iter()
            .map(|ids| ids.len())
            .sum()
    }
}

fn selective(world: &mut World, call: &Call) -> Reply {
    let all = associated(world, call)?;
    let chosen: Chosen = if call.body.is_empty() { Chosen::default() } else { call.json()? };
    let doomed: Vec<Associated> =
        all.into_iter().filter(|each| chosen.of(each.kind).contains(&each.id)).collect();
    if doomed.len() < chosen.count() {
        let message = "a resource is not associated with the Droplet";
        return Err(Refusal::unprocessable(message));
    }
    start(world, call, doomed)
}

/// Destroys everything, for a caller who says in a header that it is meant.
fn dangerous(world: &mut World, call: &Call) -> Reply {
    let all = associated(world, call)?;
    if call.dangerous.as_deref() != Some("true") {
        return Err(Refusal::bad_request("the X-Dangerous header must be set to true"));
    }
    start(world, call, all)
}

fn start(world: &mut World, call: &Call, doomed: Vec<Associated>) -> Reply {
    let droplet = droplets::find(world, call)?;
    droplet.check_idle()?;
    let id = droplet.id;
    let destruction = Destruction {
        droplet: Doomed::new(id.to_string(), droplet.name.clone()),
        rest: doomed.into_iter().map(|each| (each.kind, Doomed::new(each.id, each.name))).collect(),
        running: None,
        completed_at: None,
    };
    let region = droplet.region.clone();
    world.destructions.insert(id, destruction);
    run(world, call, id, region);
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

fn run(world: &mut World, call: &Call, id: u64, region: String) {
    let held = Held::droplet(id);
    let work =
        Work { kind: "destroy", seconds: DESTROY, held, region, effect: Effect::DestroyWithAll };
    let action = actions::begin(world, &call.terms, work).id;
    if let Some(destruction) = world.destructions.get_mut(&id) {
        destruction.running = Some(action);
        destruction.completed_at = None;
    }
}

/// Tries again what did not go.
fn retry(world: &mut World, call: &Call) -> Reply {
    let id = call.number(0)?;
    let destruction = world.destructions.get(&id).ok_or_else(Refusal::not_found)?;
    if destruction.running.is_some() {
        return Err(Refusal::conflict("the destruction is still in progress"));
    }
    let past = world.actions.values().rev().find(|action| action.held.is_droplet(id));
    let region = past.map(|action| action.region.clone()).unwrap_or_default();
    if let Some(droplet) = world.droplets.get(&id) {
        droplet.check_idle()?;
    }
    run(world, call, id, region);
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

impl Doomed {
    fn new(id: String, name: String) -> Self {
        Self { id, name, destroyed_at: None, error: None }
    }

    fn end(&mut self, outcome: Result<(), String>, at: Timestamp) {
        match outcome {
            Ok(()) => {
                self.destroyed_at = Some(at);
                self.error = None;
            }
            Err(error) => self.error = Some(error),
        }
    }

    fn view(&self) -> Value {
        let mut view = json!({ "id": self.id, "name": self.name });
        if let Some(at) = self.destroyed_at {
            view["destroyed_at"] = json!(Stamp(at));
        }
        if let Some(error) = &self.error {
            view["error_message"] = json!(error);
        }
        view
    }
}

/// Lets a droplet go, and then what is to go with it.
pub fn finish(world: &mut World, id: u64, at: Timestamp) {
    let Some(mut destruction) = world.destructions.remove(&id) else { return };
    droplets::remove(world, id, at);
    destruction.droplet.end(Ok(()), at);
    let left = destruction.rest.iter_mut().filter(|(_, doomed)| doomed.destroyed_at.is_none());
    for (kind, doomed) in left {
        let outcome = remove(world, (*kind, &doomed.id), at);
        doomed.end(outcome, at);
    }
    destruction.running = None;
    destruction.completed_at = Some(at);
    world.destructions.insert(id, destruction);
}

/// Notes that a droplet did not go, and so nothing else either.
pub fn give_up(world: &mut World, id: u64, at: Timestamp) {
    let Some(destruction) = world.destructions.get_mut(&id) else { return };
    destruction.droplet.end(Err("the Droplet could not be destroyed".to_owned()), at);
    destruction.running = None;
    destruction.completed_at = Some(at);
}

/// Removes one thing; one that is gone already is as good as removed.
fn remove(world: &mut World, (kind, id): (Kind, &str), at: Timestamp) -> Result<(), String> {
    match kind {
        Kind::ReservedIps => {
            if let Ok(ip) = id.parse::<Ipv4Addr>() {
                reserved_ips::remove(world, ip);
            }
        }
        Kind::Snapshots => {
            let number = id.parse().unwrap_or_default();
            let image = world.images.get(&number);
            if image.is_some_and(|image| image.status == ImageStatus::Available) {
                images::retire(world, number);
            }
        }
        Kind::Volumes => {
            if world.volumes.contains_key(id) {
                volumes::remove(world, id, at).map_err(|refusal| refusal.message)?;
            }
        }
        Kind::VolumeSnapshots => snapshots::remove(world, id),
    }
    Ok(())
}

fn status(world: &mut World, call: &Call) -> Reply {
    let destruction = world.destructions.get(&call.number(0)?).ok_or_else(Refusal::not_found)?;
    let of = |kind: Kind| -> Vec<Value> {
        let own = destruction.rest.iter().filter(|(own, _)| *own == kind);
        own.map(|(_, doomed)| doomed.view()).collect()
    };
    let everything =
        destruction.rest.iter().map(|(_, doomed)| doomed).chain([&destruction.droplet]);
    let mut body = json!({
        "droplet": destruction.droplet.view(),
        "resources": {
            "reserved_ips": of(Kind::ReservedIps),
            "floating_ips": of(Kind::ReservedIps),
            "snapshots": of(Kind::Snapshots),
            "volumes": of(Kind::Volumes),
            "volume_snapshots": of(Kind::VolumeSnapshots),
        },
        "failures": everything.filter(|doomed| doomed.error.is_some()).count(),
    });
    if let Some(at) = destruction.completed_at {
        body["completed_at"] = json!(Stamp(at));
    }
    Ok(Answer::json(StatusCode::OK, &body))
}
