//! Drills from end to end: what is made for one, and that nothing of it is ever left.

use serde_json::{Value, json};

use crate::support::{
    env::Env,
    nights::{self, stack},
    side_by_side::side_by_side,
};

/// How many copies the stack keeps.
const KEEP: &str = "last: 3";

/// How many times faster than DigitalOcean these accounts are: nobody answers at their droplets, and
/// that is waited for.
const SPEED: u32 = 100;

const DRILL: &str = "snapshot drill --yes";

/// An account with a stack and a copy of its one volume, at whose droplets nobody answers; and
/// everything that is in it.
fn env() -> (Env, Vec<String>) {
    let env = nights::env(SPEED, KEEP);
    let nobody = json!({ "core-drill": { "public": "127.0.0.77" }, "core-store": { "public": "127.0.0.78" } });
    env.cloud().call("PUT", "/_sandbox/addresses", Some(&nobody));
    let _ = env.run("up --yes --no-provision").expect(0);
    let _ = env.run("snapshot run").expect(0);
    let things = things(&env);
    env.cloud().forget_calls();
    (env, things)
}

/// Everything in the account, but for the tag that drills of other stacks use too.
fn things(env: &Env) -> Vec<String> {
    env.cloud().things_but(&["dostack-drill"])
}

/// What is paid for, or protects something.
fn lasting(things: &[String]) -> Vec<&String> {
    things.iter().filter(|thing| !thing.starts_with("tag ")).collect()
}

/// Everything that a drill changes, in its order.
const CHANGES: [&str; 11] = [
    "POST tags",
    "POST tags",
    "POST volumes",
    "POST firewalls",
    "POST droplets",
    "POST volumes/actions",
    "POST volumes/actions",
    "DELETE volumes",
    "DELETE droplets",
    "DELETE firewalls",
    "DELETE tags",
];

#[test]
fn what_is_made_for_a_drill_is_protected_marked_and_removed() {
    let (env, before) = env();
    let ran = env.run(DRILL).expect(6);
    assert!(ran.stdout.contains(" was not looked at: "), "{ran}");
    let price = "is made into a volume of 10 GiB, tried on a droplet s-1vcpu-2gb of its own, and removed: \
                 up to $0.02 an hour";
    assert!(ran.words().contains(price), "{ran}");
    assert_eq!(things(&env), before);
    assert_eq!(env.cloud().changes(), CHANGES);
}

#[test]
fn in_the_box_everything_is_made_and_nobody_looks() {
    let env = Env::new();
    env.stack(&stack(KEEP));
    let _ = env.run("--sandbox up --yes --no-provision").expect(0);
    let _ = env.run("--sandbox snapshot run").expect(0);
    let ran = env.run("--sandbox --json snapshot drill --yes").expect(0);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let drill = &document["drill"];
    assert_eq!((&drill["verdict"], &drill["left"]), (&json!("untold"), &Value::Null), "{ran}");
    assert_eq!(drill["address"], "store:volume");
    let left = env.run("--sandbox --json purge").expect(0);
    assert!(!left.stdout.contains("drill"), "{left}");
}

/// Every call that changes something in a drill.
const CALLS: [(&str, &str); 10] = [
    ("POST", "/v2/tags"),
    ("POST", "/v2/volumes"),
    ("POST", "/v2/firewalls"),
    ("POST", "/v2/droplets"),
    ("POST", "/v2/volumes/{volume_id}/actions"),
    ("DELETE", "/v2/volumes/{volume_id}"),
    ("DELETE", "/v2/droplets/{droplet_id}"),
    ("DELETE", "/v2/firewalls/{firewall_id}"),
    ("DELETE", "/v2/tags/{tag_id}"),
    ("GET", "/v2/droplets/{droplet_id}"),
];

/// A drill with a fault at one of its calls leaves nothing that costs, and the next one no mark.
fn with_faults(effect: &Value, times: u32) {
    side_by_side(CALLS, |(method, path)| {
        let (env, before) = env();
        let path = if path.ends_with('}') || path.ends_with("actions") {
            path.to_owned()
        } else {
            format!("{path}$")
        };
        env.cloud().fault((method, &path), (1, times), effect);
        let first = env.run(DRILL);
        assert_ne!(first.code, Some(1), "{method} {path}: {first}");
        env.cloud().heal();
        let now = things(&env);
        if times == 1 {
            assert_eq!(lasting(&now), lasting(&before), "{method} {path}: {first}");
        }
        let droplets =
            env.cloud().calls().changing().filter(|call| call.path == "/v2/droplets").count();
        assert!(droplets <= 1, "{method} {path}: {first}");
        let second = env.run(DRILL).expect(6);
        assert_eq!(things(&env), before, "{method} {path}: {first}\n{second}");
    });
}

