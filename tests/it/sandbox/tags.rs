//! Tags: one name in any case, on many things.

use reqwest::Method;
use serde_json::json;

use super::support::{Sandbox, TOKEN};
use crate::support::openapi;

#[tokio::test]
async fn the_case_of_the_first_use_stays() {
    let sandbox = Sandbox::start().await;
    let volume = sandbox.volume("data").await;
    assert_eq!(sandbox.post("/v2/tags", json!({ "name": "Prod" })).await.status, 201);
    let again = sandbox.post("/v2/tags", json!({ "name": "PROD" })).await;
    assert_eq!((again.status.as_u16(), &again.json()["tag"]["name"]), (201, &json!("Prod")));
    let droplet = sandbox.droplet("web", json!({ "tags": ["prod", "PROD"] })).await;
    let shown = sandbox.get(&format!("/v2/droplets/{droplet}")).await;
    assert_eq!(shown["droplet"]["tags"], json!(["Prod"]));

    let body = json!({ "resources": [{ "resource_id": volume, "resource_type": "volume" }] });
    assert_eq!(sandbox.post("/v2/tags/pROD/resources", body).await.status, 204);
    let tag = sandbox.get("/v2/tags/prod").await["tag"]["resources"].clone();
    assert_eq!((&tag["count"], &tag["droplets"]["count"]), (&json!(2), &json!(1)));
    assert!(tag["last_tagged_uri"].as_str().unwrap().ends_with(&volume));
}

#[tokio::test]
async fn a_deleted_tag_is_on_nothing() {
    let sandbox = Sandbox::start().await;
    let droplet = sandbox.droplet("web", json!({ "tags": ["a", "b"] })).await;
    assert_eq!(sandbox.delete("/v2/tags/A").await.status, 204);
    assert_eq!(sandbox.delete("/v2/tags/a").await.status, 404);
    let shown = sandbox.get(&format!("/v2/droplets/{droplet}")).await;
    assert_eq!(shown["droplet"]["tags"], json!(["b"]));
    assert_eq!(sandbox.get("/v2/droplets?tag_name=a").await["meta"]["total"], 0);
}

#[tokio::test]
async fn bad_names_and_missing_things_are_refused() {
    let sandbox = Sandbox::start().await;
    for name in ["", "a b", "a.b", "a/b", "ä", &"x".repeat(256)] {
        let refused = sandbox.post("/v2/tags", json!({ "name": name })).await;
        assert_eq!(refused.status, 400, "{name}");
        assert!(refused.message().contains("tag name"));
    }
    let broken = sandbox.raw(Method::POST, "/v2/tags").bearer_auth(TOKEN).body("{").send().await;
    let broken = broken.unwrap();
    let (status, body) = (broken.status().as_u16(), broken.bytes().await.unwrap());
    assert_eq!(status, 400);
    openapi::check_response("POST", "/v2/tags", status, &body).unwrap();
    sandbox.post("/v2/tags", json!({ "name": "a" })).await;
    let body = |kind: &str| json!({ "resources": [{ "resource_id": "1", "resource_type": kind }] });
    assert_eq!(sandbox.post("/v2/tags/a/resources", body("droplet")).await.status, 404);
    assert_eq!(sandbox.post("/v2/tags/b/resources", body("droplet")).await.status, 404);
    assert_eq!(sandbox.post("/v2/tags/a/resources", body("planet")).await.status, 422);
}
