//! The account: its limits and its owner.

use axum::http::StatusCode;
use serde_json::json;

use crate::sandbox::{
    answer::{Answer, Reply},
    call::Call,
    routes::{Method, Route},
    world::World,
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[Route::new(Method::Get, "/v2/account", get)];

#[expect(clippy::unnecessary_wraps, reason = "a handler's form")]
fn get(world: &mut World, _: &Call) -> Reply {
    let account = json!({
        "droplet_limit": world.droplet_limit,
        "floating_ip_limit": world.reserved_ip_limit,
        "reserved_ip_limit": world.reserved_ip_limit,
        "volume_limit": 2000,
        "email": "someone@example.com",
        "name": "Sandbox",
        "uuid": "5a0d8b00-0000-4000-8000-000000000001",
        "email_verified": true,
        "status": "active",
        "status_message": "",
        "team": { "uuid": "5a0d8b00-0000-4000-8000-000000000002", "name": "Sandbox" },
    });
    Ok(Answer::one(StatusCode::OK, "account", account))
}
