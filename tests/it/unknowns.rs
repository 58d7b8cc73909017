//! What nobody knows of DigitalOcean's API makes no difference to what dostack leaves behind.

use std::thread;

use serde_json::{Map, Value, json};

use crate::support::env::Env;

/// What the account holds after `up`, and after `destroy`.
type Ends = [Vec<String>; 2];

/// Brings a stack up, changes it, destroys it, and brings it up once more, in an account that is
/// like this.
fn life(answers: &Value) -> Ends {
    let env = Env::with_cloud();
    env.cloud().answer(answers);
    let told = |what: &str| format!("{what} under {answers}");
    let up = "up --yes --no-provision";
    let ran = env.run(up);
    assert_eq!(ran.code, Some(0), "{}: {ran}", told("up"));
    let there = env.cloud().things();
    nothing_changes(&env, &told("a second up"));
    env.edit_stack("droplet: { size: s-4vcpu-8gb,", "droplet: { size: s-8vcpu-16gb,");
    env.edit_stack("ladder: [s-4vcpu-8gb, s-8vcpu-16gb]", "ladder: [s-8vcpu-16gb]");
    let ran = env.run(up);
    assert_eq!(ran.code, Some(0), "{}: {ran}", told("a resize"));
    env.destroy_for_good("");
    let left = env.cloud().things();
    let ran = env.run(up);
    assert_eq!(ran.code, Some(0), "{}: {ran}", told("up after destroy"));
    nothing_changes(&env, &told("a second up after destroy"));
    [there, left]
}

/// Runs `up` and sees that it sends nothing that changes anything, but for the lock.
fn nothing_changes(env: &Env, told: &str) {
    env.cloud().forget_calls();
    let ran = env.run("up --yes --no-provision");
    assert_eq!(ran.code, Some(0), "{told}: {ran}");
    let calls = env.cloud().calls();
    let changing: Vec<_> =
        calls.changing().filter(|call| !call.path.starts_with("/v2/firewalls")).collect();
    assert!(changing.is_empty(), "{told}: {changing:?}");
}

/// Every answer that is not the usual one.
fn unusual() -> Vec<(&'static str, Value)> {
    vec![
        ("tag_search_lag", json!(90)),
        ("name_search_lag", json!(90)),
        ("name_check_lag", json!(5)),
        ("member_lag", json!(60)),
        ("droplet_delete_seconds", json!(60)),
        ("volume_name_hold", json!(60)),
        ("power_on_while_on", json!("accepted")),
        ("resize_while_on", json!("accepted")),
        ("delete_with_volumes", json!("refused")),
        ("snapshots_of_deleted", json!("go")),
    ]
}

#[test]
fn whatever_the_answer_to_one_question_it_comes_out_the_same() {
    let usual = life(&json!({}));
    assert_eq!(usual[1], ["domain example.com"]);
    let lives = |(question, answer): (&'static str, Value)| {
        (question, thread::spawn(move || life(&json!({ question: answer }))))
    };
    for (question, led) in unusual().into_iter().map(lives).collect::<Vec<_>>() {
        assert_eq!(led.join().unwrap(), usual, "{question}");
    }
}

/// Some of the unusual answers, picked by the bits of a number.
fn picked(seed: usize) -> Value {
    let all = unusual().into_iter().enumerate();
    let some = all.filter(|(place, _)| seed >> place & 1 == 1);
    some.map(|(_, (question, answer))| (question.to_owned(), answer)).collect::<Map<_, _>>().into()
}

#[test]
fn whatever_the_answers_to_several_questions_it_comes_out_the_same() {
    let usual = life(&json!({}));
    let lives = |seed| (seed, thread::spawn(move || life(&picked(seed))));
    for (seed, led) in [0b11_1111_1111, 0b01_0101_1001, 0b10_1010_0110].map(lives) {
        assert_eq!(led.join().unwrap(), usual, "{seed:b}");
    }
}

