//! What belongs to no stack: listed, and deleted when it is named.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{
    env::{Env, SPEED},
    openapi,
    proxy::Proxy,
    until::until,
};

const SMALL: &str = "stack: dev\nregion: sfo2\nvpc: { ip_range: 10.120.0.0/16 }\n\
     ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }\n\
     components:\n  \
     app: { kind: Droplet, droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }, \
     volume: { size_gb: 10, filesystem: ext4 } }\n";

/// An account with a small stack and a lot that somebody forgot.
fn forgetful() -> Env {
    let env = Env::with_cloud();
    env.stack(SMALL);
    let _ = env.run("up --yes --no-provision").expect(0);
    let cloud = env.cloud();
    let image = "ubuntu-22-04-x64";
    cloud.post(
        "/v2/droplets",
        json!({ "names": ["old-web", "twin"], "region": "sfo2", "size": "s-2vcpu-4gb", "image": image }),
    );
    cloud.post(
        "/v2/droplets",
        json!({ "name": "twin", "region": "sfo2", "size": "s-1vcpu-1gb", "image": image }),
    );
    let volume = cloud.post(
        "/v2/volumes",
        json!({ "name": "old-data", "size_gigabytes": 100, "region": "sfo2" }),
    );
    let id = volume["volume"]["id"].as_str().unwrap();
    cloud.post(&format!("/v2/volumes/{id}/snapshots"), json!({ "name": "old-copy" }));
    let everybody = json!({ "addresses": ["0.0.0.0/0"] });
    let rule = json!({ "protocol": "tcp", "ports": "80", "sources": everybody });
    cloud.post("/v2/firewalls", json!({ "name": "on-nothing", "inbound_rules": [rule] }));
    cloud.post("/v2/vpcs", json!({ "name": "empty", "region": "sfo2", "ip_range": "10.9.0.0/20" }));
    cloud.post("/v2/reserved_ips", json!({ "region": "sfo2" }));
    // A machine that is still booting is not deleted but waited for.
    let is_up = || statuses(&env).iter().all(|status| status == "active");
    until("every machine is on", is_up);
    env
}