#[test]
fn an_answer_that_is_lost_leaves_nothing() {
    with_faults(&json!({ "drop": "after" }), 1);
}

#[test]
fn a_call_that_never_arrives_leaves_nothing() {
    with_faults(&json!({ "drop": "before" }), 1);
}

#[test]
fn a_call_that_is_refused_again_and_again_leaves_nothing_to_the_next() {
    with_faults(&json!({ "status": 403 }), 1000);
}

#[test]
fn a_drill_that_is_killed_anywhere_is_cleared_away_by_the_next() {
    side_by_side(1..=10, |count| {
        let (env, before) = env();
        env.cloud().hold_after(&CHANGES, count);
        let first = env.start(DRILL);
        env.cloud().wait_for_changes(count + 1);
        first.kill_at_work();
        env.cloud().heal();
        let second = env.run(DRILL).expect(6);
        assert_eq!(things(&env), before, "killed after {count} changes: {second}");
    });
}

/// A drill that is stopped once something is so removes what it has made.
fn stopped_once((env, before): (Env, Vec<String>), is_so: impl FnOnce(&Env)) {
    let first = env.start(DRILL);
    is_so(&env);
    first.signal("INT");
    let ran = first.finish().expect(130);
    assert!(ran.words().contains("nothing of the drill is left"), "{ran}");
    assert_eq!(things(&env), before, "{ran}");
}

#[test]
fn a_drill_that_is_stopped_removes_what_it_has_made() {
    side_by_side(1..=6, |count| {
        stopped_once(env(), |env| env.cloud().wait_for_changes(count));
    });
}

#[test]
fn a_drill_that_waits_for_an_answer_is_stopped_there_and_then() {
    let reads = [("/v2/droplets/{droplet_id}", 1), ("/v2/volumes/{volume_id}", 2)];
    side_by_side(reads, |(path, nth)| {
        let account = env();
        account.0.cloud().fault(("GET", path), (nth, 1), &json!({ "delay_ms": 3_600_000 }));
        stopped_once(account, |env| env.cloud().wait_for(&format!("GET {path}"), nth.into()));
    });
}

#[test]
fn a_drill_at_work_elsewhere_is_left_alone_until_its_time_is_up() {
    let (env, before) = env();
    let made = |until: &str| {
        let tag = format!("dostack-drill:core:a-b-c-d-e-f-{until}");
        env.cloud().post("/v2/tags", json!({ "name": tag }));
        let volume =
            json!({ "name": "elsewhere", "region": "sfo2", "size_gigabytes": 1, "tags": [tag] });
        env.cloud().post("/v2/volumes", volume);
    };
    made("ffffffff");
    let busy = things(&env);
    let _ = env.run(DRILL).expect(6);
    assert_eq!(things(&env), busy);
    let listed = env.run("purge").expect(0);
    assert!(listed.stdout.contains("elsewhere"), "{listed}");
    let _ = env.run("purge elsewhere --yes").expect(0);
    env.cloud().call("DELETE", "/v2/tags/dostack-drill:core:a-b-c-d-e-f-ffffffff", None);
    made("1");
    let _ = env.run(DRILL).expect(6);
    assert_eq!(things(&env), before);
}

#[test]
fn a_machine_of_the_stack_may_be_used_and_is_left_as_it_was() {
    let (env, before) = env();
    let ran = env.run(&format!("{DRILL} --on store")).expect(6);
    assert!(ran.words().contains("up to $0.01 an hour"), "{ran}");
    assert_eq!(things(&env), before);
    let changes = env.cloud().changes().join(" ");
    assert!(!changes.contains("droplets") && !changes.contains("firewalls"), "{changes}");
    let ran = env.run(&format!("{DRILL} --on stor")).expect(3);
    assert!(ran.words().contains("did you mean `store`?"), "{ran}");
}

#[test]
fn a_snapshot_or_a_volume_is_meant_by_its_name() {
    let (env, before) = env();
    let listed = env.run("--json snapshot list").expect(0);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let name = listed["volumes"][0]["snapshots"][0]["name"].as_str().unwrap();
    for what in [name, "store", "store:volume", "core-store-data"] {
        let ran = env.run(&format!("{DRILL} {what}")).expect(6);
        assert!(ran.stdout.starts_with(&format!("{name} was not looked at")), "{ran}");
    }
    env.cloud().forget_calls();
    let unknown = env.run(&format!("{DRILL} core-store-dat")).expect(3);
    assert!(unknown.words().contains("no snapshot of the stack's volumes is called"), "{unknown}");
    let unasked = env.run("snapshot drill").expect(3);
    assert!(unasked.words().contains("there is no terminal to ask on"), "{unasked}");
    assert_eq!(env.cloud().changes(), Vec::<String>::new());
    assert_eq!(things(&env), before);
}
