//! Reserved IPs: reserved for a region or a droplet, moved, kept, given back.

use serde_json::{Value, json};

use super::support::Sandbox;

async fn reserve(sandbox: &Sandbox) -> String {
    let made = sandbox.post("/v2/reserved_ips", json!({ "region": "sfo2" })).await;
    assert_eq!(made.status, 202, "{}", made.text);
    made.json()["reserved_ip"]["ip"].as_str().unwrap().to_owned()
}

/// The public addresses a droplet shows.
async fn public(sandbox: &Sandbox, droplet: u64) -> Vec<String> {
    let droplet = sandbox.get(&format!("/v2/droplets/{droplet}")).await;
    let v4 = droplet["droplet"]["networks"]["v4"].as_array().unwrap().clone();
    let public = v4.iter().filter(|network| network["type"] == "public");
    public.map(|network| network["ip_address"].as_str().unwrap().to_owned()).collect()
}

async fn move_to(sandbox: &Sandbox, ip: &str, droplet: u64) -> Value {
    let body = json!({ "type": "assign", "droplet_id": droplet });
    let started = sandbox.post(&format!("/v2/reserved_ips/{ip}/actions"), body).await;
    assert_eq!(started.status, 201, "{}", started.text);
    sandbox.advance(6).await;
    started.json()["action"].clone()
}

#[tokio::test]
async fn an_address_is_reserved_for_a_region_and_assigned() {
    let sandbox = Sandbox::start().await;
    let droplet = sandbox.droplet("web", json!({})).await;
    let own = public(&sandbox, droplet).await;
    let ip = reserve(&sandbox).await;
    let path = format!("/v2/reserved_ips/{ip}");
    let free = sandbox.get(&path).await["reserved_ip"].clone();
    assert_eq!((&free["droplet"], &free["locked"]), (&Value::Null, &json!(false)));
    assert_eq!(free["region"]["slug"], "sfo2");

    let body = json!({ "type": "assign", "droplet_id": droplet });
    let action = sandbox.act(&format!("{path}/actions"), body.clone()).await;
    assert_eq!(sandbox.get(&path).await["reserved_ip"]["locked"], true);
    assert_eq!(sandbox.post(&format!("{path}/actions"), body).await.status, 422);
    assert_eq!(public(&sandbox, droplet).await, own);
    sandbox.advance(6).await;
    let assigned = sandbox.get(&path).await["reserved_ip"].clone();
    assert_eq!((&assigned["droplet"]["id"], &assigned["locked"]), (&json!(droplet), &json!(false)));
    assert_eq!(public(&sandbox, droplet).await, [own[0].as_str(), &ip]);

    let actions = sandbox.get(&format!("{path}/actions")).await["actions"].clone();
    assert_eq!(actions[0]["type"], "assign_ip");
    assert_eq!(actions[0]["resource_type"], "reserved_ip");
    let found = sandbox.get(&format!("{path}/actions/{action}")).await;
    assert_eq!(found["action"]["status"], "completed");
    assert_eq!(sandbox.get(&format!("/v2/actions/{action}")).await, found);
    let of_droplet = sandbox.get(&format!("/v2/droplets/{droplet}/actions")).await;
    assert_eq!(of_droplet["meta"]["total"], 1);
}

#[tokio::test]
async fn an_address_reserved_for_a_droplet_is_on_its_way_there() {
    let sandbox = Sandbox::start().await;
    let droplet = sandbox.droplet("web", json!({})).await;
    let made = sandbox.post("/v2/reserved_ips", json!({ "droplet_id": droplet })).await;
    assert_eq!(made.status, 202, "{}", made.text);
    let made = made.json();
    assert_eq!(made["reserved_ip"]["droplet"]["id"], droplet);
    assert_eq!(made["reserved_ip"]["locked"], true);
    assert_eq!(made["links"]["droplets"][0]["id"], droplet);
    let action = made["links"]["actions"][0]["id"].clone();
    sandbox.advance(6).await;
    let action = sandbox.get(&format!("/v2/actions/{action}")).await["action"].clone();
    assert_eq!(action["status"], "completed");
    let ip = made["reserved_ip"]["ip"].as_str().unwrap();
    assert_eq!(public(&sandbox, droplet).await[1], ip);
    let other = sandbox.post("/v2/reserved_ips", json!({ "droplet_id": droplet })).await;
    assert_eq!(other.status, 422);
}

