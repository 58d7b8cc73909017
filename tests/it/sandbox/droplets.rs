//! Droplets from their creation to their end.

use serde_json::json;

use super::support::{Sandbox, droplet};

#[tokio::test]
async fn a_droplet_is_new_then_active_with_addresses() {
    let sandbox = Sandbox::start().await;
    let made = sandbox.post("/v2/droplets", droplet("web", json!({}))).await;
    assert_eq!(made.status, 202);
    let (droplet, links) = (&made.json()["droplet"], &made.json()["links"]["actions"]);
    assert_eq!(droplet["status"], "new");
    assert_eq!(droplet["networks"]["v4"], json!([]));
    let (id, action) = (&droplet["id"], &links[0]["id"]);

    sandbox.advance(29).await;
    let path = format!("/v2/droplets/{id}");
    assert_eq!(sandbox.get(&path).await["droplet"]["locked"], true);
    sandbox.advance(2).await;
    let droplet = sandbox.get(&path).await["droplet"].clone();
    assert_eq!(droplet["status"], "active");
    assert_eq!(droplet["locked"], false);
    let v4 = droplet["networks"]["v4"].as_array().unwrap();
    let kinds: Vec<_> = v4.iter().map(|v4| v4["type"].clone()).collect();
    assert_eq!(kinds, ["public", "private"]);
    let action = sandbox.get(&format!("/v2/actions/{action}")).await["action"].clone();
    assert_eq!(action["status"], "completed");
    assert_eq!(action["resource_id"], *id);
}

#[tokio::test]
async fn a_droplet_joins_the_vpc_it_names_or_its_regions_default() {
    let sandbox = Sandbox::start().await;
    let body = json!({ "name": "mine", "region": "sfo2", "ip_range": "10.120.0.0/16" });
    let vpc = sandbox.post("/v2/vpcs", body).await.json()["vpc"]["id"].clone();
    let inside = sandbox.droplet("inside", json!({ "vpc_uuid": vpc })).await;
    let shown = sandbox.get(&format!("/v2/droplets/{inside}")).await["droplet"].clone();
    assert_eq!(shown["vpc_uuid"], vpc);
    assert_eq!(shown["networks"]["v4"][1]["ip_address"], "10.120.0.2");
    assert_eq!(shown["networks"]["v4"][1]["netmask"], "255.255.0.0");

    let outside = sandbox.droplet("outside", json!({})).await;
    let shown = sandbox.get(&format!("/v2/droplets/{outside}")).await["droplet"].clone();
    let default = sandbox.get(&format!("/v2/vpcs/{}", shown["vpc_uuid"].as_str().unwrap())).await;
    assert_eq!(default["vpc"]["default"], true);
    assert_eq!(default["vpc"]["region"], "sfo2");
}

#[tokio::test]
async fn several_droplets_come_from_one_request() {
    let sandbox = Sandbox::start().await;
    let mut body = droplet("x", json!({ "names": ["a", "b"] }));
    body.as_object_mut().unwrap().remove("name");
    let made = sandbox.post("/v2/droplets", body.clone()).await;
    assert_eq!(made.status, 202);
    assert_eq!(made.json()["droplets"].as_array().unwrap().len(), 2);
    assert_eq!(made.json()["links"]["actions"].as_array().unwrap().len(), 2);
    body["names"] = json!((0..11).map(|nth| format!("n{nth}")).collect::<Vec<_>>());
    assert_eq!(sandbox.post("/v2/droplets", body).await.status, 422);
}