fn statuses(env: &Env) -> Vec<String> {
    let listed = env.cloud().call("GET", "/v2/droplets", None);
    let droplets = listed["droplets"].as_array().unwrap();
    droplets.iter().map(|droplet| droplet["status"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn without_a_name_it_lists_what_belongs_to_no_stack_and_touches_nothing() {
    let env = forgetful();
    env.cloud().forget_calls();
    let listed = env.run("purge").expect(0);
    assert_snapshot!(listed.data(), @"
    droplets, $54.00 a month
      old-web         s-2vcpu-4gb in sfo2, active               just now      $24.00
      twin [number]  s-2vcpu-4gb in sfo2, active               just now      $24.00
      twin [number]  s-1vcpu-1gb in sfo2, active               just now       $6.00
    volumes, $10.00 a month
      old-data        100 GiB in sfo2                           just now      $10.00
    snapshots, $6.00 a month
      old-copy        100 GiB of the volume `old-data`          just now       $6.00
    reserved IPs, $5.00 a month
      [public]  in sfo2, on no droplet                           -       $5.00
    firewalls, $0.00 a month
      on-nothing      1 rule, on nothing                        just now       $0.00
    VPCs, $0.00 a month
      empty           10.9.0.0/20 in sfo2, empty                just now       $0.00
    8 things belong to no stack: $75.00 a month.
    help: `dostack purge NAME` deletes what you name, and nothing else
    ");
    assert_eq!(env.cloud().calls().changing().count(), 0);
    let document: Value = serde_json::from_str(&env.run("purge --json").expect(0).stdout).unwrap();
    assert_eq!(document["kind"], "leftovers");
    assert_eq!(document["leftovers"]["monthly"], 2400 + 2400 + 600 + 1000 + 600 + 500);
    assert_eq!(document["leftovers"]["groups"][0]["things"][0]["sort"], "droplet");
}

#[test]
fn it_needs_no_stack_file_and_says_so_when_all_is_well() {
    let env = Env::with_cloud();
    std::fs::remove_dir_all(env.path("stacks")).unwrap();
    let listed = env.run("purge").expect(0);
    assert_eq!(listed.data(), "Everything in the account belongs to a stack or is in use.");
    let boxed = env.run("--sandbox purge").expect(0);
    assert_eq!(boxed.data(), "Everything in the account belongs to a stack or is in use.");
}

#[test]
fn a_reserved_ip_on_nothing_is_named_by_its_address() {
    let env = forgetful();
    let listed = env.run("purge --json").expect(0).stdout;
    let document: Value = serde_json::from_str(&listed).unwrap();
    let groups = document["leftovers"]["groups"].as_array().unwrap();
    let group = groups.iter().find(|group| group["sort"] == "reserved-ip").unwrap();
    let ip = group["things"][0]["name"].as_str().unwrap();
    let _ = env.run(&format!("purge --yes {ip}")).expect(0);
    assert!(!env.run("purge").expect(0).stdout.contains("reserved IPs"));
}

#[test]
fn only_what_is_named_is_deleted_and_a_second_look_does_not_find_it() {
    let env = forgetful();
    let before = env.cloud().things();
    let words = "purge --yes old-web old-data old-copy on-nothing empty";
    let purged = env.run(words).expect(0);
    let (told, _) = purged.stdout.split_once("deleted").unwrap();
    assert_snapshot!(told, @"
    droplets, $24.00 a month
      old-web     s-2vcpu-4gb in sfo2, active                   just now      $24.00
    volumes, $10.00 a month
      old-data    100 GiB in sfo2                               just now      $10.00
    snapshots, $6.00 a month
      old-copy    100 GiB of the volume `old-data`              just now       $6.00
    firewalls, $0.00 a month
      on-nothing  1 rule, on nothing                            just now       $0.00
    VPCs, $0.00 a month
      empty       10.9.0.0/20 in sfo2, empty                    just now       $0.00
    warning: the local disk of 1 droplet is lost for good
    warning: the data of 1 volume is lost for good
    warning: the data of 1 snapshot is lost for good
    5 things to delete: $40.00 a month saved.
    ");
    assert_eq!(purged.stdout.matches("deleted the ").count(), 5, "{purged}");
    let mut expected = before;
    expected.retain(|thing| {
        !["old-web", "old-data", "on-nothing", "empty"]
            .iter()
            .any(|name| thing.split(' ').nth(1) == Some(name))
    });
    assert_eq!(env.cloud().things(), expected);
    let left = env.run("purge").expect(0).data();
    assert!(left.contains("twin") && !left.contains("old-"), "{left}");
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
}

#[test]
fn nothing_is_deleted_unless_every_name_means_one_thing_that_may_go() {
    let env = forgetful();
    let before = env.cloud().things();
    assert_snapshot!(env.run("purge --yes twin").expect(8).words(), @"
    error: `twin` is the name of several things: droplet [number], droplet [number]
    help: name the one you mean by its id
    the plan is refused; nothing was changed
    ");
    assert_snapshot!(env.run("purge --yes old-dat old-web").expect(3).words(), @"
    error: nothing in the account has the name or id `old-dat`
    help: did you mean `old-data`?
    the plan is refused; nothing was changed
    ");
    assert_snapshot!(env.run("purge --yes dev-app dev-app-data").expect(12).words(), @"
    error: the droplet `dev-app` belongs to the stack `dev`
    help: `dostack destroy` of `dev` is the way to remove it
    error: the volume `dev-app-data` belongs to the stack `dev`
    help: `dostack destroy` of `dev` is the way to remove it
    the plan is refused; nothing was changed
    ");
    let asked = env.run("purge old-web").expect(3);
    assert!(asked.stderr.contains("pass `--yes`"), "{asked}");
    assert_eq!(env.cloud().things(), before);
}

#[test]
fn what_fails_keeps_nothing_else_from_going_and_can_be_named_again() {
    let env = forgetful();
    let refusal = json!({ "status": 422 });
    env.cloud().fault(("DELETE", "/v2/volumes"), (1, 1), &refusal);
    let ran = env.run("purge --yes old-data old-copy empty").expect(7);
    assert!(ran.stdout.contains("deleted the VPC `empty`"), "{ran}");
    assert!(ran.stdout.contains("failed: the volume `old-data`"), "{ran}");
    let _ = env.run("purge --yes old-data").expect(0);
}

#[test]
fn a_deletion_whose_answer_is_lost_is_sent_again() {
    let env = forgetful();
    let cut = json!({ "drop": "after" });
    env.cloud().fault(("DELETE", "/v2/"), (1, 3), &cut);
    let _ = env.run("purge --yes old-data old-copy empty").expect(0);
    let left = env.run("purge").expect(0).data();
    assert!(!left.contains("old-data") && !left.contains("empty"), "{left}");
}

#[test]
fn a_purge_that_is_stopped_begins_nothing_new() {
    let env = forgetful();
    env.cloud().forget_calls();
    env.cloud().fault(("DELETE", "/v2/droplets"), (1, 1), &json!({ "delay_ms": 600 }));
    let purge = env.start("purge --yes old-web old-data");
    env.cloud().wait_for("DELETE /v2/droplets/{droplet_id}", 1);
    purge.signal("INT");
    let _ = purge.finish().expect(130);
    let left = env.run("purge").expect(0).data();
    assert!(left.contains("old-data"), "{left}");
}

#[test]
fn every_call_of_a_purge_is_as_the_api_describes_it() {
    let mut env = forgetful();
    let proxy = Proxy::before(env.cloud().address());
    env.use_account(&proxy.address(), SPEED);
    let _ = env.run("purge --yes old-web old-data old-copy on-nothing empty").expect(0);
    for exchange in proxy.exchanges() {
        let (method, path) = (&exchange.method, &exchange.path);
        openapi::check_request(method, path, &exchange.sent).unwrap();
        openapi::check_response(method, path, exchange.status, &exchange.got).unwrap();
        assert!(method == "GET" || exchange.status < 400, "{exchange:?}");
    }
}
