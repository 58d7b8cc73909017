//! Assigning reserved IPs and taking them off again.

use std::net::Ipv4Addr;

use axum::http::StatusCode;
use serde::Deserialize;

use crate::sandbox::{
    actions::{self, Action, Held, Work},
    answer::{Answer, Refusal, Reply},
    call::Call,
    droplets::Droplet,
    reserved_ips::{self, ReservedIp},
    routes::{Method, Route},
    world::{Effect, World},
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/reserved_ips/{reserved_ip}/actions", list),
    Route::new(Method::Post, "/v2/reserved_ips/{reserved_ip}/actions", act),
    Route::new(Method::Get, "/v2/reserved_ips/{reserved_ip}/actions/{action_id}", get),
];

/// Seconds a move takes.
const MOVE: u32 = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Assign,
    Unassign,
}

#[derive(Deserialize)]
struct Wanted {
    r#type: Kind,
    droplet_id: Option<u64>,
}

/// Refuses droplets that can take no reserved IP.
pub fn check_room(droplet: &Droplet) -> Result<(), Refusal> {
    droplet.check_idle()?;
    if droplet.addresses.public.is_none() {
        return Err(Refusal::unprocessable("The Droplet has no public networking."));
    }
    match droplet.addresses.reserved {
        Some(_) => Err(Refusal::unprocessable("The Droplet already has a reserved IP.")),
        None => Ok(()),
    }
}

/// Starts to assign an address that has just been reserved for a droplet.
pub fn begin_first(
    world: &mut World,
    call: &Call,
    ip: Ipv4Addr,
    droplet: u64,
) -> Result<Action, Refusal> {
    let reserved = world.reserved_ips.get(&ip).ok_or_else(Refusal::not_found)?;
    let work = moving("assign_ip", reserved, droplet, Effect::Assign);
    Ok(actions::begin(world, &call.terms, work))
}

fn act(world: &mut World, call: &Call) -> Reply {
    let reserved = reserved_ips::find(world, call)?;
    let wanted: Wanted = call.json()?;
    reserved.check_idle()?;
    let work = match wanted.r#type {
        Kind::Assign => assign(world, reserved, &wanted)?,
        Kind::Unassign => unassign(world, reserved)?,
    };
    let action = actions::begin(world, &call.terms, work);
    Ok(Answer::one(StatusCode::CREATED, "action", actions::view(&action)))
}

/// One that is on a droplet moves from there without being taken off first.
fn assign(world: &World, reserved: &ReservedIp, wanted: &Wanted) -> Result<Work, Refusal> {
    let missing = || Refusal::unprocessable("missing field `droplet_id`");
    let id = wanted.droplet_id.ok_or_else(missing)?;
    let missing = || Refusal::unprocessable("Droplet does not exist");
    let droplet = world.droplets.get(&id).ok_or_else(missing)?;
    check_room(droplet)?;
    if droplet.region != reserved.region {
        return Err(Refusal::unprocessable("The IP and the Droplet are in different regions."));
    }
    Ok(moving("assign_ip", reserved, id, Effect::Assign))
}

fn unassign(world: &World, reserved: &ReservedIp) -> Result<Work, Refusal> {
    let missing = || Refusal::unprocessable("The IP is not assigned to a Droplet.");
    let id = reserved.droplet.ok_or_else(missing)?;
    if let Some(droplet) = world.droplets.get(&id) {
        droplet.check_idle()?;
    }
    Ok(moving("unassign_ip", reserved, id, Effect::Unassign))
}

fn moving(kind: &'static str, reserved: &ReservedIp, droplet: u64, effect: Effect) -> Work {
    Work {
        kind,
        seconds: MOVE,
        held: Held { droplet: Some(droplet), reserved_ip: Some(reserved.ip), ..Held::default() },
        region: reserved.region.clone(),
        effect,
    }
}

fn list(world: &mut World, call: &Call) -> Reply {
    let ip = reserved_ips::find(world, call)?.ip;
    actions::list_where(world, call, |action| action.held.reserved_ip == Some(ip))
}

fn get(world: &mut World, call: &Call) -> Reply {
    let ip = reserved_ips::find(world, call)?.ip;
    actions::get_where(world, call, 1, |action| action.held.reserved_ip == Some(ip))
}
