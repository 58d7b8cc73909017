//! Snapshots of droplets from end to end: what `destroy` keeps, and what it loses by name.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::env::Env;

fn snapshots(env: &Env) -> Vec<String> {
    let all = env.cloud().call("GET", "/v2/snapshots", None)["snapshots"].clone();
    let name = |snapshot: &Value| snapshot["name"].as_str().unwrap().to_owned();
    all.as_array().unwrap().iter().map(name).collect()
}

/// The development stack with a snapshot of its vector store taken by hand.
fn with_a_snapshot() -> Env {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
    let droplets = env.cloud().call("GET", "/v2/droplets", None)["droplets"].clone();
    let is_it = |droplet: &&Value| droplet["name"] == "core-dev-vector";
    let id = droplets.as_array().unwrap().iter().find(is_it).unwrap()["id"].clone();
    let action = json!({ "type": "snapshot", "name": "before-the-move" });
    env.cloud().post(&format!("/v2/droplets/{id}/actions"), action);
    env.cloud().post("/_sandbox/clock", json!({ "advance_seconds": 900 }));
    assert_eq!(snapshots(&env), ["before-the-move"]);
    env
}

#[test]
fn destroy_keeps_a_machines_snapshot_and_says_what_it_costs() {
    let env = with_a_snapshot();
    let ran = env.run("destroy --yes").expect(0);
    let kept: Vec<&str> = ran.stdout.lines().filter(|line| line.contains("snapshot")).collect();
    assert_snapshot!(kept.join("\n"), @"kept: snapshot `before-the-move`, 3 GiB, $0.14 a month");
    assert_eq!(snapshots(&env), ["before-the-move"]);
}

#[test]
fn a_machines_snapshot_that_is_named_goes() {
    let env = with_a_snapshot();
    let _ = env.run("destroy --yes --delete-data before-the-move").expect(0);
    assert_eq!(snapshots(&env), Vec::<String>::new());
}

#[test]
fn a_strangers_snapshot_is_not_deleted_by_its_name() {
    let env = with_a_snapshot();
    let _ = env.run("destroy --yes").expect(0);
    let ran = env.run("destroy --yes --delete-data before-the-move").expect(3);
    assert!(ran.words().contains("names no volume or snapshot of this stack"), "{ran}");
    assert_eq!(snapshots(&env), ["before-the-move"]);
}
