//! Reserved IPs from end to end: `reserved_ip: true` in a stack file and what comes of it.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{
    env::{Env, SPEED},
    openapi,
    proxy::Proxy,
};

const RECORDS: &str = "    records: [app, admin]";
const WITH: &str = "    reserved_ip: true\n    records: [app, admin]";

/// The development stack with a reserved IP for its application.
fn wants_one(env: &Env) {
    env.edit_stack(RECORDS, WITH);
}

fn up(env: &Env) -> String {
    env.run("up --yes --no-provision").expect(0).data()
}

/// What the account has of reserved IPs and their tags.
fn reserved(env: &Env) -> Vec<String> {
    let things = env.cloud().things().into_iter();
    things.filter(|thing| thing.contains("reserved IP") || thing.contains("-ip:")).collect()
}

fn droplet(env: &Env, name: &str) -> u64 {
    let droplets = env.cloud().call("GET", "/v2/droplets", None)["droplets"].clone();
    let found = droplets.as_array().unwrap().iter().find(|droplet| droplet["name"] == name);
    found.unwrap()["id"].as_u64().unwrap()
}

fn record(env: &Env, name: &str) -> String {
    let path = "/v2/domains/example.com/records";
    let records = env.cloud().call("GET", path, None)["domain_records"].clone();
    let is_it = |record: &&Value| record["type"] == "A" && record["name"] == name;
    let found = records.as_array().unwrap().iter().find(is_it).unwrap()["data"].clone();
    found.as_str().unwrap().to_owned()
}

#[test]
fn a_reserved_ip_is_shown_made_pointed_at_and_given_back() {
    let env = Env::with_cloud();
    up(&env);
    wants_one(&env);
    let preview = env.run("preview --no-provision").expect(0);
    assert_snapshot!(preview.data(), @"
    app
      + reserved IP core-dev-app       free while it is on the droplet
      ~ record      admin.example.com
          data: [public] -> (address of app:ip)
      ~ record      app.example.com
          data: [public] -> (address of app:ip)
      14 unchanged
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Plan: 1 to create, 2 to update. $266.00 a month, as before.
    ");
    let summary = up(&env);
    assert_eq!(reserved(&env), ["reserved IP on core-dev-app", "tag dostack-ip:core-dev"]);
    let outputs = env.run("--json outputs").expect(0);
    let outputs: Value = serde_json::from_str(&outputs.stdout).unwrap();
    let ip = outputs["outputs"]["app"]["reserved_ip"].as_str().unwrap().to_owned();
    assert!(summary.contains("(reserved)"), "{summary}");
    assert!(env.run("outputs").expect(0).stdout.contains(&ip));
    assert_eq!([record(&env, "app"), record(&env, "admin")], [ip.clone(), ip.clone()]);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    env.edit_stack(WITH, RECORDS);
    let preview = env.run("preview --no-provision").expect(0);
    assert_snapshot!(preview.data(), @"
    stack core-dev
      - tag         one tag that nothing carries any more
          no longer in the stack file
    app
      ~ record      admin.example.com
          data: [public] -> [public]
      ~ record      app.example.com
          data: [public] -> [public]
      - reserved IP [public]
          the address is given back for good
          no longer in the stack file
      14 unchanged
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Plan: 2 to update, 2 to delete. $266.00 a month, as before.
    ");
    up(&env);
    assert_eq!(reserved(&env), Vec::<String>::new());
    assert_ne!(record(&env, "app"), ip);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
}

#[test]
fn destroy_leaves_no_reserved_ip_behind() {
    let env = Env::with_cloud();
    wants_one(&env);
    up(&env);
    let _ = env.run("destroy --yes").expect(0);
    assert_eq!(reserved(&env), Vec::<String>::new());
}

#[test]
fn a_reserved_ip_made_by_hand_is_refused_and_survives_destroy() {
    let env = Env::with_cloud();
    up(&env);
    let by_hand = json!({ "droplet_id": droplet(&env, "core-dev-app") });
    env.cloud().post("/v2/reserved_ips", by_hand);
    env.cloud().post("/_sandbox/clock", json!({ "advance_seconds": 60 }));
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    wants_one(&env);
    let ran = env.run("up --yes --no-provision").expect(8);
    assert!(ran.words().contains("was not made by this stack"), "{ran}");
    assert!(ran.words().contains("put the tag `dostack-ip:core-dev` on the droplet"), "{ran}");
    let _ = env.run("destroy --yes").expect(0);
    assert_eq!(reserved(&env), ["reserved IP on nothing"]);
}

#[test]
fn reserved_ips_cost_a_call_only_where_there_are_some() {
    let env = Env::with_cloud();
    let calls = |env: &Env| {
        env.cloud().forget_calls();
        let _ = env.run("preview --no-provision").expect(0);
        env.cloud().calls().routes
    };
    up(&env);
    assert!(!calls(&env).contains_key("GET /v2/reserved_ips"));
    wants_one(&env);
    up(&env);
    assert_eq!(calls(&env)["GET /v2/reserved_ips"], 1);
    env.edit_stack(WITH, RECORDS);
    assert_eq!(calls(&env)["GET /v2/reserved_ips"], 1);
}

#[test]
fn a_reserved_ip_whose_answer_is_lost_is_not_made_twice() {
    for effect in
        [json!({ "drop": "after" }), json!({ "drop": "before" }), json!({ "status": 500 })]
    {
        let env = Env::with_cloud();
        wants_one(&env);
        env.cloud().fault(("POST", "/v2/reserved_ips$"), (1, 1), &effect);
        up(&env);
        assert_eq!(reserved(&env), ["reserved IP on core-dev-app", "tag dostack-ip:core-dev"]);
        let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    }
}

#[test]
fn a_run_that_is_killed_while_an_address_comes_or_goes_is_taken_up() {
    let env = Env::with_cloud();
    up(&env);
    let without = env.cloud().things();
    wants_one(&env);
    // The lock's, the tag twice, the address, two records, the lock's.
    for count in 1..6 {
        killed_after(&env, count);
        up(&env);
        assert_eq!(reserved(&env), ["reserved IP on core-dev-app", "tag dostack-ip:core-dev"]);
        env.edit_stack(WITH, RECORDS);
        killed_after(&env, count);
        up(&env);
        let things = env.cloud().things_but(&["dostack-ip:core-dev"]);
        assert_eq!(things, without, "killed after {count} changes");
        wants_one(&env);
    }
}

/// Kills `up` after so many calls that change something.
fn killed_after(env: &Env, count: usize) {
    env.cloud().forget_calls();
    let run = env.start("up --yes --no-provision");
    env.cloud().wait_for_changes(count);
    run.kill();
}

#[test]
fn every_call_about_a_reserved_ip_is_as_the_api_describes_it() {
    let mut env = Env::with_cloud();
    let proxy = Proxy::before(env.cloud().address());
    env.use_account(&proxy.address(), SPEED);
    up(&env);
    wants_one(&env);
    up(&env);
    env.edit_stack(WITH, RECORDS);
    up(&env);
    env.edit_stack(RECORDS, WITH);
    up(&env);
    let _ = env.run("destroy --yes").expect(0);
    let exchanges = proxy.exchanges();
    let about = exchanges.iter().filter(|exchange| exchange.path.contains("reserved_ips"));
    assert!(about.count() > 8);
    for exchange in &exchanges {
        let (method, path) = (&exchange.method, &exchange.path);
        openapi::check_request(method, path, &exchange.sent).unwrap();
        openapi::check_response(method, path, exchange.status, &exchange.got).unwrap();
    }
}