#[tokio::test]
async fn droplets_are_found_by_tag_and_by_name() {
    let sandbox = Sandbox::start().await;
    sandbox.droplet("one", json!({ "tags": ["Stack:dev", "a"] })).await;
    sandbox.droplet("two", json!({ "tags": ["stack:DEV"] })).await;
    sandbox.droplet("three", json!({})).await;
    let found = sandbox.get("/v2/droplets?tag_name=STACK%3Adev").await;
    assert_eq!(found["meta"]["total"], 2);
    assert_eq!(found["droplets"][1]["tags"], json!(["Stack:dev"]));
    let found = sandbox.get("/v2/droplets?name=TWO").await;
    assert_eq!(found["droplets"][0]["name"], "two");
    assert_eq!(sandbox.get("/v2/droplets?tag_name=nobody").await["meta"]["total"], 0);
    assert_eq!(sandbox.get("/v2/droplets?type=gpus").await["meta"]["total"], 0);
    assert_eq!(sandbox.status("/v2/droplets?tag_name=a&name=one").await, 422);
}

#[tokio::test]
async fn what_a_droplet_cannot_be_made_of_is_refused() {
    let sandbox = Sandbox::start().await;
    let elsewhere = sandbox.get("/v2/vpcs?per_page=200").await["vpcs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|vpc| vpc["region"] == "fra1")
        .unwrap()["id"]
        .clone();
    let cases = [
        (json!({ "size": "s-99" }), "invalid size"),
        (json!({ "size": "m6-2vcpu-16gb" }), "not available in this region"),
        (json!({ "image": "windows" }), "invalid image"),
        (json!({ "image": 1 }), "invalid image"),
        (json!({ "region": "mars" }), "invalid region"),
        (json!({ "region": "sfo1" }), "invalid region"),
        (json!({ "ssh_keys": [7] }), "invalid key identifiers"),
        (json!({ "vpc_uuid": elsewhere }), "same region"),
        (json!({ "vpc_uuid": "none" }), "VPC"),
        (json!({ "name": "under_score" }), "hostname"),
        (json!({ "name": "ends-" }), "hostname"),
        (json!({ "name": "a".repeat(256) }), "hostname"),
        (json!({ "tags": ["a.b"] }), "tag"),
        (json!({ "volumes": ["none"] }), "does not exist"),
        (json!({ "user_data": "x".repeat(65_537) }), "User data"),
    ];
    for (extra, reason) in cases {
        let refused = sandbox.post("/v2/droplets", droplet("web", extra.clone())).await;
        assert_eq!(refused.status, 422, "{extra}");
        assert!(refused.message().contains(reason), "{extra}: {}", refused.message());
    }
    assert_eq!(sandbox.get("/v2/droplets").await["meta"]["total"], 0);
    assert_eq!(sandbox.get("/v2/tags").await["meta"]["total"], 0);
}

#[tokio::test]
async fn the_droplet_limit_holds() {
    let sandbox = Sandbox::start().await;
    sandbox.control("PUT", "settings", Some(json!({ "droplet_limit": 1 }))).await;
    sandbox.droplet("first", json!({})).await;
    let refused = sandbox.post("/v2/droplets", droplet("second", json!({}))).await;
    assert_eq!(refused.status, 422);
    assert!(refused.message().contains("droplet limit"));
}

#[tokio::test]
async fn user_data_with_an_emoji_is_taken_and_the_droplet_vanishes() {
    let sandbox = Sandbox::start().await;
    let volume = sandbox.volume("data").await;
    let extra = json!({ "user_data": "#cloud-config\n# \u{1f680}", "volumes": [volume] });
    let made = sandbox.post("/v2/droplets", droplet("rocket", extra)).await;
    assert_eq!(made.status, 202);
    let path = format!("/v2/droplets/{}", made.json()["droplet"]["id"]);
    let action = format!("/v2/actions/{}", made.json()["links"]["actions"][0]["id"]);
    assert_eq!(sandbox.status(&path).await, 200);
    sandbox.advance(31).await;
    assert_eq!(sandbox.get(&action).await["action"]["status"], "errored");
    assert_eq!(sandbox.status(&path).await, 404);
    let volume = sandbox.get(&format!("/v2/volumes/{volume}")).await;
    assert_eq!(volume["volume"]["droplet_ids"], json!([]));
}

#[tokio::test]
async fn a_deleted_droplet_lingers_then_is_gone_and_its_volume_stays() {
    let sandbox = Sandbox::start().await;
    let volume = sandbox.volume("data").await;
    let id = sandbox.droplet("web", json!({ "volumes": [volume], "tags": ["t"] })).await;
    let path = format!("/v2/droplets/{id}");
    assert_eq!(sandbox.get(&path).await["droplet"]["volume_ids"], json!([volume]));
    assert_eq!(sandbox.delete(&path).await.status, 204);
    assert_eq!(sandbox.status(&path).await, 200);
    assert_eq!(sandbox.delete(&path).await.status, 422);
    sandbox.advance(6).await;
    assert_eq!(sandbox.status(&path).await, 404);
    assert_eq!(sandbox.delete(&path).await.status, 404);
    let volume = sandbox.get(&format!("/v2/volumes/{volume}")).await;
    assert_eq!(volume["volume"]["droplet_ids"], json!([]));
    assert_eq!(sandbox.get("/v2/tags/t").await["tag"]["resources"]["count"], 0);
}

#[tokio::test]
async fn all_droplets_of_a_tag_are_deleted_at_once() {
    let sandbox = Sandbox::start().await;
    sandbox.droplet("one", json!({ "tags": ["gone"] })).await;
    sandbox.droplet("two", json!({ "tags": ["gone"] })).await;
    sandbox.droplet("three", json!({})).await;
    assert_eq!(sandbox.delete("/v2/droplets?tag_name=gone").await.status, 204);
    sandbox.advance(6).await;
    assert_eq!(sandbox.get("/v2/droplets").await["meta"]["total"], 1);
    assert_eq!(sandbox.delete("/v2/droplets?tag_name=never").await.status, 404);
    assert_eq!(sandbox.delete("/v2/droplets").await.status, 422);
}

#[tokio::test]
async fn a_droplet_is_backed_up_as_its_policy_says() {
    let sandbox = Sandbox::start().await;
    let daily = json!({ "plan": "daily", "hour": 8 });
    let id = sandbox.droplet("web", json!({ "backup_policy": daily })).await;
    let path = format!("/v2/droplets/{id}/backups/policy");
    let policy = sandbox.get(&path).await["policy"].clone();
    assert_eq!(
        (&policy["backup_enabled"], &policy["backup_policy"]["hour"]),
        (&json!(true), &json!(8))
    );
    let actions = format!("/v2/droplets/{id}/actions");
    let weekly = json!({ "plan": "weekly", "weekday": "MON", "hour": 4 });
    sandbox.act(&actions, json!({ "type": "enable_backups", "backup_policy": weekly })).await;
    sandbox.advance(60).await;
    assert_eq!(sandbox.get(&path).await["policy"]["backup_policy"]["weekday"], "MON");
    let odd = json!({ "type": "enable_backups", "backup_policy": { "plan": "daily", "hour": 5 } });
    assert_eq!(sandbox.post(&actions, odd).await.status, 422);
    let all = sandbox.get("/v2/droplets/backups/policies").await;
    assert_eq!(all["policies"][id.to_string()]["droplet_id"], id);
    sandbox.get("/v2/droplets/backups/supported_policies").await;
}

#[tokio::test]
async fn what_hangs_on_a_droplet_can_be_listed() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.droplet("web", json!({})).await;
    for (part, key) in [
        ("snapshots", "snapshots"),
        ("backups", "backups"),
        ("kernels", "kernels"),
        ("firewalls", "firewalls"),
        ("neighbors", "droplets"),
    ] {
        let listed = sandbox.get(&format!("/v2/droplets/{id}/{part}")).await;
        assert_eq!(listed[key], json!([]), "{part}");
        assert_eq!(sandbox.status(&format!("/v2/droplets/1/{part}")).await, 404, "{part}");
    }
    let actions = sandbox.get(&format!("/v2/droplets/{id}/actions")).await;
    assert_eq!(actions["actions"][0]["type"], "create");
}
