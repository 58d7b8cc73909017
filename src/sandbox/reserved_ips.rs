//! Reserved IPs: addresses of a region that stay when the droplet behind them goes.
//!
//! One that is assigned shows up as a second public address of its droplet; while it is on its way
//! from or to one it is locked. What can be done to them is in `reserved_ip_actions`.

use std::net::Ipv4Addr;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::sandbox::{
    actions,
    answer::{Answer, Refusal, Reply},
    call::Call,
    catalog::{self, Region, Written},
    droplets::{self, DropletView},
    pages,
    project_resources::{self, Member},
    projects, reserved_ip_actions,
    routes::{Method, Route},
    world::World,
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/reserved_ips", list),
    Route::new(Method::Post, "/v2/reserved_ips", create),
    Route::new(Method::Get, "/v2/reserved_ips/{reserved_ip}", get),
    Route::new(Method::Delete, "/v2/reserved_ips/{reserved_ip}", delete),
];

/// The pool they are taken from: 198.19.0.0/16, which routes nowhere (RFC 2544).
const POOL: u32 = u32::from_be_bytes([198, 19, 0, 0]);

/// The first address of the pool is its gateway's.
pub const GATEWAY: Ipv4Addr = Ipv4Addr::new(198, 19, 0, 1);

/// How many addresses the pool has, without the network's, the gateway's and the broadcast's.
const POOL_SIZE: u32 = (1 << 16) - 3;

/// A reserved IP of the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReservedIp {
    /// The address, which requests use.
    pub ip: Ipv4Addr,
    /// The region's slug.
    pub region: String,
    /// The droplet it is assigned to, or on its way to for the first time.
    pub droplet: Option<u64>,
    /// The action that holds it.
    pub busy: Option<u64>,
}

impl ReservedIp {
    /// Refuses while an action holds it.
    pub fn check_idle(&self) -> Result<(), Refusal> {
        match self.busy {
            Some(_) => Err(Refusal::unprocessable("The IP already has a pending event.")),
            None => Ok(()),
        }
    }
}

/// Finds the reserved IP in the path.
pub fn find<'a>(world: &'a World, call: &Call) -> Result<&'a ReservedIp, Refusal> {
    let ip: Ipv4Addr = call.capture(0).parse().map_err(|_| Refusal::not_found())?;
    world.reserved_ips.get(&ip).ok_or_else(Refusal::not_found)
}

/// Takes a reserved IP off its droplet, which may be gone; it stays in the account.
pub fn release(world: &mut World, ip: Ipv4Addr) {
    let Some(reserved) = world.reserved_ips.get_mut(&ip) else { return };
    let droplet = reserved.droplet.take();
    if let Some(droplet) = droplet.and_then(|id| world.droplets.get_mut(&id))
        && droplet.addresses.reserved == Some(ip)
    {
        droplet.addresses.reserved = None;
    }
}

/// Puts a reserved IP on a droplet, off any other one.
pub fn assign(world: &mut World, ip: Ipv4Addr, droplet: u64) {
    release(world, ip);
    if let Some(droplet) = world.droplets.get_mut(&droplet) {
        droplet.addresses.reserved = Some(ip);
    }
    if let Some(reserved) = world.reserved_ips.get_mut(&ip) {
        reserved.droplet = Some(droplet);
    }
}

/// A reserved IP whose first assignment failed is on no droplet; one that was on another stays.
pub fn give_up(world: &mut World, ip: Ipv4Addr) {
    let Some(droplet) = world.reserved_ips.get(&ip).and_then(|reserved| reserved.droplet) else {
        return;
    };
    let arrived = world.droplets.get(&droplet).and_then(|droplet| droplet.addresses.reserved);
    if arrived != Some(ip) {
        release(world, ip);
    }
}

#[derive(Serialize)]
struct View<'a> {
    ip: Ipv4Addr,
    region: Option<&'static Written<Region>>,
    droplet: Option<DropletView<'a>>,
    locked: bool,
    project_id: &'a str,
}

fn view<'a>(world: &'a World, reserved: &ReservedIp) -> View<'a> {
    let droplet = reserved.droplet.and_then(|id| world.droplets.get(&id));
    View {
        ip: reserved.ip,
        region: catalog::region(&reserved.region),
        droplet: droplet.map(|droplet| droplets::view(world, droplet)),
        locked: reserved.busy.is_some(),
        project_id: project_resources::home_of(world, &Member::ReservedIp(reserved.ip)),
    }
}

