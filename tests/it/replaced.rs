//! A machine in the place of another: `--replace`.

use serde_json::Value;

use crate::support::env::Env;

const UP: &str = "up --yes --no-provision";
const REPLACE: &str = "up --yes --no-provision --replace vector";

fn up() -> Env {
    let env = Env::with_cloud();
    let _ = env.run(UP).expect(0);
    env
}

fn all(env: &Env, kind: &str) -> Vec<Value> {
    let world: Value = env.cloud().call("GET", "/_sandbox/world", None);
    world[kind].as_object().unwrap().values().cloned().collect()
}

fn vector(env: &Env) -> u64 {
    let found: Vec<u64> = all(env, "droplets")
        .iter()
        .filter(|droplet| droplet["name"] == "core-dev-vector")
        .map(|droplet| droplet["id"].as_u64().unwrap())
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0]
}

/// What there is besides what tells one machine from another.
fn things(env: &Env) -> Vec<String> {
    env.cloud().things_but(&["dostack-gen:", "dostack-host:", "dostack-made:"])
}

fn stands(env: &Env) {
    let ran = env.run("preview --no-provision --detailed-exitcode");
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn a_machine_is_made_anew_and_its_data_and_its_name_go_with_it() {
    let env = up();
    let (before, old) = (things(&env), vector(&env));
    let shown = env.run("preview --no-provision --replace vector --detailed-exitcode").expect(2);
    assert!(shown.stdout.contains("± droplet  core-dev-vector"), "{shown}");
    assert!(shown.stdout.contains("take a snapshot of the volume"), "{shown}");
    let markdown = env.run("preview --no-provision --replace vector --markdown").expect(0);
    assert!(markdown.stdout.contains("| replace | `vector` |"), "{markdown}");
    let _ = env.run(REPLACE).expect(0);
    assert_ne!(vector(&env), old);
    assert_eq!(things(&env), before);
    assert_eq!(all(&env, "volume_snapshots").len(), 1);
    stands(&env);
    env.destroy_for_good("");
    // The snapshot is data, and stays with the tags that say whose it is.
    let left = ["domain example.com", "tag dostack:core-dev", "tag dostack:core-dev:vector:volume"];
    assert_eq!(env.cloud().things(), left);
}

#[test]
fn a_kept_plan_replaces_what_it_says() {
    let env = up();
    let old = vector(&env);
    let _ = env.run("preview --no-provision --replace vector --out plan.json").expect(0);
    let _ = env.run("up --yes --no-provision --plan plan.json").expect(0);
    assert_ne!(vector(&env), old);
    stands(&env);
    let ran = env.run("up --yes --no-provision --plan plan.json").expect(12);
    assert!(ran.words().contains("stale"), "{ran}");
}

#[test]
fn what_cannot_be_replaced_is_bad_input() {
    let env = up();
    for (given, help) in [("vectr", "`vector`"), ("vector:volume", "`vector`"), ("Vector", "")] {
        let ran = env.run(&format!("preview --no-provision --replace {given}")).expect(3);
        assert!(ran.words().contains(help), "{ran}");
    }
}

#[test]
fn a_replacement_that_was_killed_is_finished_or_undone_by_the_next_run() {
    for count in [3, 5, 6, 8, 10] {
        let env = up();
        let before = things(&env);
        env.cloud().forget_calls();
        let first = env.start(REPLACE);
        env.cloud().wait_for_changes(count);
        first.kill();
        if count == 8 {
            std::fs::remove_dir_all(env.path(".dostack")).unwrap();
        }
        let _ = env.run(UP).expect(0);
        assert_eq!(things(&env), before, "killed after {count} changes");
        stands(&env);
    }
}

#[test]
fn a_new_machine_that_never_boots_is_taken_away_and_the_old_one_serves() {
    let env = up();
    let (before, old) = (things(&env), vector(&env));
    let errored = serde_json::json!({ "action": "errored" });
    env.cloud().fault(("POST", "/v2/droplets$"), (1, 1), &errored);
    let ran = env.run(REPLACE);
    assert!(ran.code.is_some_and(|code| [6, 7].contains(&code)), "{ran}");
    assert!(ran.stdout.contains("serves as before"), "{ran}");
    assert_eq!((things(&env), vector(&env)), (before, old));
    stands(&env);
}

#[test]
fn whatever_goes_wrong_by_chance_there_is_one_machine_with_its_data_in_the_end() {
    let kinds = ["drop_before", "drop_after", "500", "503", "truncate", "errored"];
    for seed in [1, 2, 3] {
        let env = up();
        let before = things(&env);
        env.cloud().chance(seed, 0.15, &kinds);
        let ran = env.run(REPLACE);
        assert!(ran.code.is_some_and(|code| [0, 6, 7].contains(&code)), "seed {seed}: {ran}");
        env.cloud().heal();
        let _ = env.run(UP).expect(0);
        assert_eq!(things(&env), before, "seed {seed}");
        stands(&env);
    }
}
