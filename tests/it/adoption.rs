//! Machines that were there before: the stack of a user whose two droplets run already.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{
    env::{Env, SPEED},
    openapi,
    proxy::Proxy,
};

const VECTOR: &str = "superagi-dev-sfo2-01";
const APP: &str = "ubuntu-s-2vcpu-8gb-160gb-intel-sfo2-01";

/// An account with two droplets that somebody made by hand, in the region's own VPC, and the
/// development stack that adopts all three.
fn inherited() -> Env {
    let env = Env::with_cloud();
    for (name, size) in [(VECTOR, "s-4vcpu-8gb"), (APP, "s-2vcpu-8gb-160gb-intel")] {
        make(&env, name, size);
    }
    env.edit_stack("vpc: { ip_range: 10.120.0.0/16 }", "vpc: { adopt: default-sfo2 }");
    adopt(&env, "size: s-4vcpu-8gb", VECTOR);
    adopt(&env, "size: s-8vcpu-32gb-640gb-intel", APP);
    env
}

fn make(env: &Env, name: &str, size: &str) -> u64 {
    let droplet = json!({ "name": name, "size": size, "region": "sfo2", "image": "debian-12-x64" });
    let made = env.cloud().post("/v2/droplets", droplet);
    env.cloud().post("/_sandbox/clock", json!({ "advance_seconds": 300 }));
    made["droplet"]["id"].as_u64().unwrap()
}

fn adopt(env: &Env, size: &str, name: &str) {
    let whole = format!("{{ {size}, image: ubuntu-22-04-x64 }}");
    let adopting =
        format!("{{ {size}, image: ubuntu-22-04-x64, adopt: {{ name: {name}, else: create }} }}");
    env.edit_stack(&whole, &adopting);
}

/// Every droplet's id, size and tags, by its name.
fn droplets(env: &Env) -> BTreeMap<String, Value> {
    let droplets = env.cloud().call("GET", "/v2/droplets", None)["droplets"].clone();
    let droplets = droplets.as_array().unwrap().clone();
    let part = |droplet: &Value| {
        json!([droplet["id"], droplet["size_slug"], droplet["status"], droplet["tags"]])
    };
    let named = |droplet: &Value| droplet["name"].as_str().unwrap().to_owned();
    droplets.iter().map(|droplet| (named(droplet), part(droplet))).collect()
}

/// What the account holds, without the tag that all stacks share and leave behind.
fn things(env: &Env) -> Vec<String> {
    env.cloud().things_but(&["dostack-adopted"])
}

