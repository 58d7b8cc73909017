//! What nobody knows of the API: each answer other than the usual one, as a caller meets it.

use serde_json::{Value, json};

use super::support::Sandbox;

async fn sandbox_where(answers: Value) -> Sandbox {
    let sandbox = Sandbox::start().await;
    sandbox.control("PUT", "unknowns", Some(answers)).await;
    sandbox
}

fn rules() -> Value {
    json!([{ "protocol": "tcp", "ports": "22", "sources": { "addresses": ["0.0.0.0/0"] } }])
}

async fn total(sandbox: &Sandbox, path: &str) -> u64 {
    sandbox.get(path).await["meta"]["total"].as_u64().unwrap()
}

#[tokio::test]
async fn answers_that_are_left_out_are_the_usual_ones() {
    let sandbox = sandbox_where(json!({ "member_lag": 7 })).await;
    let answers = sandbox.control("GET", "unknowns", None).await;
    assert_eq!((&answers["member_lag"], &answers["tag_search_lag"]), (&json!(7), &json!(0)));
    let usual = sandbox.control("PUT", "unknowns", Some(json!({}))).await;
    assert_eq!(usual["member_lag"], 0);
    for odd in [json!({ "mood": 1 }), json!({ "member_lag": -1 })] {
        let refused = sandbox.try_call("PUT", "/_sandbox/unknowns", Some(odd)).await.unwrap();
        assert_eq!(refused.status, 422);
    }
}

#[tokio::test]
async fn a_search_by_tag_trails() {
    let sandbox = sandbox_where(json!({ "tag_search_lag": 60 })).await;
    sandbox.droplet("web", json!({ "tags": ["web"] })).await;
    assert_eq!(total(&sandbox, "/v2/droplets?tag_name=web").await, 0);
    assert_eq!(total(&sandbox, "/v2/droplets?name=web").await, 1);
    assert_eq!(sandbox.get("/v2/droplets").await["droplets"][0]["tags"], json!(["web"]));
    sandbox.advance(30).await;
    assert_eq!(total(&sandbox, "/v2/droplets?tag_name=web").await, 1);
}

#[tokio::test]
async fn a_search_by_name_trails() {
    let sandbox = sandbox_where(json!({ "name_search_lag": 60 })).await;
    sandbox.volume("data").await;
    sandbox.droplet("web", json!({})).await;
    assert_eq!(total(&sandbox, "/v2/droplets?name=web").await, 0);
    assert_eq!(total(&sandbox, "/v2/volumes?name=data").await, 0);
    assert_eq!(total(&sandbox, "/v2/volumes").await, 1);
    sandbox.advance(30).await;
    assert_eq!(total(&sandbox, "/v2/droplets?name=web").await, 1);
    assert_eq!(total(&sandbox, "/v2/volumes?name=data").await, 1);
}

#[tokio::test]
async fn two_creates_of_one_name_both_succeed_when_they_are_close() {
    let sandbox = sandbox_where(json!({ "name_check_lag": 10 })).await;
    let range = json!({ "name": "net", "region": "sfo2", "ip_range": "10.120.0.0/16" });
    let volume = json!({ "name": "data", "region": "sfo2", "size_gigabytes": 1 });
    for (path, body, taken) in [
        ("/v2/firewalls", json!({ "name": "wall", "inbound_rules": rules() }), 409),
        ("/v2/vpcs", range, 422),
        ("/v2/volumes", volume, 409),
        ("/v2/projects", json!({ "name": "shop", "purpose": "a" }), 409),
    ] {
        let before = total(&sandbox, path).await;
        for _ in 0..2 {
            assert!(sandbox.post(path, body.clone()).await.status.is_success(), "{path}");
        }
        assert_eq!(total(&sandbox, path).await, before + 2, "{path}");
        sandbox.advance(11).await;
        assert_eq!(sandbox.post(path, body).await.status, taken, "{path}");
    }
}

#[tokio::test]
async fn members_leave_late() {
    let sandbox = sandbox_where(json!({ "member_lag": 60 })).await;
    let body = json!({ "name": "net", "region": "sfo2", "ip_range": "10.120.0.0/16" });
    let vpc = sandbox.post("/v2/vpcs", body).await.json()["vpc"]["id"].clone();
    let path = format!("/v2/vpcs/{}", vpc.as_str().unwrap());
    let droplet = sandbox.droplet("web", json!({ "vpc_uuid": vpc })).await;
    sandbox.delete(&format!("/v2/droplets/{droplet}")).await;
    sandbox.advance(6).await;
    assert_eq!(sandbox.status(&format!("/v2/droplets/{droplet}")).await, 404);
    let members = sandbox.get(&format!("{path}/members")).await;
    assert_eq!(members["members"][0]["urn"], format!("do:droplet:{droplet}"));
    assert_eq!(sandbox.delete(&path).await.status, 409);
    sandbox.advance(60).await;
    assert_eq!(total(&sandbox, &format!("{path}/members")).await, 0);
    assert_eq!(sandbox.delete(&path).await.status, 204);
}