#[tokio::test]
async fn an_address_that_never_arrives_is_left_unassigned() {
    let sandbox = Sandbox::start().await;
    let droplet = sandbox.droplet("web", json!({})).await;
    let fault = json!({ "path": "/v2/reserved_ips$", "effect": { "action": "errored" } });
    sandbox.control("POST", "faults", Some(fault)).await;
    let made = sandbox.post("/v2/reserved_ips", json!({ "droplet_id": droplet })).await.json();
    sandbox.advance(6).await;
    let ip = made["reserved_ip"]["ip"].as_str().unwrap();
    let left = sandbox.get(&format!("/v2/reserved_ips/{ip}")).await["reserved_ip"].clone();
    assert_eq!((&left["droplet"], &left["locked"]), (&Value::Null, &json!(false)));
}

#[tokio::test]
async fn an_address_moves_from_droplet_to_droplet_and_outlives_both() {
    let sandbox = Sandbox::start().await;
    let first = sandbox.droplet("first", json!({})).await;
    let second = sandbox.droplet("second", json!({})).await;
    let ip = reserve(&sandbox).await;
    let path = format!("/v2/reserved_ips/{ip}");
    move_to(&sandbox, &ip, first).await;
    move_to(&sandbox, &ip, second).await;
    assert_eq!(public(&sandbox, first).await.len(), 1);
    assert_eq!(public(&sandbox, second).await.len(), 2);
    sandbox.delete(&format!("/v2/droplets/{second}")).await;
    sandbox.advance(6).await;
    assert_eq!(sandbox.get(&path).await["reserved_ip"]["droplet"], Value::Null);
    move_to(&sandbox, &ip, first).await;
    let action = sandbox.act(&format!("{path}/actions"), json!({ "type": "unassign" })).await;
    sandbox.advance(6).await;
    let action = sandbox.get(&format!("{path}/actions/{action}")).await["action"].clone();
    assert_eq!(action["type"], "unassign_ip");
    assert_eq!(public(&sandbox, first).await.len(), 1);
}

#[tokio::test]
async fn an_address_that_is_given_back_is_off_its_droplet() {
    let sandbox = Sandbox::start().await;
    let droplet = sandbox.droplet("web", json!({})).await;
    let ip = reserve(&sandbox).await;
    move_to(&sandbox, &ip, droplet).await;
    let path = format!("/v2/reserved_ips/{ip}");
    assert_eq!(sandbox.delete(&path).await.status, 204);
    assert_eq!(sandbox.status(&path).await, 404);
    assert_eq!(sandbox.delete(&path).await.status, 404);
    assert_eq!(public(&sandbox, droplet).await.len(), 1);
    assert_ne!(reserve(&sandbox).await, ip);
}

#[tokio::test]
async fn what_an_address_cannot_be_is_refused() {
    let sandbox = Sandbox::start().await;
    let hidden = sandbox.droplet("hidden", json!({ "public_networking": false })).await;
    let abroad = sandbox.droplet("abroad", json!({ "region": "nyc3" })).await;
    let booting = sandbox.booting_droplet("booting", json!({})).await;
    for body in [
        json!({}),
        json!({ "region": "mars" }),
        json!({ "droplet_id": 1 }),
        json!({ "droplet_id": hidden }),
        json!({ "droplet_id": booting }),
        json!({ "region": "sfo2", "project_id": "3f000000-0000-4000-8000-000000000000" }),
    ] {
        assert_eq!(sandbox.post("/v2/reserved_ips", body.clone()).await.status, 422, "{body}");
    }
    let path = format!("/v2/reserved_ips/{}/actions", reserve(&sandbox).await);
    for body in [
        json!({ "type": "unassign" }),
        json!({ "type": "assign" }),
        json!({ "type": "explode" }),
        json!({ "type": "assign", "droplet_id": abroad }),
        json!({ "type": "assign", "droplet_id": booting }),
    ] {
        assert_eq!(sandbox.post(&path, body.clone()).await.status, 422, "{body}");
    }
    assert_eq!(sandbox.status("/v2/reserved_ips/198.19.9.9").await, 404);
    assert_eq!(sandbox.get("/v2/reserved_ips").await["meta"]["total"], 1);
}

#[tokio::test]
async fn the_account_has_so_many_addresses_and_no_more() {
    let sandbox = Sandbox::start().await;
    sandbox.control("PUT", "settings", Some(json!({ "reserved_ip_limit": 1 }))).await;
    assert_eq!(sandbox.get("/v2/account").await["account"]["reserved_ip_limit"], 1);
    reserve(&sandbox).await;
    let refused = sandbox.post("/v2/reserved_ips", json!({ "region": "sfo2" })).await;
    assert_eq!(refused.status, 422);
    assert!(refused.message().contains("limit"), "{}", refused.text);
}