#[test]
fn the_users_own_machines_are_shown_before_they_are_taken_in() {
    let env = inherited();
    let ran = env.run("preview --no-provision").expect(0);
    assert_snapshot!(ran.data(), @"
    stack core-dev
      + tag        dostack:core-dev
      + SSH key    dostack core-dev a170fd0f
      + domain     example.com
    app
      + tag        dostack:core-dev:app
      + volume     core-dev-app-data                       100 GiB           +$10.00
      + firewall   core-dev-app                            4 in, 3 out
      > droplet    ubuntu-s-2vcpu-8gb-160gb-intel-sfo2-01                   +$144.00
          tags: + dostack-adopted, dostack-claim:core-dev:app
          size: s-2vcpu-8gb-160gb-intel -> s-8vcpu-32gb-640gb-intel (power off)
          off for about 2 min
      + attachment app:volume on app
      + record     admin.example.com                       A -> app
      + record     app.example.com                         A -> app
      > tag        ubuntu-s-2vcpu-8gb-160gb-intel-sfo2-01  comes under the stack's firewalls
          tags: + dostack:core-dev:app, dostack:core-dev
    network
      + firewall   core-dev-network                        2 in, 3 out
    vector
      + tag        dostack:core-dev:vector
      + volume     core-dev-vector-data                    160 GiB           +$16.00
      + firewall   core-dev-vector                         4 in, 3 out
      > droplet    superagi-dev-sfo2-01
          tags: + dostack-adopted, dostack-claim:core-dev:vector
      + attachment vector:volume on vector
      + record     vector.example.com                      A -> vector
      > tag        superagi-dev-sfo2-01                    comes under the stack's firewalls
          tags: + dostack:core-dev:vector, dostack:core-dev
      1 unchanged
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: app: no firewall covers it today, so every port can be reached; the last step leaves open: tcp all from 10.100.128.0/20, tcp 22 from anywhere, tcp 80 from anywhere, tcp 443 from anywhere, tcp 5432 from 10.100.128.0/20
    note: app: it keeps its name `ubuntu-s-2vcpu-8gb-160gb-intel-sfo2-01`, its region and its image `debian-12-x64` (the file says `ubuntu-22-04-x64`): what the file says of those is for the next rebuild; keys and what machines start with come over SSH
    note: vector: no firewall covers it today, so every port can be reached; the last step leaves open: tcp all from 10.100.128.0/20, tcp 22 from anywhere, tcp 443 from anywhere, tcp 2112 from 10.100.128.0/20, tcp 8080 from 10.100.128.0/20, tcp 50051 from 10.100.128.0/20
    note: vector: it keeps its name `superagi-dev-sfo2-01`, its region and its image `debian-12-x64` (the file says `ubuntu-22-04-x64`): what the file says of those is for the next rebuild; keys and what machines start with come over SSH
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Plan: 15 to create, 2 to adopt. $96.00 -> $266.00 a month (+$170.00).
    ");
}

#[test]
fn the_users_own_machines_are_adopted_without_being_rebuilt_and_let_go_of_again() {
    let env = inherited();
    let (before, account) = (droplets(&env), things(&env));
    let _ = env.run("up --yes --no-provision").expect(0);
    let after = droplets(&env);
    for name in [VECTOR, APP] {
        assert_eq!(after[name][0], before[name][0], "{name} was rebuilt");
        assert_eq!(after[name][2], "active");
        assert!(after[name][3].to_string().contains("dostack-adopted"), "{}", after[name]);
    }
    assert_eq!(after.len(), 2);
    assert_eq!(after[APP][1], "s-8vcpu-32gb-640gb-intel");
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    let destroyed = env.run("destroy --yes --delete-data app:volume --delete-data vector:volume");
    let destroyed = destroyed.expect(0);
    assert!(destroyed.data().contains("2 to release"), "{destroyed}");
    let mut last = droplets(&env);
    assert_eq!(last[APP][1], "s-8vcpu-32gb-640gb-intel");
    last.get_mut(APP).unwrap()[1] = before[APP][1].clone();
    assert_eq!(last, before);
    let kept = |thing: &&String| !thing.starts_with("droplet ") && *thing != "domain example.com";
    let left: Vec<String> = things(&env).iter().filter(kept).cloned().collect();
    assert_eq!(left, account.iter().filter(kept).cloned().collect::<Vec<_>>());
}

#[test]
fn an_adoption_that_was_killed_is_taken_up() {
    let undisturbed = {
        let env = inherited();
        let _ = env.run("up --yes --no-provision").expect(0);
        things(&env)
    };
    for count in [2, 7, 12, 17, 22] {
        let env = inherited();
        let before = droplets(&env);
        env.cloud().forget_calls();
        let first = env.start("up --yes --no-provision");
        env.cloud().wait_for_changes(count);
        first.kill();
        let _ = env.run("up --yes --no-provision").expect(0);
        let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
        assert_eq!(things(&env), undisturbed, "killed after {count} changes");
        let ids = |droplets: &BTreeMap<String, Value>| -> Vec<Value> {
            droplets.values().map(|droplet| droplet[0].clone()).collect()
        };
        assert_eq!(ids(&droplets(&env)), ids(&before), "killed after {count} changes");
    }
}

#[test]
fn an_adoption_that_was_killed_and_left_the_file_is_shown_and_let_go_of() {
    let env = inherited();
    let before = droplets(&env);
    let actions = "/v2/droplets/{droplet_id}/actions";
    env.cloud().fault(("POST", actions), (1, 1), &json!({ "delay_ms": 3_600_000 }));
    env.cloud().forget_calls();
    let first = env.start("up --yes --no-provision");
    env.cloud().wait_for(&format!("POST {actions}"), 1);
    first.kill_at_work();
    env.cloud().heal();
    let claimed = droplets(&env);
    assert!(claimed[APP][3].to_string().contains("dostack-claim"), "{claimed:?}");
    env.stack(
        "stack: core-dev\nregion: sfo2\nvpc: { adopt: default-sfo2 }\n\
         ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }\n\
         components:\n  \
         network: { kind: NetworkFirewall, inbound: [{ protocol: tcp, ports: all, from: [vpc] }] }\n",
    );
    let shown = env.run("preview --no-provision").expect(0);
    assert!(shown.data().contains("to release"), "{shown}");
    let _ = env.run("up --yes --no-provision").expect(0);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    let after = droplets(&env);
    for name in [VECTOR, APP] {
        assert_eq!((&after[name][0], &after[name][2]), (&before[name][0], &json!("active")));
        let tags = after[name][3].to_string();
        assert!(!tags.contains("claim") && !tags.contains("core-dev"), "{name}: {tags}");
    }
}

#[test]
fn what_cannot_be_adopted_is_refused_with_what_to_do_instead() {
    let env = inherited();
    env.edit_stack("vpc: { adopt: default-sfo2 }", "vpc: { ip_range: 10.120.0.0/16 }");
    let outside = env.run("preview --no-provision").expect(3);
    assert!(outside.words().contains("with `vpc: { adopt: default-sfo2 }`"), "{outside}");
    env.edit_stack("vpc: { ip_range: 10.120.0.0/16 }", "vpc: { adopt: default-sfo9 }");
    let missing = env.run("preview --no-provision").expect(3);
    assert!(missing.words().contains("there is no VPC `default-sfo9`"), "{missing}");
    env.edit_stack("vpc: { adopt: default-sfo9 }", "vpc: { adopt: default-sfo2 }");
    let first = droplets(&env)[VECTOR][0].to_string();
    let second = make(&env, VECTOR, "s-1vcpu-1gb").to_string();
    let doubled = env.run("up --yes --no-provision").expect(3);
    let both = format!("there are 2 droplets of that name: {first}, {second}");
    assert!(doubled.stderr.contains(&both), "{doubled}");
    assert_eq!(
        env.cloud().calls().changing().count(),
        5,
        "only the test and the lock changed things"
    );
}

#[test]
fn an_adopted_machine_is_deleted_only_by_its_name() {
    let env = inherited();
    let _ = env.run("up --yes --no-provision").expect(0);
    let unknown = env.run("destroy --yes --delete-adopted nothing").expect(3);
    assert!(unknown.words().contains("names nothing adopted"), "{unknown}");
    let _ = env.run(&format!("destroy --yes --delete-adopted {VECTOR}")).expect(0);
    assert_eq!(droplets(&env).keys().collect::<Vec<_>>(), [APP]);
    // What is done is not asked for in vain.
    let _ = env.run(&format!("destroy --yes --delete-adopted {VECTOR}")).expect(0);
}

/// Volume, firewall and record of `inherited`, made by hand and adopted too.
fn inherited_parts(env: &Env) {
    let cloud = env.cloud();
    let volume =
        json!({ "name": "old-data", "size_gigabytes": 50, "region": "sfo2", "tags": ["theirs"] });
    cloud.post("/v2/volumes", volume);
    let everyone = json!({ "addresses": ["0.0.0.0/0"] });
    let rule = json!({ "protocol": "tcp", "ports": "8000", "sources": everyone });
    let wall = json!({ "name": "old-wall", "inbound_rules": [rule], "tags": ["theirs"] });
    cloud.post("/v2/firewalls", wall);
    cloud.post("/v2/domains", json!({ "name": "example.com" }));
    let record = json!({ "type": "A", "name": "app", "data": "192.0.2.9", "ttl": 300 });
    cloud.post("/v2/domains/example.com/records", record);
    env.edit_stack("volume: { size_gb: 100,", "volume: { adopt: old-data, size_gb: 100,");
    env.edit_stack("records: [app, admin]", "records: [{ name: app, adopt: true }, admin]");
    env.edit_stack("kind: NetworkFirewall", "kind: NetworkFirewall\n    adopt: old-wall");
}

/// The A records, by name: what they hold and for how long.
fn addresses(env: &Env) -> BTreeMap<String, Value> {
    let records = env.cloud().call("GET", "/v2/domains/example.com/records", None);
    let records = records["domain_records"].as_array().unwrap().clone();
    let hosts = records.iter().filter(|record| record["type"] == "A");
    let named = |record: &Value| record["name"].as_str().unwrap().to_owned();
    hosts.map(|record| (named(record), json!([record["data"], record["ttl"]]))).collect()
}

/// A thing of a kind, by its name.
fn one(env: &Env, kind: &str, name: &str) -> Value {
    let all = env.cloud().call("GET", &format!("/v2/{kind}"), None)[kind].clone();
    let found = all.as_array().unwrap().iter().find(|thing| thing["name"] == name);
    found.unwrap().clone()
}

#[test]
fn volume_firewall_and_record_are_adopted_and_given_back_as_they_were() {
    let mut env = inherited();
    inherited_parts(&env);
    let records = addresses(&env);
    let proxy = Proxy::before(env.cloud().address());
    env.use_account(&proxy.address(), SPEED);
    let shown = env.run("preview --no-provision --markdown").expect(0).data();
    for row in
        ["| adopt | `app:volume` | volume | `old-data` |", "| adopt | `network` | firewall |"]
    {
        assert!(shown.contains(row), "{shown}");
    }
    let _ = env.run("up --yes --no-provision").expect(0);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    assert_eq!(one(&env, "volumes", "old-data")["size_gigabytes"], 100);
    assert_ne!(addresses(&env)["app"], records["app"]);
    let gone = env.run("destroy --json --yes --delete-data vector:volume").expect(0);
    assert!(gone.stdout.contains("\"action\":\"release\""), "{gone}");
    assert_eq!(addresses(&env), records);
    assert_eq!(one(&env, "volumes", "old-data")["tags"], json!(["theirs"]));
    assert_eq!(one(&env, "firewalls", "old-wall")["tags"], json!(["theirs"]));
    let _ = env.run("destroy --yes").expect(0);
    for exchange in &proxy.exchanges() {
        let (method, path) = (&exchange.method, &exchange.path);
        openapi::check_request(method, path, &exchange.sent).unwrap();
        openapi::check_response(method, path, exchange.status, &exchange.got).unwrap();
    }
}

#[test]
fn what_stands_in_the_way_names_both_ways_out() {
    let env = Env::with_cloud();
    let cloud = env.cloud();
    cloud.post("/v2/domains", json!({ "name": "example.com" }));
    let record = json!({ "type": "A", "name": "app", "data": "192.0.2.9" });
    cloud.post("/v2/domains/example.com/records", record);
    let volume = json!({ "name": "core-dev-app-data", "size_gigabytes": 5, "region": "sfo2" });
    cloud.post("/v2/volumes", volume);
    let refused = env.run("preview --no-provision").expect(8);
    let words = refused.words();
    for way_out in [
        "adopt it with `{ name: app, adopt: true }`, delete it, or take the name out",
        "`volume: { adopt: … }`, `volume: { name: … }`",
    ] {
        assert!(words.contains(way_out), "{words}");
    }
}
