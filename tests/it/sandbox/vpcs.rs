//! VPCs: ranges, defaults, members.

use serde_json::{Value, json};

use super::support::Sandbox;

fn vpc(name: &str, range: &str) -> Value {
    json!({ "name": name, "region": "sfo2", "ip_range": range })
}

#[tokio::test]
async fn a_fresh_account_has_a_default_in_every_region_and_room_for_ours() {
    let sandbox = Sandbox::start().await;
    let vpcs = sandbox.get("/v2/vpcs?per_page=200").await["vpcs"].as_array().unwrap().clone();
    assert!(vpcs.iter().all(|vpc| vpc["default"] == true));
    let regions = sandbox.get("/v2/regions").await["regions"].as_array().unwrap().clone();
    let open = regions.iter().filter(|region| region["available"] == true).count();
    assert_eq!(vpcs.len(), open);
    for (name, range) in [("dev", "10.120.0.0/16"), ("prod", "10.121.0.0/16")] {
        let made = sandbox.post("/v2/vpcs", vpc(name, range)).await;
        assert_eq!(made.status, 201);
        assert_eq!(made.json()["vpc"]["default"], false);
    }
}

#[tokio::test]
async fn a_vpc_can_be_described_anew() {
    let sandbox = Sandbox::start().await;
    let mut body = vpc("dev", "10.120.0.0/16");
    body["description"] = json!("ours");
    let id = sandbox.post("/v2/vpcs", body).await.json()["vpc"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v2/vpcs/{id}");
    let patched = sandbox.call("PATCH", &path, Some(json!({ "name": "dev2" }))).await.json();
    assert_eq!(
        (&patched["vpc"]["name"], &patched["vpc"]["description"]),
        (&json!("dev2"), &json!("ours"))
    );
    let put = sandbox.put(&path, json!({ "name": "dev3", "default": true })).await.json();
    assert_eq!(put["vpc"]["default"], true);
    let defaults = sandbox.get("/v2/vpcs?per_page=200").await["vpcs"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|vpc| vpc["region"] == "sfo2" && vpc["default"] == true)
        .count();
    assert_eq!(defaults, 1);
    assert_eq!(sandbox.delete(&path).await.status, 403);
}

#[tokio::test]
async fn members_keep_a_vpc_alive() {
    let sandbox = Sandbox::start().await;
    let id =
        sandbox.post("/v2/vpcs", vpc("dev", "10.120.0.0/16")).await.json()["vpc"]["id"].clone();
    let path = format!("/v2/vpcs/{}", id.as_str().unwrap());
    let droplet = sandbox.droplet("web", json!({ "vpc_uuid": id })).await;
    let members = sandbox.get(&format!("{path}/members")).await;
    assert_eq!(members["members"][0]["urn"], format!("do:droplet:{droplet}"));
    let others = sandbox.get(&format!("{path}/members?resource_type=database")).await;
    assert_eq!(others["meta"]["total"], 0);
    assert_eq!(sandbox.delete(&path).await.status, 403);
    sandbox.delete(&format!("/v2/droplets/{droplet}")).await;
    assert_eq!(sandbox.delete(&path).await.status, 403);
    sandbox.advance(6).await;
    assert_eq!(sandbox.delete(&path).await.status, 204);
    assert_eq!(sandbox.status(&path).await, 404);
}

#[tokio::test]
async fn what_a_vpc_cannot_be_is_refused() {
    let sandbox = Sandbox::start().await;
    sandbox.post("/v2/vpcs", vpc("dev", "10.120.0.0/16")).await;
    for body in [
        vpc("dev", "10.121.0.0/16"),
        vpc("two", "10.120.5.0/24"),
        vpc("two", "10.96.0.0/13"),
        vpc("two", "8.8.8.0/24"),
        vpc("two", "10.122.0.0/15"),
        vpc("two", "10.122.0.0/29"),
        vpc("two", "10.122.0.1/24"),
        vpc("two", "elsewhere"),
        vpc("two words", "10.122.0.0/24"),
        json!({ "name": "two", "region": "mars" }),
        json!({ "name": "two", "region": "sfo2", "description": "x".repeat(256) }),
        json!({ "region": "sfo2" }),
    ] {
        assert_eq!(sandbox.post("/v2/vpcs", body.clone()).await.status, 422, "{body}");
    }
    let chosen = sandbox.post("/v2/vpcs", json!({ "name": "two", "region": "sfo2" })).await;
    assert!(chosen.json()["vpc"]["ip_range"].as_str().unwrap().ends_with("/20"));
}

#[tokio::test]
async fn a_small_vpc_fills_up_and_takes_addresses_back() {
    let sandbox = Sandbox::start().await;
    let id =
        sandbox.post("/v2/vpcs", vpc("tiny", "10.122.0.0/28")).await.json()["vpc"]["id"].clone();
    let body = |name: String| super::support::droplet(&name, json!({ "vpc_uuid": id }));
    let mut first = 0;
    for nth in 0..13 {
        let made = sandbox.post("/v2/droplets", body(format!("d{nth}"))).await;
        assert_eq!(made.status, 202, "{nth}");
        if nth == 0 {
            first = made.json()["droplet"]["id"].as_u64().unwrap();
        }
    }
    assert_eq!(sandbox.post("/v2/droplets", body("late".to_owned())).await.status, 422);
    sandbox.advance(31).await;
    sandbox.delete(&format!("/v2/droplets/{first}")).await;
    sandbox.advance(6).await;
    assert_eq!(sandbox.post("/v2/droplets", body("late".to_owned())).await.status, 202);
}
