//! The sandbox's own endpoints, under `/_sandbox/`.
//!
//! They are not part of the API: no token, no limits, no faults, no counting. The sandbox listens
//! on loopback only, and its token protects nothing that is worth one.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::sandbox::{
    core::{Core, Saved},
    faults::{Chance, Rule},
    limits::RateLimit,
    machines::Assigned,
    page,
    server::Shared,
    unknowns::Unknowns,
};

/// The fastest and the slowest a sandbox runs.
const SPEEDS: RangeInclusive<f64> = 0.001..=1_000_000.0;

/// The routes, without their common beginning.
pub fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", routing::get(page::show))
        .route("/world", routing::get(world))
        .route("/clock", routing::get(clock).post(advance))
        .route("/faults", routing::get(list_faults).post(add_fault).delete(clear_faults))
        .route("/faults/random", routing::post(set_chance))
        .route("/calls", routing::get(calls).delete(reset_calls))
        .route("/unknowns", routing::get(unknowns).put(answer_unknowns))
        .route("/addresses", routing::get(addresses).put(assign_addresses))
        .route("/user_data/{droplet_id}", routing::get(user_data))
        .route("/settings", routing::get(settings).put(change_settings))
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_that_way)
}

/// Says whether things can happen so many times faster than at DigitalOcean.
pub fn is_speed(speed: f64) -> bool {
    SPEEDS.contains(&speed)
}

type Outcome = Result<Response, Complaint>;

/// Why a body cannot be used.
struct Complaint(String);

impl IntoResponse for Complaint {
    fn into_response(self) -> Response {
        let body = json!({ "id": "unprocessable_entity", "message": self.0 });
        (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
    }
}

fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Complaint> {
    serde_json::from_slice(bytes).map_err(|error| Complaint(error.to_string()))
}

async fn nothing_here() -> Response {
    let body = json!({ "id": "not_found", "message": "the sandbox has no such endpoint" });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

async fn not_that_way() -> Response {
    let body = json!({ "id": "method_not_allowed", "message": "the endpoint has other methods" });
    (StatusCode::METHOD_NOT_ALLOWED, Json(body)).into_response()
}

async fn world(State(shared): State<Arc<Shared>>) -> Response {
    let mut core = shared.core();
    let now = core.clock.now();
    core.settle(now);
    Json(core.world()).into_response()
}

#[derive(Serialize)]
struct Now {
    now: Timestamp,
}

async fn clock(State(shared): State<Arc<Shared>>) -> Json<Now> {
    Json(Now { now: shared.core().clock.now() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u32,
}

async fn advance(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Outcome {
    let advance: Advance = body(&bytes)?;
    let mut core = shared.core();
    core.clock.advance(advance.advance_seconds);
    let now = core.clock.now();
    core.settle(now);
    core.saved = Saved::Stale;
    drop(core);
    shared.save_if(Saved::Stale);
    Ok(Json(Now { now }).into_response())
}

async fn list_faults(State(shared): State<Arc<Shared>>) -> Response {
    Json(&shared.core().faults).into_response()
}

async fn add_fault(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Outcome {
    let rule: Rule = body(&bytes)?;
    let mut core = shared.core();
    core.faults.add(rule);
    Ok((StatusCode::CREATED, Json(&core.faults)).into_response())
}

async fn set_chance(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Outcome {
    let chance: Chance = body(&bytes)?;
    let mut core = shared.core();
    core.faults.set_chance(chance);
    Ok((StatusCode::CREATED, Json(&core.faults)).into_response())
}

/// Heals: no more faults, and what is stuck completes.
async fn clear_faults(State(shared): State<Arc<Shared>>) -> StatusCode {
    let mut core = shared.core();
    core.faults.clear();
    let now = core.clock.now();
    core.world_mut().free_stuck(now);
    drop(core);
    shared.save_if(Saved::Stale);
    StatusCode::NO_CONTENT
}

async fn calls(State(shared): State<Arc<Shared>>) -> Response {
    Json(&shared.core().calls).into_response()
}

async fn reset_calls(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.core().calls.reset();
    StatusCode::NO_CONTENT
}

async fn unknowns(State(shared): State<Arc<Shared>>) -> Response {
    Json(&shared.core().world().unknowns).into_response()
}

/// Answers every question anew; those that are left out get their usual answer.
async fn answer_unknowns(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Outcome {
    let answers: Unknowns = body(&bytes)?;
    let mut core = shared.core();
    core.world_mut().unknowns = answers;
    let response = Json(&core.world().unknowns).into_response();
    drop(core);
    shared.save_if(Saved::Stale);
    Ok(response)
}

async fn addresses(State(shared): State<Arc<Shared>>) -> Response {
    Json(&shared.core().world().machines.addresses).into_response()
}

/// Says anew which addresses the droplets are given that are made from now on.
async fn assign_addresses(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Outcome {
    let addresses: BTreeMap<String, Assigned> = body(&bytes)?;
    let mut core = shared.core();
    core.world_mut().machines.addresses = addresses;
    Ok(Json(&core.world().machines.addresses).into_response())
}

async fn user_data(State(shared): State<Arc<Shared>>, Path(droplet_id): Path<String>) -> Response {
    let mut core = shared.core();
    let now = core.clock.now();
    core.settle(now);
    let id = droplet_id.parse::<u64>().ok();
    let told = id.and_then(|id| core.world().machines.user_data.get(&id));
    let unknown = || {
        let body = json!({ "id": "not_found", "message": "nothing is known of such a droplet" });
        (StatusCode::NOT_FOUND, Json(body)).into_response()
    };
    told.map_or_else(unknown, |user_data| user_data.clone().into_response())
}

async fn settings(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let core = shared.core();
    Json(json!({
        "droplet_limit": core.world().droplet_limit,
        "reserved_ip_limit": core.world().reserved_ip_limit,
        "rate_limit": core.limits.mode,
        "speed": core.speed,
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    droplet_limit: Option<usize>,
    reserved_ip_limit: Option<usize>,
    rate_limit: Option<RateLimit>,
    speed: Option<f64>,
}

async fn change_settings(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Outcome {
    let wanted: Settings = body(&bytes)?;
    if wanted.speed.is_some_and(|speed| !is_speed(speed)) {
        return Err(Complaint("speed must be between 0.001 and 1000000".to_owned()));
    }
    apply(&mut shared.core(), &wanted);
    shared.save_if(Saved::Stale);
    Ok(settings(State(shared)).await.into_response())
}

fn apply(core: &mut Core, wanted: &Settings) {
    let world = core.world_mut();
    world.droplet_limit = wanted.droplet_limit.unwrap_or(world.droplet_limit);
    world.reserved_ip_limit = wanted.reserved_ip_limit.unwrap_or(world.reserved_ip_limit);
    core.limits.mode = wanted.rate_limit.unwrap_or(core.limits.mode);
    core.speed = wanted.speed.unwrap_or(core.speed);
    core.limits.speed = core.speed;
}
