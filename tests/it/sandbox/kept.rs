//! Long lists, which are written once and sent again: never when they have become another.

use reqwest::{Method, header::HOST};
use serde_json::{Value, json};

use super::support::{Sandbox, TOKEN};

/// So many droplets that a list of them is worth keeping, up and running.
async fn many(sandbox: &Sandbox, more: Value) -> Vec<u64> {
    let mut ids = Vec::new();
    for ten in 0..6 {
        let names: Vec<String> = (0..10).map(|one| format!("web-{ten}{one}")).collect();
        let mut body = json!({
            "names": names, "region": "sfo2", "size": "s-1vcpu-1gb", "image": "ubuntu-22-04-x64"
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = sandbox.post("/v2/droplets", body).await.json();
        let made = made["droplets"].as_array().unwrap();
        ids.extend(made.iter().map(|droplet| droplet["id"].as_u64().unwrap()));
    }
    sandbox.advance(60).await;
    ids
}

#[tokio::test]
async fn a_list_that_was_asked_for_before_tells_every_change() {
    let sandbox = Sandbox::start().await;
    let ids = many(&sandbox, json!({})).await;
    let id = ids[0];
    let path = "/v2/droplets?per_page=50";
    let before = sandbox.get(path).await;
    assert_eq!(sandbox.get(path).await, before);
    let shown = async || sandbox.get(path).await["droplets"][0].clone();

    sandbox.post("/v2/tags", json!({ "name": "late" })).await;
    let member = json!({ "resource_id": id.to_string(), "resource_type": "droplet" });
    sandbox.post("/v2/tags/late/resources", json!({ "resources": [member] })).await;
    assert_eq!(shown().await["tags"], json!(["late"]));

    // What a call began is told, and so is its end, which comes with time alone.
    sandbox.post(&format!("/v2/droplets/{id}/actions"), json!({ "type": "power_off" })).await;
    assert_eq!(shown().await["locked"], true);
    sandbox.advance(60).await;
    assert_eq!(shown().await["status"], "off");

    // The page of another number is another one.
    let second = sandbox.get("/v2/droplets?per_page=50&page=2").await;
    assert_eq!(second["droplets"].as_array().unwrap().len(), 10);
    assert_eq!(second["meta"]["total"], 60);
}

#[tokio::test]
async fn links_lead_to_where_each_caller_came_from() {
    let sandbox = Sandbox::start().await;
    many(&sandbox, json!({})).await;
    let path = "/v2/droplets?per_page=50";
    for host in ["one.example", "two.example", "one.example"] {
        let asked = sandbox.raw(Method::GET, path).bearer_auth(TOKEN).header(HOST, host);
        let told: Value = asked.send().await.unwrap().json().await.unwrap();
        let next = told["links"]["pages"]["next"].as_str().unwrap();
        assert!(next.starts_with(&format!("http://{host}/v2/droplets?")), "{next}");
    }
    let stranger = sandbox.raw(Method::GET, path).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
}

#[tokio::test]
async fn a_list_that_hangs_on_the_time_is_made_each_time() {
    let sandbox = Sandbox::start().await;
    sandbox.control("PUT", "unknowns", Some(json!({ "member_lag": 600 }))).await;
    let body = json!({ "name": "net", "region": "sfo2", "ip_range": "10.120.0.0/16" });
    let vpc = sandbox.post("/v2/vpcs", body).await.json()["vpc"]["id"].clone();
    let ids = many(&sandbox, json!({ "vpc_uuid": vpc })).await;
    let path = format!("/v2/vpcs/{}/members?per_page=200", vpc.as_str().unwrap());
    let total = async || sandbox.get(&path).await["meta"]["total"].as_u64().unwrap();
    sandbox.delete(&format!("/v2/droplets/{}", ids[0])).await;
    sandbox.advance(60).await;
    assert_eq!((total().await, total().await), (60, 60));
    // Nothing happens meanwhile but that time goes by.
    sandbox.advance(600).await;
    assert_eq!(total().await, 59);
}
