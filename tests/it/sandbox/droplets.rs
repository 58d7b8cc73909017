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
    let kinds: Vec<_> =
        droplet["networks"]["v4"].as_array().unwrap().iter().map(|v4| v4["type"].clone()).collect();
    assert_eq!(kinds, ["public", "private"]);
    let action = sandbox.get(&format!("/v2/actions/{action}")).await["action"].clone();
    assert_eq!(action["status"], "completed");
    assert_eq!(action["resource_id"], *id);
}