fn list(world: &mut World, call: &Call) -> Reply {
    let all = world.reserved_ips.values().collect();
    pages::list(call, "reserved_ips", all, |reserved| view(world, reserved))
}

fn get(world: &mut World, call: &Call) -> Reply {
    Ok(Answer::one(StatusCode::OK, "reserved_ip", view(world, find(world, call)?)))
}

#[derive(Deserialize)]
struct NewReservedIp {
    droplet_id: Option<u64>,
    region: Option<String>,
    project_id: Option<String>,
}

/// Reserves an address for a droplet, to which it is assigned, or for a region.
fn create(world: &mut World, call: &Call) -> Reply {
    let new: NewReservedIp = call.json()?;
    if world.reserved_ips.len() >= world.reserved_ip_limit {
        let message = "you have reached the reserved IP limit of your account";
        return Err(Refusal::unprocessable(message));
    }
    let project = project(world, new.project_id.as_deref())?;
    let region = region(world, &new)?;
    let ip = next_address(world)?;
    let reserved = ReservedIp { ip, region, droplet: new.droplet_id, busy: None };
    world.reserved_ips.insert(ip, reserved);
    project_resources::settle(world, call.terms.now(), &Member::ReservedIp(ip), project);
    let action = match new.droplet_id {
        None => None,
        Some(droplet) => Some(reserved_ip_actions::begin_first(world, call, ip, droplet)?),
    };
    let mut body = json!({ "reserved_ip": view(world, &world.reserved_ips[&ip]) });
    if let Some(action) = action {
        let origin = &call.terms.origin;
        body["links"] = json!({
            "droplets": new.droplet_id.map(|id| json!({
                "id": id, "rel": "droplet", "href": format!("{origin}/v2/droplets/{id}"),
            })).into_iter().collect::<Vec<_>>(),
            "actions": [actions::link(&action, "assign_ip", origin)],
        });
    }
    Ok(Answer::json(StatusCode::ACCEPTED, &body))
}

/// The region of a new address: the one asked for, or that of a droplet that can take it.
fn region(world: &World, new: &NewReservedIp) -> Result<String, Refusal> {
    if let Some(id) = new.droplet_id {
        let missing = || Refusal::unprocessable("Droplet does not exist");
        let droplet = world.droplets.get(&id).ok_or_else(missing)?;
        reserved_ip_actions::check_room(droplet)?;
        return Ok(droplet.region.clone());
    }
    let missing = || Refusal::unprocessable("droplet_id or region is required");
    let region = new.region.as_deref().filter(|region| !region.is_empty()).ok_or_else(missing)?;
    match catalog::region(region) {
        Some(known) if known.available => Ok(region.to_owned()),
        Some(_) | None => Err(Refusal::unprocessable("region is not valid")),
    }
}

/// The project of a new address: the one asked for, or the default one.
fn project(world: &World, id: Option<&str>) -> Result<String, Refusal> {
    let id = id.filter(|id| !id.is_empty()).unwrap_or_else(|| projects::default_id(world));
    if world.projects.contains_key(id) {
        Ok(id.to_owned())
    } else {
        Err(Refusal::unprocessable("the project does not exist"))
    }
}

/// The next address that nobody has; the pool is used in a circle.
fn next_address(world: &mut World) -> Result<Ipv4Addr, Refusal> {
    for _ in 0..POOL_SIZE {
        let ip = Ipv4Addr::from(POOL + 2 + world.ids.reserved() % POOL_SIZE);
        if !world.reserved_ips.contains_key(&ip) {
            return Ok(ip);
        }
    }
    Err(Refusal::unprocessable("there are no addresses left"))
}

/// Gives an address back, off its droplet if it is on one.
fn delete(world: &mut World, call: &Call) -> Reply {
    let reserved = find(world, call)?;
    reserved.check_idle()?;
    let ip = reserved.ip;
    remove(world, ip);
    Ok(Answer::no_content())
}

/// Removes a reserved IP and every trace of it.
pub fn remove(world: &mut World, ip: Ipv4Addr) {
    release(world, ip);
    world.reserved_ips.remove(&ip);
    project_resources::forget(world, &Member::ReservedIp(ip));
}
