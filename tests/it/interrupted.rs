//! Runs that are killed or stopped, and the ones after them.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::env::Env;

/// The development stack as it is in an account when nothing goes wrong.
fn undisturbed() -> Vec<String> {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
    env.cloud().things()
}

/// Begins `up` in a fresh account and kills it after so many changing calls, the lock's among them. Of
/// them only the last one deletes, to give the lock back: it is held, so that there is a run to kill.
fn killed(count: usize) -> Env {
    let env = Env::with_cloud();
    env.cloud().fault(("DELETE", "/v2/"), (1, 1), &json!({ "delay_ms": 3_600_000 }));
    let first = env.start("up --yes --no-provision");
    env.cloud().wait_for_changes(count);
    first.kill_at_work();
    env.cloud().heal();
    env
}

/// What is there once another run took up what was killed.
fn killed_after(count: usize) -> Vec<String> {
    let env = killed(count);
    let second = env.run("up --yes --no-provision").expect(0);
    assert!(second.words().contains("took over the lock of process"), "{second}");
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    env.cloud().things()
}

#[test]
fn a_run_that_was_killed_early_is_taken_up_and_nothing_is_doubled() {
    let undisturbed = undisturbed();
    for count in [1, 3, 6, 9] {
        assert_eq!(killed_after(count), undisturbed, "killed after {count} changes");
    }
}

#[test]
fn a_run_that_was_killed_late_is_taken_up_and_nothing_is_doubled() {
    let undisturbed = undisturbed();
    for count in [11, 13, 14, 16] {
        assert_eq!(killed_after(count), undisturbed, "killed after {count} changes");
    }
}

#[test]
fn a_run_that_was_killed_is_taken_up_without_its_journal_too() {
    let undisturbed = undisturbed();
    let env = killed(14);
    std::fs::remove_dir_all(env.path(".dostack")).unwrap();
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(env.cloud().things(), undisturbed);
}

#[test]
fn a_resize_that_was_killed_leaves_no_droplet_off() {
    let mut env = Env::with_cloud();
    env.set("DOSTACK_STACK", "dev");
    let _ = env.run("up --yes --no-provision").expect(0);
    let before = env.cloud().things();
    env.edit_stack("droplet: { size: s-4vcpu-8gb,", "droplet: { size: s-8vcpu-16gb,");
    env.edit_stack("ladder: [s-4vcpu-8gb, s-8vcpu-16gb]", "ladder: [s-8vcpu-16gb]");
    for (count, name) in [(2, "tagged"), (3, "switched off"), (4, "being resized")] {
        env.cloud().forget_calls();
        let first = env.start("up --yes --no-provision");
        env.cloud().wait_for_changes(count);
        first.kill();
        let second = env.run("up --yes --no-provision").expect(0);
        let things = env.cloud().things();
        let grown = "droplet core-dev-vector s-8vcpu-16gb active in core-dev".to_owned();
        assert!(things.contains(&grown), "{name}: {second}{things:#?}");
        assert!(!things.iter().any(|thing| thing.contains("must-be-on")), "{name}: {things:#?}");
        let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
        // And back to where it was, as far as the account is concerned.
        let id = droplet(&env, "core-dev-vector");
        let path = format!("/v2/droplets/{id}/actions");
        for action in [
            json!({ "type": "power_off" }),
            json!({ "type": "resize", "size": "s-4vcpu-8gb", "disk": false }),
            json!({ "type": "power_on" }),
        ] {
            env.cloud().post(&path, action);
            env.cloud().post("/_sandbox/clock", json!({ "advance_seconds": 300 }));
        }
        assert_eq!(env.cloud().things(), before);
    }
}

