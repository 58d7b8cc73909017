//! Destroying droplets with what belongs to them: all of it, some of it, and once more.

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Sandbox, TOKEN};

/// A droplet with one of everything, and the paths below which it is destroyed and things are.
struct Loaded {
    sandbox: Sandbox,
    droplet: u64,
    path: String,
    volume: String,
    volume_snapshot: String,
    image: u64,
    ip: String,
}

async fn loaded() -> Loaded {
    let sandbox = Sandbox::start().await;
    let volume = sandbox.volume("data").await;
    let droplet = sandbox.droplet("web", json!({ "volumes": [volume] })).await;
    let snapshots = format!("/v2/volumes/{volume}/snapshots");
    let taken = sandbox.post(&snapshots, json!({ "name": "s" })).await;
    let volume_snapshot = taken.json()["snapshot"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v2/droplets/{droplet}");
    sandbox.act(&format!("{path}/actions"), json!({ "type": "snapshot", "name": "i" })).await;
    sandbox.advance(31).await;
    let image = sandbox.get(&path).await["droplet"]["snapshot_ids"][0].as_u64().unwrap();
    let made = sandbox.post("/v2/reserved_ips", json!({ "droplet_id": droplet })).await.json();
    sandbox.advance(6).await;
    let ip = made["reserved_ip"]["ip"].as_str().unwrap().to_owned();
    let path = format!("{path}/destroy_with_associated_resources");
    Loaded { sandbox, droplet, path, volume, volume_snapshot, image, ip }
}

impl Loaded {
    /// Which of the five things are gone.
    async fn gone(&self) -> Vec<&'static str> {
        let mut gone = Vec::new();
        for (name, path) in [
            ("droplet", format!("/v2/droplets/{}", self.droplet)),
            ("volume", format!("/v2/volumes/{}", self.volume)),
            ("volume snapshot", format!("/v2/snapshots/{}", self.volume_snapshot)),
            ("snapshot", format!("/v2/snapshots/{}", self.image)),
            ("reserved IP", format!("/v2/reserved_ips/{}", self.ip)),
        ] {
            if self.sandbox.status(&path).await == 404 {
                gone.push(name);
            }
        }
        gone
    }

    async fn dangerous(&self, header: Option<&str>) -> u16 {
        let request = self.sandbox.raw(Method::DELETE, &format!("{}/dangerous", self.path));
        let request = request.bearer_auth(TOKEN);
        let request = match header {
            Some(header) => request.header("X-Dangerous", header),
            None => request,
        };
        request.send().await.unwrap().status().as_u16()
    }

    async fn told(&self) -> Value {
        self.sandbox.get(&format!("{}/status", self.path)).await
    }
}

#[tokio::test]
async fn what_belongs_to_a_droplet_is_listed_with_its_monthly_cost() {
    let loaded = loaded().await;
    let listed = loaded.sandbox.get(&loaded.path).await;
    assert_eq!(listed["volumes"][0]["id"], loaded.volume);
    assert_eq!(listed["volumes"][0]["cost"], "10.00");
    assert_eq!(listed["volume_snapshots"][0]["cost"], "6.00");
    assert_eq!(listed["snapshots"][0]["id"], loaded.image.to_string());
    assert_eq!(listed["reserved_ips"][0]["id"], loaded.ip);
    assert_eq!(loaded.sandbox.status(&format!("{}/status", loaded.path)).await, 404);
}

#[tokio::test]
async fn everything_goes_if_the_header_says_that_it_is_meant() {
    let loaded = loaded().await;
    assert_eq!(loaded.dangerous(None).await, 400);
    assert_eq!(loaded.dangerous(Some("false")).await, 400);
    assert_eq!(loaded.gone().await, [""; 0]);
    assert_eq!(loaded.dangerous(Some("true")).await, 202);
    let told = loaded.told().await;
    assert_eq!((&told["completed_at"], &told["failures"]), (&Value::Null, &json!(0)));
    let retried = loaded.sandbox.call("POST", &format!("{}/retry", loaded.path), None).await;
    assert_eq!(retried.status, 409);
    loaded.sandbox.advance(11).await;
    let all = ["droplet", "volume", "volume snapshot", "snapshot", "reserved IP"];
    assert_eq!(loaded.gone().await, all);
    let told = loaded.told().await;
    assert!(told["completed_at"].is_string(), "{told}");
    assert!(told["resources"]["volumes"][0]["destroyed_at"].is_string(), "{told}");
}

#[tokio::test]
async fn only_what_is_named_goes_with_the_droplet() {
    let loaded = loaded().await;
    let path = format!("{}/selective", loaded.path);
    let strange = json!({ "volumes": ["3f000000-0000-4000-8000-000000000000"] });
    let refused = loaded.sandbox.call("DELETE", &path, Some(strange)).await;
    assert_eq!(refused.status, 422);
    let body = json!({ "volumes": [loaded.volume], "snapshots": [loaded.image.to_string()] });
    assert_eq!(loaded.sandbox.call("DELETE", &path, Some(body)).await.status, 202);
    loaded.sandbox.advance(11).await;
    assert_eq!(loaded.gone().await, ["droplet", "volume", "snapshot"]);
}

#[tokio::test]
async fn what_did_not_go_is_told_and_tried_again() {
    let loaded = loaded().await;
    let fault = json!({ "path": "*/dangerous", "effect": { "action": "errored" } });
    loaded.sandbox.control("POST", "faults", Some(fault)).await;
    assert_eq!(loaded.dangerous(Some("true")).await, 202);
    loaded.sandbox.advance(11).await;
    let told = loaded.told().await;
    assert_eq!(told["failures"], 1);
    assert!(told["droplet"]["error_message"].is_string(), "{told}");
    assert_eq!(loaded.gone().await, [""; 0]);
    let retry = format!("{}/retry", loaded.path);
    assert_eq!(loaded.sandbox.call("POST", &retry, None).await.status, 202);
    loaded.sandbox.advance(11).await;
    assert_eq!(loaded.gone().await.len(), 5);
    assert_eq!(loaded.told().await["failures"], 0);
}

#[tokio::test]
async fn a_volume_that_is_busy_stays_and_goes_the_next_time() {
    let loaded = loaded().await;
    let grow = json!({ "type": "resize", "size_gigabytes": 200 });
    assert_eq!(loaded.dangerous(Some("true")).await, 202);
    loaded.sandbox.advance(6).await;
    loaded.sandbox.act(&format!("/v2/volumes/{}/actions", loaded.volume), grow).await;
    loaded.sandbox.advance(4).await;
    let told = loaded.told().await;
    assert_eq!(told["failures"], 1, "{told}");
    assert!(told["resources"]["volumes"][0]["error_message"].is_string(), "{told}");
    loaded.sandbox.advance(6).await;
    loaded.sandbox.call("POST", &format!("{}/retry", loaded.path), None).await;
    loaded.sandbox.advance(11).await;
    assert_eq!(loaded.gone().await.len(), 5);
}
