//! An account, a folder or a moment that stands in the way.

use insta::assert_snapshot;
use serde_json::json;

use crate::{
    mistakes::{offline, unchanged},
    support::env::Env,
};

/// What another user of the account has made.
fn firewall(name: &str) -> serde_json::Value {
    let anywhere = json!({ "addresses": ["0.0.0.0/0"] });
    let rule = json!({ "protocol": "tcp", "ports": "22", "sources": anywhere });
    json!({ "name": name, "inbound_rules": [rule], "outbound_rules": [] })
}

#[test]
fn what_has_our_name_but_is_not_ours_needs_a_person() {
    let env = Env::with_cloud();
    let vpc = json!({ "name": "core-dev", "region": "sfo2", "ip_range": "10.99.0.0/24" });
    env.cloud().post("/v2/vpcs", vpc);
    env.cloud().post("/v2/firewalls", firewall("core-dev-vector"));
    let volume = json!({ "name": "core-dev-app-data", "region": "sfo2", "size_gigabytes": 100 });
    env.cloud().post("/v2/volumes", volume);
    assert_snapshot!(unchanged(&env, "up --yes --no-provision"), @"
    exit 8
    ---- stdout
    stack core-dev
      + tag      dostack:core-dev
      + VPC      core-dev
      + SSH key  dostack core-dev a170fd0f
      + domain   example.com
    app
      + tag      dostack:core-dev:app
      + volume   core-dev-app-data                                           +$10.00
      + firewall core-dev-app               4 in, 3 out
      + droplet  core-dev-app               s-8vcpu-32gb-640gb-intel        +$192.00
      + record   admin.example.com          A -> app
      + record   app.example.com            A -> app
    network
      + firewall core-dev-network           2 in, 3 out
    vector
      + tag      dostack:core-dev:vector
      + volume   core-dev-vector-data       160 GiB                          +$16.00
      + firewall core-dev-vector
      + droplet  core-dev-vector            s-4vcpu-8gb                      +$48.00
      + record   vector.example.com         A -> vector
    snapshots: up to $192.00 a month more, for up to 20 of `vector` (160 GiB)
    note: nobody takes snapshots by night: `dostack up --schedule` says who does
    Refused plan: 16 to create. $0.00 -> $266.00 a month (+$266.00).
    ---- stderr
    error: stack:vpc: a VPC named `core-dev` exists ([uuid]) and does not carry this stack's mark
    help: adopt it with `vpc: { adopt: … }`, or give this one another name with `vpc: { name: … }`
    error: app:volume: a volume named `core-dev-app-data` exists in sfo2 ([uuid]) and does not carry the mark of `app:volume`
    help: adopt it, or give this one another name: `volume: { adopt: … }`, `volume: { name: … }`
    error: vector:firewall: a firewall named `core-dev-vector` exists ([uuid]) and covers none of this stack's tags
    help: rename or delete it, or give this one another name
    the plan is refused; nothing was changed
    ");
}

#[test]
fn a_stack_that_another_machine_has_locked_is_left_alone() {
    let env = Env::with_cloud();
    env.cloud().post("/v2/firewalls", firewall("dostack-lock-core-dev"));
    assert_snapshot!(unchanged(&env, "up --yes --no-provision"), @"
    exit 9
    ---- stderr
    error: the stack is locked by somebody unknown (firewall [uuid])
    help: wait until it ends, or `dostack unlock` if that machine is gone
    ");
    assert_snapshot!(env.run("unlock --yes"), @"
    exit 0
    ---- stderr
    the stack is locked by somebody unknown
    unlocked
    ");
    assert_snapshot!(env.run("unlock --yes"), @"
    exit 0
    ---- stderr
    the stack is not locked
    ");
    let _ = env.run("up --yes --no-provision").expect(0);
}

#[test]
fn two_runs_on_one_machine_do_not_meet() {
    let env = Env::with_cloud();
    env.cloud().fault(("POST", "/v2/vpcs"), (1, 1), &json!({ "delay_ms": 60_000 }));
    let first = env.start("up --yes --no-provision");
    env.cloud().wait_for("POST /v2/vpcs", 1);
    assert_snapshot!(env.run("up --yes --no-provision"), @"
    exit 9
    ---- stderr
    error: another run is writing to .dostack/core-dev/journal.jsonl: `up` by process [pid] on [host], since [time]
    help: wait until it ends; `dostack history` shows what it does
    ");
    assert_snapshot!(env.run("preview --no-provision --target network").expect(0).words(), @"");
    first.kill_at_work();
}

#[test]
fn a_journal_that_cannot_be_read_stops_before_anything_is_sent() {
    let env = Env::with_cloud();
    env.write(".dostack/core-dev/journal.jsonl", "this is no journal\nnor is this\n");
    assert_snapshot!(offline(&env, "up --yes --no-provision"), @"
    exit 10
    ---- stderr
    error: .dostack/core-dev/journal.jsonl is damaged at line 1 (byte 0): it does not end as a line does
    help: the account is the state: with the journal moved away, nothing but its history is lost
    ");
    let _ = env.run("preview --no-provision").expect(0);
}

#[test]
fn a_quota_that_may_not_be_read_is_told_as_digitalocean_tells_it() {
    let env = Env::with_cloud();
    env.cloud().fault(("GET", "/v2/account$"), (1, 1000), &json!({ "status": 403 }));
    env.cloud().call("PUT", "/_sandbox/settings", Some(&json!({ "droplet_limit": 1 })));
    assert_snapshot!(env.run("up --yes --no-provision --parallelism 1").summary(), @"
    exit 7
    ---- stdout
    Plan: 16 to create. $0.00 -> $266.00 a month (+$266.00).
    14 created, 1 failed, 1 skipped.
    failed: vector: cannot create the droplet core-dev-vector: POST /v2/droplets: refused: 422 unprocessable_entity creating this/these droplet(s) will exceed your droplet limit (request id [uuid])
    skipped: vector:record-vector (needs vector)
      core-dev-app             [public]  [private]
    ---- stderr
    + droplet  core-dev-vector  failed
    + record   vector.example.com  skipped because of vector
    error: only a part is done
    help: what DigitalOcean said is above; put that right, then run the same command again
    ");
    env.cloud().call("PUT", "/_sandbox/settings", Some(&json!({ "droplet_limit": 10 })));
    assert_snapshot!(env.run("up --yes --no-provision").summary(), @"
    exit 0
    ---- stdout
    Plan: 2 to create. $218.00 -> $266.00 a month (+$48.00).
    2 created.
      core-dev-app             [public]  [private]
      core-dev-vector          [public]  [private]
    $266.00 a month.
    ");
}

#[test]
fn a_reserved_ip_too_many_is_found_before_anything_is_sent() {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
    env.cloud().post("/v2/reserved_ips", json!({ "region": "sfo2" }));
    env.cloud().call("PUT", "/_sandbox/settings", Some(&json!({ "reserved_ip_limit": 1 })));
    env.edit_stack("    records: [vector]", "    reserved_ip: true\n    records: [vector]");
    let ran = env.run("preview --no-provision").expect(5);
    let said = "the account may hold 1 reserved IPs, has 1, and the plan makes 1 more";
    assert!(ran.words().contains(said), "{ran}");
}

#[test]
fn an_account_over_its_limit_is_found_before_anything_is_sent() {
    let env = Env::with_cloud();
    let stranger = json!({ "name": "stranger", "region": "sfo2", "size": "s-1vcpu-1gb", "image": "ubuntu-22-04-x64" });
    env.cloud().post("/v2/droplets", stranger);
    env.cloud().call("PUT", "/_sandbox/settings", Some(&json!({ "droplet_limit": 2 })));
    env.cloud().forget_calls();
    let ran = env.run("preview --no-provision").expect(5);
    assert_eq!(env.cloud().calls().changing().count(), 0);
    let said = "error: the account may hold 2 droplets, has 1, and the plan makes 2 more\nhelp: ask DigitalOcean for a higher limit";
    assert!(ran.words().contains(said), "{ran}");
    // The stranger's machine may have started meanwhile.
    let started = |thing: &String| thing.replace(" new ", " active ");
    let things = || -> Vec<String> { env.cloud().things().iter().map(started).collect() };
    let before = things();
    let _ = env.run("up --yes --no-provision").expect(5);
    assert_eq!(things(), before);
    // The limit is one of new machines: what fits goes through, and what stands is left alone.
    env.cloud().call("PUT", "/_sandbox/settings", Some(&json!({ "droplet_limit": 3 })));
    let _ = env.run("up --yes --no-provision").expect(0);
    env.cloud().call("PUT", "/_sandbox/settings", Some(&json!({ "droplet_limit": 1 })));
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
}