#[test]
fn two_runs_that_both_get_the_lock_make_nothing_twice() {
    let usual = life(&json!({}));
    let env = Env::with_cloud();
    env.cloud().answer(&json!({ "name_check_lag": 60 }));
    let runs = [(); 2].map(|()| env.start("up --yes --no-provision"));
    let codes = runs.map(|run| run.finish().code);
    // One of them may have found the other at work.
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 9))), "{codes:?}");
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(env.cloud().things(), usual[0]);
}

/// The development stack with one of every kind that DigitalOcean knows.
fn one_of_every_kind() -> Env {
    let env = Env::with_cloud();
    env.edit_stack("vpc: { ip", "project: Shop\nvpc: { ip");
    let more = "    reserved_ip: true\n    \
                alerts: [{ type: cpu, above: 80, for: 5m, email: [ops@example.com] }]\n    \
                records: [app, admin]";
    env.edit_stack("    records: [app, admin]", more);
    env
}

/// Has the first two calls of each of these routes carried out and answered with 429.
fn throttle_after_the_fact(env: &Env, paths: &[&str]) {
    let effect = json!({ "status": 429, "executed": true });
    for path in paths {
        env.cloud().fault(("POST", &format!("/v2/{path}$")), (1, 2), &effect);
    }
}

#[test]
fn a_throttled_creation_that_was_carried_out_makes_nothing_twice() {
    let usual = one_of_every_kind();
    let _ = usual.run("up --yes --no-provision").expect(0);
    let env = one_of_every_kind();
    let paths = [
        "account/keys",
        "domains",
        "domains/[^/]+/records",
        "droplets",
        "firewalls",
        "monitoring/alerts",
        "projects",
        "projects/[^/]+/resources",
        "reserved_ips",
        "tags",
        "tags/[^/]+/resources",
        "volumes",
        "vpcs",
    ];
    throttle_after_the_fact(&env, &paths);
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(env.cloud().things(), usual.cloud().things());
    nothing_changes(&env, "after throttled calls that were carried out");
}

#[test]
fn a_throttled_action_that_was_carried_out_does_nothing_twice() {
    let changed = |env: &Env| {
        env.edit_stack("droplet: { size: s-4vcpu-8gb,", "droplet: { size: s-8vcpu-16gb,");
        env.edit_stack("ladder: [s-4vcpu-8gb, s-8vcpu-16gb]", "ladder: [s-8vcpu-16gb]");
        env.edit_stack("size_gb: 160", "size_gb: 170");
        let _ = env.run("up --yes --no-provision --replace app").expect(0);
    };
    let [usual, env] = [(); 2].map(|()| {
        let env = one_of_every_kind();
        let _ = env.run("up --yes --no-provision").expect(0);
        env
    });
    changed(&usual);
    let paths = [
        "droplets",
        "droplets/[^/]+/actions",
        "reserved_ips/[^/]+/actions",
        "volumes/[^/]+/actions",
        "volumes/[^/]+/snapshots",
    ];
    throttle_after_the_fact(&env, &paths);
    changed(&env);
    assert_eq!(env.cloud().things(), usual.cloud().things());
    let snapshots = env.cloud().call("GET", "/v2/snapshots", None);
    assert_eq!(snapshots["meta"]["total"], 1);
    nothing_changes(&env, "after throttled actions that were carried out");
}

#[test]
fn who_is_in_a_network_that_cannot_be_deleted_is_named() {
    let env = Env::at_speed(500);
    let _ = env.run("up --yes --no-provision").expect(0);
    let vpcs = env.cloud().call("GET", "/v2/vpcs?per_page=200", None);
    let own = vpcs["vpcs"].as_array().unwrap().iter().find(|vpc| vpc["name"] == "core-dev");
    let stranger = json!({
        "name": "stranger",
        "region": "sfo2",
        "size": "s-1vcpu-1gb",
        "image": "ubuntu-22-04-x64",
        "vpc_uuid": own.unwrap()["id"],
    });
    env.cloud().post("/v2/droplets", stranger);
    let ran = env.run("destroy --yes").expect(7);
    let said = "which still holds do:droplet:[number] (stranger); move or delete that";
    assert!(ran.data().contains(said), "{ran}");
}
