//! What goes wrong on the way to DigitalOcean, and what comes of it.

use serde_json::{Value, json};

use crate::support::env::Env;

/// The development stack as it is in an account when nothing goes wrong.
fn undisturbed() -> Vec<String> {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
    env.cloud().things()
}

/// An account whose first create of each of these kinds goes wrong in this way.
fn with_fault(paths: &[&str], effect: &Value) -> Env {
    let env = Env::with_cloud();
    for path in paths {
        env.cloud().fault(("POST", &format!("{path}$")), (1, 1), effect);
    }
    env
}

/// Every place that things are created at, but for the lock's.
const CREATES: [&str; 7] = [
    "/v2/droplets",
    "/v2/volumes",
    "/v2/vpcs",
    "/v2/tags",
    "/v2/domains",
    "/v2/domains/example.com/records",
    "/v2/account/keys",
];

#[test]
fn a_create_whose_answer_is_lost_is_found_and_not_repeated() {
    let undisturbed = undisturbed();
    let env = with_fault(&CREATES, &json!({ "drop": "after" }));
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(env.cloud().things(), undisturbed);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
}

#[test]
fn a_create_that_never_arrived_is_made_once() {
    let undisturbed = undisturbed();
    let env = with_fault(&CREATES, &json!({ "drop": "before" }));
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(env.cloud().things(), undisturbed);
}

#[test]
fn a_create_that_fails_at_digitalocean_is_made_once() {
    let undisturbed = undisturbed();
    let env = with_fault(&CREATES, &json!({ "status": 500 }));
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(env.cloud().things(), undisturbed);
}

#[test]
fn firewalls_too_are_made_once() {
    let undisturbed = undisturbed();
    for effect in [json!({ "drop": "after" }), json!({ "drop": "before" })] {
        // The first is the lock's.
        for nth in [1, 2] {
            let env = Env::with_cloud();
            env.cloud().fault(("POST", "/v2/firewalls$"), (nth, 1), &effect);
            let _ = env.run("up --yes --no-provision").expect(0);
            assert_eq!(env.cloud().things(), undisturbed, "{effect} of the {nth}.");
        }
    }
}

#[test]
fn lists_that_fail_are_read_again() {
    let env = Env::with_cloud();
    for effect in [json!({ "status": 503 }), json!({ "drop": "after" })] {
        env.cloud().fault(("GET", "/v2"), (1, 4), &effect);
        let _ = env.run("preview --no-provision --detailed-exitcode").expect(2);
        env.cloud().heal();
    }
}

#[test]
fn a_list_that_is_cut_short_is_no_ground_for_a_plan() {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
    let before = env.cloud().things();
    env.cloud().fault(("GET", "/v2/droplets"), (1, 100), &json!({ "truncate": true }));
    let ran = env.run("up --yes --no-provision").expect(6);
    assert!(ran.words().contains("nothing was changed"), "{ran}");
    assert_eq!(env.cloud().things(), before);
}

#[test]
fn lists_that_keep_failing_are_no_ground_for_a_plan() {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
    let before = env.cloud().things();
    env.cloud().fault(("GET", "/v2/volumes"), (1, 1000), &json!({ "status": 500 }));
    let ran = env.run("up --yes --no-provision").expect(6);
    assert!(ran.words().contains("nothing was changed"), "{ran}");
    env.cloud().heal();
    assert_eq!(env.cloud().things(), before);
}

#[test]
fn being_throttled_only_takes_longer() {
    let undisturbed = undisturbed();
    let env = Env::with_cloud();
    let throttled = json!({ "status": 429, "retry_after": 1 });
    env.cloud().fault(("GET", "/v2/droplets"), (1, 1), &throttled);
    env.cloud().fault(("POST", "/v2/volumes"), (1, 1), &throttled);
    env.cloud().fault(("POST", "/v2/droplets"), (1, 1), &throttled);
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(env.cloud().things(), undisturbed);
}

