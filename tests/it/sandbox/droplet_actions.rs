//! What is done to droplets, and when it is refused.

use serde_json::{Value, json};

use super::support::Sandbox;

async fn act(sandbox: &Sandbox, id: u64, body: Value) -> (u16, String) {
    let answer = sandbox.post(&format!("/v2/droplets/{id}/actions"), body).await;
    let message = if answer.status.is_success() { String::new() } else { answer.message() };
    (answer.status.as_u16(), message)
}

async fn shown(sandbox: &Sandbox, id: u64) -> Value {
    sandbox.get(&format!("/v2/droplets/{id}")).await["droplet"].clone()
}

#[tokio::test]
async fn one_thing_happens_at_a_time() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.booting_droplet("web", json!({})).await;
    let pending = (422, "Droplet already has a pending event.".to_owned());
    assert_eq!(act(&sandbox, id, json!({ "type": "power_off" })).await, pending);
    sandbox.advance(31).await;
    assert_eq!(act(&sandbox, id, json!({ "type": "shutdown" })).await.0, 201);
    assert_eq!(act(&sandbox, id, json!({ "type": "power_off" })).await, pending);
    assert_eq!(sandbox.delete(&format!("/v2/droplets/{id}")).await.status, 422);
    sandbox.advance(6).await;
    assert_eq!(shown(&sandbox, id).await["status"], "off");
    let off = (422, "Droplet is already powered off.".to_owned());
    assert_eq!(act(&sandbox, id, json!({ "type": "power_off" })).await, off);
    assert_eq!(act(&sandbox, id, json!({ "type": "reboot" })).await.0, 422);
    assert_eq!(act(&sandbox, id, json!({ "type": "power_on" })).await.0, 201);
    sandbox.advance(11).await;
    assert_eq!(shown(&sandbox, id).await["status"], "active");
    assert_eq!(act(&sandbox, id, json!({ "type": "power_on" })).await.0, 422);
}

#[tokio::test]
async fn a_resize_needs_the_droplet_off_and_keeps_the_disk() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.droplet("web", json!({ "size": "s-2vcpu-4gb" })).await;
    let resize = |size: &str, disk: bool| json!({ "type": "resize", "size": size, "disk": disk });
    assert_eq!(act(&sandbox, id, resize("s-4vcpu-8gb", false)).await.0, 422);
    sandbox.act(&format!("/v2/droplets/{id}/actions"), json!({ "type": "power_off" })).await;
    sandbox.advance(6).await;
    let smaller = act(&sandbox, id, resize("s-1vcpu-1gb", false)).await;
    assert_eq!(smaller, (422, "Size can not decrease size of Droplet's disk image".to_owned()));
    assert_eq!(act(&sandbox, id, resize("s-99", false)).await.0, 422);
    assert_eq!(act(&sandbox, id, resize("s-4vcpu-8gb", false)).await.0, 201);
    sandbox.advance(59).await;
    assert_eq!(shown(&sandbox, id).await["size_slug"], "s-2vcpu-4gb");
    sandbox.advance(2).await;
    let resized = shown(&sandbox, id).await;
    assert_eq!(resized["size_slug"], "s-4vcpu-8gb");
    assert_eq!(resized["size"]["price_monthly"], 48.0);
    assert_eq!((&resized["memory"], &resized["disk"]), (&json!(8192), &json!(80)));
    assert_eq!(resized["status"], "off");

    assert_eq!(act(&sandbox, id, resize("s-2vcpu-4gb", false)).await.0, 201);
    sandbox.advance(61).await;
    let spelled = json!({ "type": "resize", "size": "s-4vcpu-8gb", "disk": "true" });
    assert_eq!(act(&sandbox, id, spelled).await.0, 201);
    sandbox.advance(61).await;
    assert_eq!(shown(&sandbox, id).await["disk"], 160);
    assert_eq!(act(&sandbox, id, resize("s-2vcpu-4gb", false)).await.0, 422);
}

#[tokio::test]
async fn a_snapshot_becomes_an_image_one_can_start_from() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.droplet("web", json!({})).await;
    let path = format!("/v2/droplets/{id}/actions");
    sandbox.act(&path, json!({ "type": "snapshot", "name": "before" })).await;
    sandbox.advance(31).await;
    let image = shown(&sandbox, id).await["snapshot_ids"][0].clone();
    let snapshots = sandbox.get(&format!("/v2/droplets/{id}/snapshots")).await;
    assert_eq!(snapshots["snapshots"][0]["id"], image);
    let listed = sandbox.get("/v2/snapshots?resource_type=droplet").await;
    assert_eq!(listed["snapshots"][0]["id"], image.to_string());
    assert_eq!(listed["snapshots"][0]["resource_id"], id.to_string());
    assert_eq!(sandbox.get("/v2/images?private=true").await["meta"]["total"], 1);
    sandbox.droplet("copy", json!({ "image": image })).await;

    sandbox.act(&path, json!({ "type": "restore", "image": image })).await;
    sandbox.advance(61).await;
    assert_eq!(shown(&sandbox, id).await["image"]["id"], image);
    assert_eq!(sandbox.delete(&format!("/v2/snapshots/{image}")).await.status, 204);
    assert_eq!(shown(&sandbox, id).await["snapshot_ids"], json!([]));
    assert_eq!(shown(&sandbox, id).await["image"]["status"], "deleted");
    assert_eq!(sandbox.status(&format!("/v2/images/{image}")).await, 404);
    let public = act(&sandbox, id, json!({ "type": "restore", "image": 125_095_702 })).await;
    assert_eq!(public.0, 422);
}

