//! Volumes: made, attached, grown, kept.

use serde_json::{Value, json};

use super::support::{Sandbox, droplet};

async fn try_act(sandbox: &Sandbox, volume: &str, body: Value) -> (u16, String) {
    let answer = sandbox.post(&format!("/v2/volumes/{volume}/actions"), body).await;
    let message = if answer.status.is_success() { String::new() } else { answer.message() };
    (answer.status.as_u16(), message)
}

async fn shown(sandbox: &Sandbox, volume: &str) -> Value {
    sandbox.get(&format!("/v2/volumes/{volume}")).await["volume"].clone()
}

fn attach(droplet: u64) -> Value {
    json!({ "type": "attach", "droplet_id": droplet, "region": "sfo2" })
}

#[tokio::test]
async fn a_volume_moves_from_droplet_to_droplet() {
    let sandbox = Sandbox::start().await;
    let volume = sandbox.volume("data").await;
    let (one, two) =
        (sandbox.droplet("one", json!({})).await, sandbox.droplet("two", json!({})).await);
    let path = format!("/v2/volumes/{volume}/actions");
    let action = sandbox.act(&path, attach(one)).await;
    assert_eq!(shown(&sandbox, &volume).await["droplet_ids"], json!([]));
    let droplet = sandbox.get(&format!("/v2/droplets/{one}")).await["droplet"].clone();
    assert_eq!(droplet["locked"], true);
    sandbox.advance(7).await;
    assert_eq!(shown(&sandbox, &volume).await["droplet_ids"], json!([one]));
    let action = sandbox.get(&format!("{path}/{action}")).await["action"].clone();
    assert_eq!((&action["status"], &action["resource_id"]), (&json!("completed"), &Value::Null));
    assert_eq!(action["type"], "attach_volume");

    assert_eq!(try_act(&sandbox, &volume, attach(two)).await.0, 422);
    let wrong = json!({ "type": "detach", "droplet_id": two });
    let missing = (422, "Attachment not found".to_owned());
    assert_eq!(try_act(&sandbox, &volume, wrong).await, missing);
    let refused = sandbox.delete(&format!("/v2/volumes/{volume}")).await;
    assert_eq!(refused.status, 409);

    sandbox.act(&path, json!({ "type": "detach", "droplet_id": one })).await;
    sandbox.advance(7).await;
    sandbox.act(&path, attach(two)).await;
    sandbox.advance(7).await;
    assert_eq!(shown(&sandbox, &volume).await["droplet_ids"], json!([two]));
    assert_eq!(sandbox.get(&path).await["meta"]["total"], 3);
}

#[tokio::test]
async fn a_volume_is_attached_by_its_name() {
    let sandbox = Sandbox::start().await;
    let volume = sandbox.volume("data").await;
    let id = sandbox.droplet("one", json!({})).await;
    let body = |name: &str| json!({ "type": "attach", "volume_name": name, "droplet_id": id, "region": "sfo2" });
    assert_eq!(sandbox.post("/v2/volumes/actions", body("none")).await.status, 404);
    assert_eq!(sandbox.post("/v2/volumes/actions", body("data")).await.status, 202);
    sandbox.advance(7).await;
    assert_eq!(shown(&sandbox, &volume).await["droplet_ids"], json!([id]));
}

#[tokio::test]
async fn a_volume_stays_in_its_region() {
    let sandbox = Sandbox::start().await;
    let volume = sandbox.volume("data").await;
    let far = sandbox.droplet("far", json!({ "region": "fra1" })).await;
    let (status, message) =
        try_act(&sandbox, &volume, json!({ "type": "attach", "droplet_id": far })).await;
    assert_eq!(status, 422);
    assert!(message.contains("same region"));
    let body = droplet("far", json!({ "region": "fra1", "volumes": [volume] }));
    assert_eq!(sandbox.post("/v2/droplets", body).await.status, 422);
    let missing = json!({ "type": "attach", "droplet_id": 1 });
    assert_eq!(try_act(&sandbox, &volume, missing).await.0, 404);
}

#[tokio::test]
async fn a_volume_grows_and_never_shrinks() {
    let sandbox = Sandbox::start().await;
    let volume = sandbox.volume("data").await;
    let resize = |size: u64| json!({ "type": "resize", "size_gigabytes": size, "region": "sfo2" });
    for size in [0, 50, 100, 20_000] {
        assert_eq!(try_act(&sandbox, &volume, resize(size)).await.0, 422, "{size}");
    }
    assert_eq!(try_act(&sandbox, &volume, resize(200)).await.0, 202);
    assert_eq!(try_act(&sandbox, &volume, resize(300)).await.0, 422);
    sandbox.advance(6).await;
    assert_eq!(shown(&sandbox, &volume).await["size_gigabytes"], 200);
}

#[tokio::test]
async fn names_are_unique_in_a_region() {
    let sandbox = Sandbox::start().await;
    sandbox.volume("data").await;
    let body = |region: &str| json!({ "name": "data", "region": region, "size_gigabytes": 1 });
    let refused = sandbox.post("/v2/volumes", body("sfo2")).await;
    assert_eq!(refused.status, 409);
    assert!(refused.message().contains("already exists"));
    assert_eq!(sandbox.post("/v2/volumes", body("fra1")).await.status, 201);
    assert_eq!(sandbox.get("/v2/volumes?name=data").await["meta"]["total"], 2);
    let one = sandbox.get("/v2/volumes?name=data&region=fra1").await;
    assert_eq!(one["volumes"][0]["region"]["slug"], "fra1");
    assert_eq!(sandbox.delete("/v2/volumes?name=data&region=fra1").await.status, 204);
    assert_eq!(sandbox.delete("/v2/volumes?name=data&region=fra1").await.status, 404);
}

#[tokio::test]
async fn what_a_volume_cannot_be_is_refused() {
    let sandbox = Sandbox::start().await;
    let long = "a".repeat(65);
    for change in [
        json!({ "name": "Data" }),
        json!({ "name": "1data" }),
        json!({ "name": "data_1" }),
        json!({ "name": "data-" }),
        json!({ "name": long }),
        json!({ "size_gigabytes": 0 }),
        json!({ "size_gigabytes": 16_385 }),
        json!({ "region": "mars" }),
        json!({ "filesystem_type": "btrfs" }),
        json!({ "filesystem_type": "ext4", "filesystem_label": "seventeen-letters" }),
        json!({ "filesystem_type": "xfs", "filesystem_label": "thirteen-char" }),
        json!({ "snapshot_id": "none" }),
        json!({ "tags": ["a b"] }),
    ] {
        let mut body = json!({ "name": "data", "region": "sfo2", "size_gigabytes": 1 });
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        assert_eq!(sandbox.post("/v2/volumes", body).await.status, 422, "{change}");
    }
}

#[tokio::test]
async fn a_droplet_carries_fifteen_volumes() {
    let sandbox = Sandbox::start().await;
    let mut volumes = Vec::new();
    for nth in 0..16 {
        volumes.push(sandbox.volume(&format!("data-{nth}")).await);
    }
    let body = droplet("full", json!({ "volumes": volumes }));
    assert_eq!(sandbox.post("/v2/droplets", body).await.status, 422);
    let id = sandbox.droplet("full", json!({ "volumes": volumes[..15] })).await;
    let (status, message) = try_act(&sandbox, &volumes[15], attach(id)).await;
    assert_eq!(status, 422);
    assert!(message.contains("maximum"));
}