/// The stack's own calls that were too many.
fn throttled(env: &Env) -> Vec<String> {
    let calls = env.cloud().calls();
    let own = calls.throttled().filter(|call| call.path != "/v2/regions");
    own.map(|call| format!("{} {}", call.method, call.path)).collect()
}

#[test]
fn a_minute_that_others_have_used_up_is_waited_out() {
    let undisturbed = undisturbed();
    let env = Env::at_speed(10);
    env.cloud().limit_calls();
    env.cloud().use_up_the_minute();
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(env.cloud().things(), undisturbed);
    // Whoever is told to wait waits, and the others with it.
    let throttled = throttled(&env);
    assert!((1..=20).contains(&throttled.len()), "{throttled:#?}");
}

#[test]
fn a_minute_that_others_use_up_meanwhile_doubles_nothing() {
    let undisturbed = undisturbed();
    let env = Env::at_speed(10);
    env.cloud().limit_calls();
    let up = env.start("up --yes --no-provision");
    env.cloud().wait_for("POST /v2/volumes", 2);
    env.cloud().use_up_the_minute();
    let _ = up.finish().expect(0);
    assert_eq!(env.cloud().things(), undisturbed);
    let throttled = throttled(&env);
    assert!((1..=30).contains(&throttled.len()), "{throttled:#?}");
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
}

#[test]
fn an_action_that_ends_badly_is_told_and_the_next_run_goes_on() {
    let undisturbed = undisturbed();
    let env = Env::with_cloud();
    env.cloud().fault(("POST", "/v2/droplets$"), (1, 1), &json!({ "action": "errored" }));
    let ran = env.run("up --yes --no-provision").expect(7);
    assert!(ran.words().contains("failed"), "{ran}");
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(env.cloud().things(), undisturbed);
}

/// What can go wrong by chance.
const KINDS: [&str; 6] = ["drop_before", "drop_after", "500", "503", "truncate", "errored"];

/// Repeats a command under faults by chance until it is content, and then without them.
fn repeated(env: &Env, words: &str, seed: u64) {
    env.cloud().chance(seed, 0.15, &KINDS);
    for _ in 0..5 {
        let ran = env.run(words);
        assert!(ran.code.is_some_and(|code| [0, 6, 7].contains(&code)), "{ran}");
        if ran.code == Some(0) {
            break;
        }
    }
    env.cloud().heal();
    let _ = env.run(words).expect(0);
}

/// Changes something of every kind that can change.
fn change(env: &Env) {
    env.edit_stack("size_gb: 160", "size_gb: 200");
    env.edit_stack("droplet: { size: s-4vcpu-8gb,", "droplet: { size: s-8vcpu-16gb,");
    env.edit_stack("ladder: [s-4vcpu-8gb, s-8vcpu-16gb]", "ladder: [s-8vcpu-16gb]");
    env.edit_stack("records: [app, admin]", "records: [app, office]");
    env.edit_stack("ports: \"443\"", "ports: \"8443\"");
    env.edit_stack("enabled: auto", "enabled: true");
}

/// Brings a stack up, changes it and destroys it, with and without faults.
fn life(disturbed: impl Fn(&Env, &str)) -> [Vec<String>; 3] {
    let env = Env::with_cloud();
    disturbed(&env, "up --yes --no-provision");
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    let up = env.cloud().things();
    change(&env);
    disturbed(&env, "up --yes --no-provision");
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    let changed = env.cloud().things();
    disturbed(&env, "destroy --yes --delete-data vector:volume --delete-data app:volume");
    [up, changed, env.cloud().things()]
}

#[test]
fn whatever_goes_wrong_by_chance_it_comes_out_the_same() {
    let calm = life(|env, words| {
        let _ = env.run(words).expect(0);
    });
    assert_eq!(calm[2], ["domain example.com"]);
    for seed in [1, 2, 3] {
        let disturbed = life(|env, words| repeated(env, words, seed));
        assert_eq!(disturbed, calm, "with seed {seed}");
    }
}
