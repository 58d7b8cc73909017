//! The project a stack's things are in.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{
    env::{Env, SPEED},
    openapi,
    proxy::Proxy,
};

const GROUPED: &str = "stack: dev\nregion: sfo2\nvpc: { ip_range: 10.120.0.0/16 }\n\
     ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }\n\
     dns: { domain: example.com }\n\
     project: Shop\n\
     components:\n  \
     app: { kind: Droplet, droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }, \
     volume: { size_gb: 10, filesystem: ext4 }, reserved_ip: true }\n";

fn grouped() -> Env {
    let env = Env::with_cloud();
    env.stack(GROUPED);
    env
}

/// The names of projects, and of what is in each by kind.
fn projects(env: &Env) -> Vec<String> {
    let listed = env.cloud().call("GET", "/v2/projects", None);
    let projects = listed["projects"].as_array().unwrap().iter();
    projects.map(|project| told(env, project)).collect()
}

fn told(env: &Env, project: &Value) -> String {
    let path = format!("/v2/projects/{}/resources", project["id"].as_str().unwrap());
    let listed = env.cloud().call("GET", &path, None);
    let urns = listed["resources"].as_array().unwrap().iter();
    let mut kinds: Vec<&str> =
        urns.map(|it| it["urn"].as_str().unwrap().split(':').nth(1).unwrap()).collect();
    kinds.sort_unstable();
    format!("{}: {}", project["name"].as_str().unwrap(), kinds.join(" "))
}

#[test]
fn a_project_is_made_filled_and_in_order_ever_after() {
    let env = grouped();
    assert_snapshot!(env.run("preview --no-provision").expect(0).data(), @"
    stack dev
      + VPC         dev                   10.120.0.0/16 in sfo2
      + SSH key     dostack dev a170fd0f
      + domain      example.com
      + project     Shop
      + members     Shop                  4 things put in
    app
      + tag         dostack:dev:app
      + volume      dev-app-data          10 GiB                              +$1.00
      + firewall    dev-app               1 in, 3 out
      + droplet     dev-app               s-1vcpu-1gb                         +$6.00
      + reserved IP dev-app               free while it is on the droplet
    Plan: 10 to create. $0.00 -> $7.00 a month (+$7.00).
    ");
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(projects(&env), ["first-project: ", "Shop: domain droplet floatingip volume"]);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    env.cloud().forget_calls();
    let _ = env.run("preview --no-provision").expect(0);
    let routes = env.cloud().calls().routes;
    assert_eq!(routes.get("GET /v2/projects"), Some(&1), "{routes:?}");
    assert_eq!(routes.get("GET /v2/projects/{project_id}/resources"), Some(&1), "{routes:?}");
}

#[test]
fn a_project_that_exists_is_used_as_it_is_and_outlives_the_stack() {
    let env = grouped();
    let theirs = json!({ "name": "Shop", "purpose": "Everything", "description": "theirs" });
    env.cloud().post("/v2/projects", theirs);
    env.cloud().post("/v2/domains", json!({ "name": "example.com" }));
    env.edit_stack("project: Shop", "project: { name: Shop, purpose: Other }");
    let _ = env.run("up --yes --no-provision").expect(0);
    // A domain that was there before stays where it was: another stack may have it too.
    assert_eq!(projects(&env), ["first-project: domain", "Shop: droplet floatingip volume"]);
    env.destroy_for_good("");
    assert_eq!(projects(&env), ["first-project: domain", "Shop: "]);
    let listed = env.cloud().call("GET", "/v2/projects", None);
    assert_eq!(listed["projects"][1]["purpose"], "Everything");
}

#[test]
fn destroy_deletes_the_project_it_made_and_moves_out_what_stays() {
    let env = grouped();
    let _ = env.run("up --yes --no-provision").expect(0);
    let _ = env.run("destroy --yes").expect(0);
    assert_eq!(projects(&env), ["first-project: domain volume"]);
    let _ = env.run("destroy --yes").expect(0);
}

#[test]
fn a_project_that_holds_what_is_not_the_stacks_stays() {
    let env = grouped();
    let _ = env.run("up --yes --no-provision").expect(0);
    let listed = env.cloud().call("GET", "/v2/projects", None);
    let id = listed["projects"][1]["id"].as_str().unwrap();
    let volume = json!({ "name": "theirs", "size_gigabytes": 1, "region": "sfo2" });
    let made = env.cloud().post("/v2/volumes", volume);
    let urn = format!("do:volume:{}", made["volume"]["id"].as_str().unwrap());
    env.cloud().post(&format!("/v2/projects/{id}/resources"), json!({ "resources": [urn] }));
    let destroyed = env.run("destroy --yes --delete-data app:volume").expect(0);
    let note = "the project `Shop` holds one thing that is not the stack's, and stays";
    assert!(destroyed.stdout.contains(note), "{destroyed}");
    assert_eq!(projects(&env), ["first-project: ", "Shop: domain volume"]);
}

#[test]
fn what_changes_of_a_project_changes_in_place() {
    let env = grouped();
    let _ = env.run("up --yes --no-provision").expect(0);
    env.edit_stack("project: Shop", "project: { name: Store, environment: production }");
    assert_snapshot!(env.run("preview --no-provision").expect(0).data(), @"
    stack dev
      ~ project  Store
          name: Shop -> Store
          environment: + Production
      8 unchanged
    Plan: 1 to update. $7.00 a month, as before.
    ");
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(projects(&env), ["first-project: ", "Store: domain droplet floatingip volume"]);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
}

#[test]
fn a_machine_that_takes_the_place_of_another_is_put_into_the_project_too() {
    let env = grouped();
    let _ = env.run("up --yes --no-provision").expect(0);
    let _ = env.run("up --yes --no-provision --replace app").expect(0);
    assert_eq!(projects(&env), ["first-project: ", "Shop: domain droplet floatingip volume"]);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
}

#[test]
fn a_name_that_somebody_else_has_is_refused_once_the_stack_has_a_project() {
    let env = grouped();
    let _ = env.run("up --yes --no-provision").expect(0);
    env.cloud().post("/v2/projects", json!({ "name": "Store", "purpose": "Everything" }));
    env.edit_stack("project: Shop", "project: Store");
    let refused = env.run("up --yes --no-provision").expect(8);
    assert!(refused.stderr.contains("the stack has made `Shop` for itself"), "{refused}");
}

#[test]
fn without_a_project_in_the_file_nobody_asks_for_projects() {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
    let asked = env.cloud().calls().routes.into_keys();
    assert_eq!(asked.filter(|route| route.contains("projects")).count(), 0);
}

#[test]
fn every_call_about_a_project_is_as_the_api_describes_it() {
    let mut env = grouped();
    let proxy = Proxy::before(env.cloud().address());
    env.use_account(&proxy.address(), SPEED);
    let _ = env.run("up --yes --no-provision").expect(0);
    env.edit_stack("project: Shop", "project: { name: Store, purpose: Testing }");
    let _ = env.run("up --yes --no-provision").expect(0);
    let _ = env.run("destroy --yes").expect(0);
    let exchanges = proxy.exchanges();
    let about = exchanges.iter().filter(|it| it.path.starts_with("/v2/projects"));
    for exchange in about {
        let (method, path) = (&exchange.method, &exchange.path);
        openapi::check_request(method, path, &exchange.sent).unwrap();
        openapi::check_response(method, path, exchange.status, &exchange.got).unwrap();
        assert!(exchange.status < 400, "{exchange:?}");
    }
}
