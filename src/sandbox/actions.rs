//! Actions: asynchronous work, from its start to its end.
//!
//! An action holds its droplet and its volume until it ends; nothing else can start on them.

use std::net::Ipv4Addr;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::{Call, Terms},
    catalog::{self, Region, Written},
    fate::Fate,
    pages,
    routes::{Method, Route},
    stamp::Stamp,
    world::{Effect, Numbered, World},
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/actions", list),
    Route::new(Method::Get, "/v2/actions/{action_id}", get),
];

/// A piece of asynchronous work.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Action {
    /// The number requests use.
    pub id: u64,
    /// The API's word for it, as in `power_off`.
    pub kind: String,
    /// How far it is.
    pub status: ActionStatus,
    /// When it began.
    pub started_at: Timestamp,
    /// When it will have ended; never, for a stuck one.
    pub ends_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// What it holds.
    pub held: Held,
    /// The region's slug.
    pub region: String,
    /// What it does at its end.
    pub effect: Effect,
    /// How it ends.
    pub fate: Fate,
}

/// What an action is about; nothing else can start on it until the action ends, except on images.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Held {
    /// A droplet.
    pub droplet: Option<u64>,
    /// A volume.
    pub volume: Option<String>,
    /// A reserved IP.
    pub reserved_ip: Option<Ipv4Addr>,
    /// An image.
    pub image: Option<u64>,
}

impl Held {
    /// Holds a droplet and nothing else.
    pub fn droplet(id: u64) -> Self {
        Self { droplet: Some(id), ..Self::default() }
    }

    /// Says whether it is about a droplet alone, and not about what comes to it or leaves it.
    pub fn is_droplet(&self, id: u64) -> bool {
        self.droplet == Some(id) && self.volume.is_none() && self.reserved_ip.is_none()
    }
}

/// How far an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionStatus {
    /// Not over yet.
    InProgress,
    /// Over, with its effect.
    Completed,
    /// Over, without an effect.
    Errored,
}

impl Action {
    /// Says whether it is not over yet.
    pub fn is_under_way(&self) -> bool {
        self.status == ActionStatus::InProgress
    }
}

/// The work an action is to do.
#[derive(Debug)]
pub struct Work {
    /// The API's word for it.
    pub kind: &'static str,
    /// Seconds it takes at DigitalOcean.
    pub seconds: u32,
    /// What to hold.
    pub held: Held,
    /// The region's slug.
    pub region: String,
    /// What it does at its end.
    pub effect: Effect,
}

/// Starts work: holds what it is about and notes when it will end.
pub fn begin(world: &mut World, terms: &Terms, work: Work) -> Action {
    let id = world.ids.number(Numbered::Action);
    if let Some(droplet) = work.held.droplet.and_then(|id| world.droplets.get_mut(&id)) {
        droplet.busy = Some(id);
    }
    if let Some(volume) = work.held.volume.as_ref().and_then(|id| world.volumes.get_mut(id)) {
        volume.busy = Some(id);
    }
    if let Some(reserved) = work.held.reserved_ip.and_then(|ip| world.reserved_ips.get_mut(&ip)) {
        reserved.busy = Some(id);
    }
    let ends_at = match terms.fate {
        Fate::Completed | Fate::Errored => Some(after(terms, work.seconds)),
        Fate::Stuck => None,
    };
    let action = Action {
        id,
        kind: work.kind.to_owned(),
        status: ActionStatus::InProgress,
        started_at: terms.now(),
        ends_at,
        completed_at: None,
        held: work.held,
        region: work.region,
        effect: work.effect,
        fate: terms.fate,
    };
    world.agenda.extend(ends_at.map(|end| (end, id)));
    world.actions.insert(id, action.clone());
    action
}

/// The time at which something that takes so many seconds at DigitalOcean is over here.
pub fn after(terms: &Terms, seconds: u32) -> Timestamp {
    terms.after(terms.now(), seconds)
}

/// An action in the form the API shows it.
#[derive(Debug, Serialize)]
pub struct ActionView {
    id: u64,
    status: ActionStatus,
    r#type: String,
    started_at: Stamp,
    completed_at: Option<Stamp>,
    resource_id: Option<u64>,
    resource_type: &'static str,
    region: Option<&'static Written<Region>>,
    region_slug: String,
}

/// Shows an action. One of a volume has no `resource_id`: volumes have no numbers. A reserved IP's
/// number is its address.
pub fn view(action: &Action) -> ActionView {
    let held = &action.held;
    let (resource_id, resource_type) = match (&held.volume, held.reserved_ip, held.image) {
        (Some(_), _, _) => (None, "volume"),
        (None, Some(ip), _) => (Some(u32::from(ip).into()), "reserved_ip"),
        (None, None, Some(image)) => (Some(image), "image"),
        (None, None, None) => (held.droplet, "droplet"),
    };
    ActionView {
        id: action.id,
        status: action.status,
        r#type: action.kind.clone(),
        started_at: Stamp(action.started_at),
        completed_at: action.completed_at.map(Stamp),
        resource_id,
        resource_type,
        region: catalog::region(&action.region),
        region_slug: action.region.clone(),
    }
}

/// Where an action that a call started can be followed.
#[derive(Debug, Serialize)]
pub struct ActionLink {
    id: u64,
    rel: &'static str,
    href: String,
}

/// Says where an action can be followed, and what it is to the thing it came with.
pub fn link(action: &Action, rel: &'static str, origin: &str) -> ActionLink {
    ActionLink { id: action.id, rel, href: format!("{origin}/v2/actions/{}", action.id) }
}

/// Lists actions that fit, the newest first.
pub fn list_where(world: &World, call: &Call, fits: impl Fn(&Action) -> bool) -> Reply {
    let fitting = world.actions.values().rev().filter(|action| fits(action)).collect();
    pages::list(call, "actions", fitting, view)
}

/// Answers with the action whose number is in the path, if it fits.
pub fn get_where(world: &World, call: &Call, nth: usize, fits: impl Fn(&Action) -> bool) -> Reply {
    let action = world.actions.get(&call.number(nth)?).filter(|action| fits(action));
    let action = action.ok_or_else(Refusal::not_found)?;
    Ok(Answer::one(StatusCode::OK, "action", view(action)))
}

fn list(world: &mut World, call: &Call) -> Reply {
    list_where(world, call, |_| true)
}

fn get(world: &mut World, call: &Call) -> Reply {
    get_where(world, call, 0, |_| true)
}
