//! What the sandbox says about the calls it got.

use serde_json::json;

use super::support::Sandbox;

#[tokio::test]
async fn calls_are_counted_by_route_and_logged_in_order() {
    let sandbox = Sandbox::start().await;
    sandbox.get("/v2/account").await;
    sandbox.status("/v2/droplets/1").await;
    sandbox.status("/v2/droplets/2?x=y").await;
    let calls = sandbox.control("GET", "calls", None).await;
    assert_eq!(calls["total"], 3);
    let routes = json!({ "GET /v2/account": 1, "GET /v2/droplets/{droplet_id}": 2 });
    assert_eq!(calls["routes"], routes);
    let last = &calls["log"][2];
    assert_eq!((&last["path"], &last["status"]), (&json!("/v2/droplets/2?x=y"), &json!(404)));
    assert!(last["began"].as_u64() > calls["log"][1]["ended"].as_u64());
    sandbox.control("DELETE", "calls", None).await;
    assert_eq!(sandbox.control("GET", "calls", None).await["total"], 0);
}

#[tokio::test]
async fn calls_at_the_same_time_overlap_in_the_log() {
    let sandbox = Sandbox::start().await;
    let slow = json!({ "path": "/v2/sizes", "effect": { "delay_ms": 200 } });
    sandbox.control("POST", "faults", Some(slow)).await;
    tokio::join!(sandbox.get("/v2/sizes"), sandbox.get("/v2/regions"));
    let calls = sandbox.control("GET", "calls", None).await;
    let of = |path: &str| {
        let log = calls["log"].as_array().unwrap();
        log.iter().find(|entry| entry["path"] == path).unwrap().clone()
    };
    let (sizes, regions) = (of("/v2/sizes"), of("/v2/regions"));
    assert!(regions["began"].as_u64() < sizes["ended"].as_u64());
    assert!(sizes["began"].as_u64() < regions["ended"].as_u64());
}

#[tokio::test]
async fn the_world_can_be_looked_at() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.booting_droplet("web", json!({})).await;
    let world = sandbox.control("GET", "world", None).await;
    assert_eq!(world["droplets"][id.to_string()]["power"], "new");
    sandbox.advance(31).await;
    let world = sandbox.control("GET", "world", None).await;
    assert_eq!(world["droplets"][id.to_string()]["power"], "active");
}