#[test]
fn a_droplet_that_is_off_is_switched_on_even_where_the_plan_is_refused() {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
    env.edit_stack("droplet: { size: s-4vcpu-8gb,", "droplet: { size: s-8vcpu-16gb,");
    env.cloud().forget_calls();
    let first = env.start("up --yes --no-provision");
    env.cloud().wait_for_changes(4);
    first.kill();
    env.edit_stack("volume: { size_gb: 100,", "volume: { size_gb: 50,");
    let ran = env.run("up --yes --no-provision").expect(3);
    assert!(ran.words().contains("switching on what an earlier run left off"), "{ran}");
    let things = env.cloud().things();
    let on =
        |thing: &String| thing.starts_with("droplet core-dev-vector") && thing.contains("active");
    assert!(things.iter().any(on), "{things:#?}");
    assert!(!things.iter().any(|thing| thing.contains("must-be-on")), "{things:#?}");
}

fn droplet(env: &Env, name: &str) -> u64 {
    let droplets = env.cloud().call("GET", "/v2/droplets", None)["droplets"].clone();
    let found = droplets.as_array().unwrap().iter().find(|droplet| droplet["name"] == name);
    found.unwrap()["id"].as_u64().unwrap()
}

#[test]
fn a_droplet_that_a_killed_run_left_booting_is_waited_for() {
    let mut env = Env::at_speed(5);
    env.set("DOSTACK_SANDBOX_SPEED", "50");
    env.edit_stack("    records: [vector]  ", "    # records: [vector]");
    env.edit_stack("    records: [app, admin]", "    # records");
    let first = env.start("up --yes --no-provision");
    env.cloud().wait_for("POST /v2/droplets", 2);
    first.kill();
    let booting = |thing: &String| thing.starts_with("droplet") && !thing.contains(" active ");
    assert!(env.cloud().things().iter().any(booting));
    let _ = env.run("up --yes --no-provision").expect(0);
    let things = env.cloud().things();
    assert!(!things.iter().any(booting), "{things:#?}");
}

#[test]
fn ctrl_c_names_what_still_runs_and_the_next_run_takes_it_up() {
    let undisturbed = undisturbed();
    // Slow enough for both droplets to be booting when the signal comes.
    let mut env = Env::at_speed(5);
    env.set("DOSTACK_SANDBOX_SPEED", "50");
    let run = env.start("up --yes --no-provision");
    env.cloud().wait_for("POST /v2/droplets", 2);
    run.signal("INT");
    let ran = run.finish().expect(130);
    assert_snapshot!(ran.words().lines().rev().take(2).collect::<Vec<_>>().join("\n"), @"
    help: run the same command again; what is done is not done twice
    error: stopped
    ");
    let running = ran.data();
    let running = running.lines().filter(|line| line.contains("still running"));
    assert_snapshot!(running.collect::<Vec<_>>().join("\n"), @"
    still running at DigitalOcean: droplet [number] (core-dev-app) is being created
    still running at DigitalOcean: droplet [number] (core-dev-vector) is being created
    ");
    env.cloud().call("PUT", "/_sandbox/settings", Some(&json!({ "speed": 50.0 })));
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(env.cloud().things(), undisturbed);
}

#[test]
fn a_request_to_end_is_heard_too() {
    let mut env = Env::at_speed(5);
    env.set("DOSTACK_SANDBOX_SPEED", "50");
    let run = env.start("up --yes --no-provision");
    env.cloud().wait_for("POST /v2/droplets", 1);
    run.signal("TERM");
    let ran = run.finish().expect(143);
    assert!(ran.words().contains("run the same command again"), "{ran}");
    // The lock is given back: nothing has to be taken over.
    let second = env.run("preview --no-provision --target network").expect(0);
    assert!(!second.words().contains("lock"), "{second}");
    let things = env.cloud().things();
    assert!(!things.iter().any(|thing| thing.contains("dostack-lock")), "{things:#?}");
}

#[test]
fn ctrl_c_while_the_account_is_read_gives_the_lock_back() {
    let env = Env::with_cloud();
    env.cloud().fault(("GET", "/v2/"), (1, 1000), &json!({ "delay_ms": 500 }));
    let run = env.start("up --yes --no-provision");
    env.cloud().wait_for("POST /v2/firewalls", 1);
    run.signal("INT");
    let ran = run.finish().expect(130);
    assert!(ran.words().contains("error: stopped"), "{ran}");
    env.cloud().heal();
    assert_eq!(env.cloud().things(), Env::with_cloud().cloud().things());
}
