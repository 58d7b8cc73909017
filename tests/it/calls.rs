//! How many calls a command makes, and how many of them in a row.

use serde_json::json;

use crate::support::{cloud::Calls, env::Env};

/// Runs a command with every answer a little late, so that calls made at once overlap.
fn calls_of(env: &Env, words: &str) -> Calls {
    let cloud = env.cloud();
    cloud.fault(("GET", "/v2"), (1, 1000), &json!({ "delay_ms": 500 }));
    cloud.forget_calls();
    let _ = env.run(words).expect(0);
    cloud.heal();
    cloud.calls()
}

#[test]
fn a_preview_with_nothing_to_do_makes_a_handful_of_calls_at_once() {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
    let warm = calls_of(&env, "preview --no-provision");
    assert_eq!((warm.total, warm.waves()), (7, 1), "{:#?}", warm.log);
    std::fs::remove_dir_all(env.path(".dostack/cache")).unwrap();
    let cold = calls_of(&env, "preview --no-provision");
    assert_eq!((cold.total, cold.waves()), (8, 2), "{:#?}", cold.log);
}

/// The development stack, its cache on, with two hundred workers more: 203 droplets.
fn with_two_hundred_workers(env: &Env) {
    let workers = "\n  workers:\n    kind: Droplet\n    count: 200\n    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }\n";
    env.write("stacks/dev.yaml", &(env.read("stacks/dev.yaml") + workers));
    env.edit_stack("budget: { monthly_usd: 400 }", "budget: { monthly_usd: 4000 }");
    env.edit_stack("enabled: auto", "enabled: true");
}

#[test]
fn bringing_up_two_hundred_droplets_never_makes_too_many_calls() {
    let env = Env::at_speed(30);
    with_two_hundred_workers(&env);
    env.cloud().limit_calls();
    let _ = env.run("up --yes --no-provision --parallelism 100").expect(0);
    let calls = env.cloud().calls();
    assert_eq!(calls.log.len() as u64, calls.total, "the log has all of them");
    assert!(calls.total > 250, "so few calls are never too many: {}", calls.total);
    assert_eq!(calls.throttled().count(), 0, "{:#?}", calls.routes);
}

#[test]
fn two_hundred_more_droplets_cost_a_preview_two_more_calls_at_most() {
    let env = Env::at_speed(1000);
    with_two_hundred_workers(&env);
    let _ = env.run("up --yes --no-provision --parallelism 100").expect(0);
    let calls = calls_of(&env, "preview --no-provision --detailed-exitcode");
    assert!(calls.total <= 10, "{:#?}", calls.log);
    assert!(calls.waves() <= 2, "{:#?}", calls.log);
    let _ = env.run("destroy --yes --parallelism 100").expect(0);
    assert!(env.cloud().things().iter().all(|thing| !thing.starts_with("droplet")));
}

#[test]
fn bringing_up_the_development_stack_at_the_real_pace_makes_sixty_calls_at_most() {
    let env = Env::at_speed(1);
    let _ = env.run("up --yes --no-provision").expect(0);
    let calls = env.cloud().calls();
    assert!(calls.total <= 60, "{:#?}", calls.routes);
    assert!(calls.without_polling() <= 30, "{:#?}", calls.routes);
}