#[tokio::test]
async fn deletions_take_a_minute() {
    let sandbox = sandbox_where(json!({ "droplet_delete_seconds": 60 })).await;
    let droplet = sandbox.droplet("web", json!({})).await;
    let path = format!("/v2/droplets/{droplet}");
    assert_eq!(sandbox.delete(&path).await.status, 204);
    sandbox.advance(50).await;
    assert_eq!(sandbox.get(&path).await["droplet"]["locked"], true);
    sandbox.advance(11).await;
    assert_eq!(sandbox.status(&path).await, 404);
}

#[tokio::test]
async fn the_name_of_a_deleted_volume_is_held_back() {
    let sandbox = sandbox_where(json!({ "volume_name_hold": 60 })).await;
    let volume = sandbox.volume("data").await;
    sandbox.delete(&format!("/v2/volumes/{volume}")).await;
    let body = json!({ "name": "data", "region": "sfo2", "size_gigabytes": 1 });
    assert_eq!(sandbox.post("/v2/volumes", body.clone()).await.status, 409);
    assert_eq!(total(&sandbox, "/v2/volumes").await, 0);
    sandbox.advance(61).await;
    assert_eq!(sandbox.post("/v2/volumes", body).await.status, 201);
}

#[tokio::test]
async fn a_droplet_that_is_on_takes_power_on_and_resize() {
    let answers = json!({ "power_on_while_on": "accepted", "resize_while_on": "accepted" });
    let sandbox = sandbox_where(answers).await;
    let droplet = sandbox.droplet("web", json!({})).await;
    let path = format!("/v2/droplets/{droplet}");
    sandbox.act(&format!("{path}/actions"), json!({ "type": "power_on" })).await;
    sandbox.advance(11).await;
    let resize = json!({ "type": "resize", "size": "s-1vcpu-2gb", "disk": false });
    sandbox.act(&format!("{path}/actions"), resize).await;
    sandbox.advance(61).await;
    let resized = sandbox.get(&path).await["droplet"].clone();
    assert_eq!(resized["size_slug"], "s-1vcpu-2gb");
    assert_eq!(resized["status"], "active");
}

#[tokio::test]
async fn a_droplet_with_volumes_is_not_deleted() {
    let sandbox = sandbox_where(json!({ "delete_with_volumes": "refused" })).await;
    let volume = sandbox.volume("data").await;
    let droplet = sandbox.droplet("web", json!({ "volumes": [volume], "tags": ["web"] })).await;
    let path = format!("/v2/droplets/{droplet}");
    assert_eq!(sandbox.delete(&path).await.status, 409);
    assert_eq!(sandbox.delete("/v2/droplets?tag_name=web").await.status, 409);
    let detach = json!({ "type": "detach", "droplet_id": droplet });
    sandbox.act(&format!("/v2/volumes/{volume}/actions"), detach).await;
    sandbox.advance(7).await;
    assert_eq!(sandbox.delete(&path).await.status, 204);
}

#[tokio::test]
async fn snapshots_go_with_their_volume() {
    for (answer, left) in [("stay", 1), ("go", 0)] {
        let sandbox = sandbox_where(json!({ "snapshots_of_deleted": answer })).await;
        let path = format!("/v2/volumes/{}", sandbox.volume("data").await);
        sandbox.post(&format!("{path}/snapshots"), json!({ "name": "s" })).await;
        assert_eq!(sandbox.delete(&path).await.status, 204);
        assert_eq!(total(&sandbox, "/v2/snapshots").await, left);
    }
}

#[tokio::test]
async fn a_call_that_is_throttled_has_its_effect_all_the_same() {
    let sandbox = Sandbox::start().await;
    let effect = json!({ "status": 429, "retry_after": 1, "executed": true });
    let fault = json!({ "method": "POST", "path": "/v2/volumes$", "effect": effect });
    sandbox.control("POST", "faults", Some(fault)).await;
    let body = json!({ "name": "data", "region": "sfo2", "size_gigabytes": 1 });
    let throttled = sandbox.post("/v2/volumes", body.clone()).await;
    assert_eq!(
        (throttled.status.as_u16(), &throttled.headers["retry-after"]),
        (429, &"1".parse().unwrap())
    );
    assert_eq!(total(&sandbox, "/v2/volumes").await, 1);
    assert_eq!(sandbox.post("/v2/volumes", body).await.status, 409);
}
