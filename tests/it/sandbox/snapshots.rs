//! Snapshots of volumes.

use serde_json::json;

use super::support::Sandbox;

#[tokio::test]
async fn a_snapshot_outlives_its_volume_and_makes_a_new_one() {
    let sandbox = Sandbox::start().await;
    let volume = sandbox.volume("data").await;
    let path = format!("/v2/volumes/{volume}/snapshots");
    let made = sandbox.post(&path, json!({ "name": "monday", "tags": ["Nightly"] })).await;
    assert_eq!(made.status, 201);
    let id = made.json()["snapshot"]["id"].as_str().unwrap().to_owned();
    assert_eq!(sandbox.get(&path).await["meta"]["total"], 1);
    assert_eq!(sandbox.get("/v2/snapshots?resource_type=volume").await["meta"]["total"], 1);
    assert_eq!(sandbox.get("/v2/snapshots?resource_type=droplet").await["meta"]["total"], 0);
    let tag = sandbox.get("/v2/tags/nightly").await["tag"].clone();
    assert_eq!(tag["resources"]["volume_snapshots"]["count"], 1);

    assert_eq!(sandbox.delete(&format!("/v2/volumes/{volume}")).await.status, 204);
    let shown = sandbox.get(&format!("/v2/snapshots/{id}")).await["snapshot"].clone();
    assert_eq!(shown["min_disk_size"], 100);
    let body = |size: u64| json!({ "name": "copy", "region": "sfo2", "size_gigabytes": size, "snapshot_id": id });
    assert_eq!(sandbox.post("/v2/volumes", body(99)).await.status, 422);
    assert_eq!(sandbox.post("/v2/volumes", body(100)).await.status, 201);
    assert_eq!(sandbox.delete(&format!("/v2/snapshots/{id}")).await.status, 204);
    assert_eq!(sandbox.status(&format!("/v2/snapshots/{id}")).await, 404);
}

#[tokio::test]
async fn ten_minutes_lie_between_two_snapshots() {
    let sandbox = Sandbox::start().await;
    let volume = sandbox.volume("data").await;
    let path = format!("/v2/volumes/{volume}/snapshots");
    assert_eq!(sandbox.post(&path, json!({ "name": "one" })).await.status, 201);
    let soon = sandbox.post(&path, json!({ "name": "two" })).await;
    assert_eq!(soon.status, 429);
    assert!(soon.message().contains("one request per 10m0s"));
    assert!(!soon.headers.contains_key("retry-after"));
    sandbox.advance(600).await;
    assert_eq!(sandbox.post(&path, json!({ "name": "one" })).await.status, 409);
    assert_eq!(sandbox.post(&path, json!({ "name": "two" })).await.status, 201);
}

#[tokio::test]
async fn a_volume_has_at_most_25_snapshots() {
    let sandbox = Sandbox::start().await;
    let volume = sandbox.volume("data").await;
    let path = format!("/v2/volumes/{volume}/snapshots");
    for nth in 0..25 {
        assert_eq!(sandbox.post(&path, json!({ "name": format!("s{nth}") })).await.status, 201);
        sandbox.advance(600).await;
    }
    let refused = sandbox.post(&path, json!({ "name": "more" })).await;
    assert_eq!(refused.status, 422);
    assert!(refused.message().contains("too many snapshots"));
}

#[tokio::test]
async fn an_image_is_no_snapshot() {
    let sandbox = Sandbox::start().await;
    let refused = sandbox.call("GET", "/v2/snapshots/125095702", None).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.message(), "the resource is not a snapshot");
    assert_eq!(sandbox.delete("/v2/images/125095702").await.status, 403);
}