#[tokio::test]
async fn a_droplet_can_be_renamed_rebuilt_and_given_features() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.droplet("web", json!({})).await;
    let path = format!("/v2/droplets/{id}/actions");
    for body in [
        json!({ "type": "rename", "name": "api" }),
        json!({ "type": "rebuild", "image": "debian-12-x64" }),
        json!({ "type": "enable_ipv6" }),
        json!({ "type": "enable_backups" }),
        json!({ "type": "password_reset" }),
        json!({ "type": "reboot" }),
    ] {
        sandbox.act(&path, body).await;
        sandbox.advance(60).await;
    }
    let droplet = shown(&sandbox, id).await;
    assert_eq!(droplet["name"], "api");
    assert_eq!(droplet["image"]["slug"], "debian-12-x64");
    let features = droplet["features"].as_array().unwrap();
    assert!(features.contains(&json!("ipv6")) && features.contains(&json!("backups")));
    assert_eq!(droplet["networks"]["v6"][0]["type"], "public");
    sandbox.act(&path, json!({ "type": "disable_backups" })).await;
    sandbox.advance(60).await;
    assert!(!shown(&sandbox, id).await["features"].as_array().unwrap().contains(&json!("backups")));
    for bad in [
        json!({ "type": "explode" }),
        json!({ "type": "rename" }),
        json!({ "type": "rename", "name": "a_b" }),
        json!({ "type": "rebuild", "image": "none" }),
        json!({ "type": "change_kernel", "kernel": 1 }),
        json!({}),
    ] {
        assert_eq!(act(&sandbox, id, bad.clone()).await.0, 422, "{bad}");
    }
}

#[tokio::test]
async fn an_action_by_tag_reaches_all_or_none() {
    let sandbox = Sandbox::start().await;
    let one = sandbox.droplet("one", json!({ "tags": ["group"] })).await;
    sandbox.droplet("two", json!({ "tags": ["group"] })).await;
    let path = "/v2/droplets/actions?tag_name=group";
    let resize = json!({ "type": "resize", "size": "s-2vcpu-4gb" });
    assert_eq!(sandbox.post(path, resize).await.status, 422);
    let off = sandbox.post(path, json!({ "type": "power_off" })).await;
    assert_eq!(off.status, 201);
    assert_eq!(off.json()["actions"].as_array().unwrap().len(), 2);
    sandbox.advance(6).await;
    sandbox.act(&format!("/v2/droplets/{one}/actions"), json!({ "type": "power_on" })).await;
    assert_eq!(sandbox.post(path, json!({ "type": "power_on" })).await.status, 422);
    let nobody = "/v2/droplets/actions?tag_name=nobody";
    assert_eq!(sandbox.post(nobody, json!({ "type": "power_on" })).await.status, 404);
}

#[tokio::test]
async fn an_action_belongs_to_its_droplet_and_outlives_it() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.droplet("web", json!({})).await;
    let action =
        sandbox.act(&format!("/v2/droplets/{id}/actions"), json!({ "type": "reboot" })).await;
    sandbox.advance(60).await;
    sandbox.delete(&format!("/v2/droplets/{id}")).await;
    sandbox.advance(60).await;
    assert_eq!(sandbox.status(&format!("/v2/droplets/{id}/actions/{action}")).await, 200);
    assert_eq!(sandbox.status(&format!("/v2/droplets/1/actions/{action}")).await, 404);
    let all = sandbox.get("/v2/actions").await;
    let kinds: Vec<_> =
        all["actions"].as_array().unwrap().iter().map(|action| action["type"].clone()).collect();
    assert_eq!(kinds, ["destroy", "reboot", "create"]);
}

#[tokio::test]
async fn speed_divides_durations() {
    let sandbox = Sandbox::start().await;
    sandbox.control("PUT", "settings", Some(json!({ "speed": 10.0 }))).await;
    let id = sandbox.booting_droplet("web", json!({})).await;
    sandbox.advance(3).await;
    assert_eq!(shown(&sandbox, id).await["status"], "active");
}
