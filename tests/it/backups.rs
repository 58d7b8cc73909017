//! Backups from end to end: `backups:` in a stack file and what comes of it.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{
    env::{Env, SPEED},
    openapi,
    proxy::Proxy,
};

const DROPLET: &str = "droplet: { size: s-4vcpu-8gb, image: ubuntu-22-04-x64";
const VECTOR: &str = "droplet: { size: s-4vcpu-8gb, image: ubuntu-22-04-x64 }";

fn with(backups: &str) -> String {
    format!("{DROPLET}, backups: {backups} }}")
}

/// What DigitalOcean has about the backups of the vector store.
fn policy(env: &Env) -> Value {
    let droplets = env.cloud().call("GET", "/v2/droplets", None)["droplets"].clone();
    let is_it = |droplet: &&Value| droplet["name"] == "core-dev-vector";
    let id = droplets.as_array().unwrap().iter().find(is_it).unwrap()["id"].clone();
    env.cloud().call("GET", &format!("/v2/droplets/{id}/backups/policy"), None)["policy"].clone()
}

fn up(env: &Env) {
    let _ = env.run("up --yes --no-provision").expect(0);
    let _ = env.run("preview --detailed-exitcode --no-provision").expect(0);
}

#[test]
fn backups_begin_change_and_end_in_place() {
    let mut env = Env::with_cloud();
    let proxy = Proxy::before(env.cloud().address());
    env.use_account(&proxy.address(), SPEED);
    env.edit_stack(VECTOR, &with("true"));
    up(&env);
    assert_eq!(policy(&env)["backup_enabled"], true);
    let daily = with("{ plan: daily, hour: 4 }");
    env.edit_stack(&with("true"), &daily);
    let preview = env.run("preview --no-provision").expect(0);
    assert_snapshot!(preview.data(), @"
    vector
      ~ droplet  core-dev-vector                                              +$4.80
          backups: weekly SUN at 00:00 UTC -> daily at 04:00 UTC
      15 unchanged
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Plan: 1 to update. $275.60 -> $280.40 a month (+$4.80).
    ");
    up(&env);
    assert_eq!(policy(&env)["backup_policy"]["plan"], "daily");
    let weekly = with("{ plan: weekly, weekday: tue, hour: 20 }");
    env.edit_stack(&daily, &weekly);
    up(&env);
    assert_eq!(policy(&env)["backup_policy"]["weekday"], "TUE");
    env.edit_stack(&weekly, &with("false"));
    up(&env);
    assert_eq!(policy(&env)["backup_enabled"], false);
    env.edit_stack(&with("false"), &weekly);
    up(&env);
    let _ = env.run("destroy --yes").expect(0);
    for exchange in &proxy.exchanges() {
        let (method, path) = (&exchange.method, &exchange.path);
        openapi::check_request(method, path, &exchange.sent).unwrap();
        openapi::check_response(method, path, exchange.status, &exchange.got).unwrap();
    }
}

#[test]
fn a_change_of_backups_whose_answer_is_lost_is_made_all_the_same() {
    for effect in [json!({ "drop": "after" }), json!({ "drop": "before" })] {
        let env = Env::with_cloud();
        up(&env);
        for (before, after) in [
            (VECTOR.to_owned(), with("{ plan: daily }")),
            (with("{ plan: daily }"), with("{ plan: weekly, weekday: wed }")),
            (with("{ plan: weekly, weekday: wed }"), with("false")),
        ] {
            env.edit_stack(&before, &after);
            env.cloud().fault(("POST", "/v2/droplets/{droplet_id}/actions"), (1, 1), &effect);
            up(&env);
        }
    }
}

#[test]
fn policies_are_read_only_where_there_are_backups() {
    let env = Env::with_cloud();
    up(&env);
    env.edit_stack(VECTOR, &with("true"));
    env.cloud().forget_calls();
    let _ = env.run("preview --no-provision").expect(0);
    let route = "GET /v2/droplets/backups/policies";
    assert!(!env.cloud().calls().routes.contains_key(route));
    up(&env);
    env.cloud().forget_calls();
    let _ = env.run("preview --no-provision").expect(0);
    assert_eq!(env.cloud().calls().routes[route], 1);
}
