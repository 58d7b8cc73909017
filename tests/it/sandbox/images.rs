//! Images: brought along, changed, copied to other regions, given away.

use serde_json::{Value, json};

use super::support::{Sandbox, droplet};

async fn import(sandbox: &Sandbox) -> u64 {
    let body = json!({
        "name": "ours",
        "url": "https://images.example.com/ours.img.gz",
        "region": "sfo2",
        "distribution": "Debian",
        "tags": ["base"],
    });
    let made = sandbox.post("/v2/images", body).await;
    assert_eq!(made.status, 202, "{}", made.text);
    assert_eq!(made.json()["image"]["status"], "NEW");
    made.json()["image"]["id"].as_u64().unwrap()
}

async fn ready(sandbox: &Sandbox) -> u64 {
    let image = import(sandbox).await;
    sandbox.advance(121).await;
    image
}

async fn image(sandbox: &Sandbox, id: u64) -> Value {
    sandbox.get(&format!("/v2/images/{id}")).await["image"].clone()
}

#[tokio::test]
async fn an_image_of_ones_own_can_be_used_once_it_is_there() {
    let sandbox = Sandbox::start().await;
    let id = import(&sandbox).await;
    let body = droplet("web", json!({ "image": id }));
    assert_eq!(sandbox.post("/v2/droplets", body.clone()).await.status, 422);
    sandbox.advance(121).await;
    let there = image(&sandbox, id).await;
    assert_eq!((&there["status"], &there["type"]), (&json!("available"), &json!("custom")));
    assert_eq!(sandbox.post("/v2/droplets", body).await.status, 202);
    let private = sandbox.get("/v2/images?private=true").await;
    assert_eq!(private["images"], json!([there]));
    assert_eq!(sandbox.get("/v2/images?tag_name=base").await["meta"]["total"], 1);
}

#[tokio::test]
async fn an_image_that_cannot_be_fetched_says_so_and_is_not_listed() {
    let sandbox = Sandbox::start().await;
    let fault = json!({ "path": "/v2/images$", "effect": { "action": "errored" } });
    sandbox.control("POST", "faults", Some(fault)).await;
    let id = ready(&sandbox).await;
    let failed = image(&sandbox, id).await;
    assert_eq!(failed["status"], "deleted");
    assert_ne!(failed["error_message"], "");
    assert_eq!(sandbox.get("/v2/images?private=true").await["meta"]["total"], 0);
}

#[tokio::test]
async fn what_an_image_cannot_be_is_refused() {
    let sandbox = Sandbox::start().await;
    let (url, region) = ("https://example.com/a.img", "sfo2");
    for body in [
        json!({ "url": url, "region": region }),
        json!({ "name": "a", "region": region }),
        json!({ "name": "a", "url": url }),
        json!({ "name": " ", "url": url, "region": region }),
        json!({ "name": "a", "url": "a.img", "region": region }),
        json!({ "name": "a", "url": url, "region": "mars" }),
        json!({ "name": "a", "url": url, "region": region, "distribution": "Windows" }),
        json!({ "name": "a", "url": url, "region": region, "tags": ["a b"] }),
    ] {
        assert_eq!(sandbox.post("/v2/images", body.clone()).await.status, 422, "{body}");
    }
}

#[tokio::test]
async fn an_image_is_described_anew_and_goes() {
    let sandbox = Sandbox::start().await;
    let id = ready(&sandbox).await;
    let path = format!("/v2/images/{id}");
    let change = json!({ "name": "theirs", "distribution": "Ubuntu", "description": "better" });
    let changed = sandbox.put(&path, change).await.json()["image"].clone();
    assert_eq!((&changed["name"], &changed["distribution"]), (&json!("theirs"), &json!("Ubuntu")));
    assert_eq!(sandbox.put(&path, json!({ "distribution": "Windows" })).await.status, 422);
    assert_eq!(sandbox.put("/v2/images/125095702", json!({ "name": "a" })).await.status, 403);
    assert_eq!(sandbox.delete(&path).await.status, 204);
    assert_eq!(sandbox.status(&path).await, 404);
}

#[tokio::test]
async fn an_image_that_is_deleted_on_its_way_does_not_come() {
    let sandbox = Sandbox::start().await;
    let id = import(&sandbox).await;
    assert_eq!(sandbox.delete(&format!("/v2/images/{id}")).await.status, 204);
    sandbox.advance(121).await;
    assert_eq!(sandbox.status(&format!("/v2/images/{id}")).await, 404);
}

#[tokio::test]
async fn an_image_is_copied_to_another_region() {
    let sandbox = Sandbox::start().await;
    let id = ready(&sandbox).await;
    let path = format!("/v2/images/{id}/actions");
    let action = sandbox.act(&path, json!({ "type": "transfer", "region": "nyc3" })).await;
    let shown = sandbox.get(&format!("{path}/{action}")).await["action"].clone();
    assert_eq!((&shown["resource_type"], &shown["resource_id"]), (&json!("image"), &json!(id)));
    sandbox.advance(61).await;
    assert_eq!(image(&sandbox, id).await["regions"], json!(["sfo2", "nyc3"]));
    assert_eq!(sandbox.get(&path).await["meta"]["total"], 2);
    for body in [
        json!({ "type": "transfer", "region": "nyc3" }),
        json!({ "type": "transfer", "region": "mars" }),
        json!({ "type": "transfer" }),
        json!({ "type": "convert" }),
        json!({ "type": "explode" }),
    ] {
        assert_eq!(sandbox.post(&path, body.clone()).await.status, 422, "{body}");
    }
}

#[tokio::test]
async fn an_image_is_offered_to_another_account() {
    let sandbox = Sandbox::start().await;
    let id = ready(&sandbox).await;
    let path = format!("/v2/images/{id}/account_transfer");
    let offer = json!({ "recipient_email": "friend@example.com" });
    for answer in ["cancel", "decline"] {
        let made = sandbox.post(&path, offer.clone()).await;
        assert_eq!(made.status, 201, "{}", made.text);
        assert_eq!(sandbox.post(&path, offer.clone()).await.status, 400);
        let told = sandbox.post(&format!("{path}/{answer}"), made.json()).await;
        assert_eq!(told.status, 204, "{}", told.text);
        let again = sandbox.post(&format!("{path}/{answer}"), made.json()).await;
        assert_eq!(again.status, 400);
    }
    let mut body = sandbox.post(&path, offer).await.json();
    let accept = format!("{path}/accept");
    assert_eq!(sandbox.post(&accept, body.clone()).await.status, 400);
    body["recipient_uuid"] = json!("5a0d8b00-0000-4000-8000-000000000009");
    assert_eq!(sandbox.post(&accept, body).await.status, 201);
    assert_eq!(sandbox.status(&format!("/v2/images/{id}")).await, 404);
}
