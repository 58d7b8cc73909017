//! Alert policies of DigitalOcean's monitoring.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{
    env::{Env, SPEED},
    openapi,
    proxy::Proxy,
};

const HOOK: &str = "https://hooks.slack.com/services/T0/B0/canary";

const WATCHED: &str = "stack: dev\nregion: sfo2\nvpc: { ip_range: 10.120.0.0/16 }\n\
     ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }\n\
     secrets: [ORG_HOOK]\n\
     components:\n  \
     web:\n    kind: Droplet\n    count: 2\n    \
     droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }\n    \
     alerts:\n      \
     - { type: cpu, above: 80, for: 10m, email: [ops@example.com] }\n      \
     - { type: load_5, above: 4, for: 5m, name: busy, slack: [{ channel: \"#ops\", url: \"${secret:ORG_HOOK}\" }] }\n";

fn watched() -> Env {
    let mut env = Env::with_cloud();
    env.stack(WATCHED);
    env.set("ORG_HOOK", HOOK);
    env
}

fn policies(env: &Env) -> Vec<Value> {
    env.cloud().call("GET", "/v2/monitoring/alerts", None)["policies"].as_array().unwrap().clone()
}

fn told(env: &Env) -> Vec<String> {
    let told = |it: &Value| format!("{} {}", it["description"].as_str().unwrap(), it["value"]);
    let mut told: Vec<String> = policies(env).iter().map(told).collect();
    told.sort();
    told
}

#[test]
fn policies_watch_a_component_by_its_tag_and_are_in_order_ever_after() {
    let env = watched();
    let previewed = env.run("preview --no-provision").expect(0);
    assert!(previewed.stdout.contains("above 80 for 10m"), "{previewed}");
    let ran = env.run("up --yes --no-provision").expect(0);
    assert_eq!(
        told(&env),
        [
            "dev-web: busy dostack:dev:web:alert-busy 4.0",
            "dev-web: cpu dostack:dev:web:alert-cpu 80.0"
        ]
    );
    for policy in policies(&env) {
        assert_eq!(policy["tags"], json!(["dostack:dev:web:tag"]));
        assert_eq!(policy["entities"], json!([]));
    }
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    let journal = env.read(".dostack/dev/journal.jsonl");
    let plan = env.run("--json preview --no-provision").expect(0);
    for text in [&ran.stdout, &ran.stderr, &journal, &plan.stdout] {
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn a_changed_policy_is_changed_in_place() {
    let env = watched();
    let _ = env.run("up --yes --no-provision").expect(0);
    env.edit_stack("above: 80, for: 10m", "below: 5, for: 1h");
    env.edit_stack("channel: \"#ops\"", "channel: \"#other\"");
    assert_snapshot!(env.run("preview --no-provision").expect(0).data(), @"
    web
      ~ alert    dev-web: busy
          slack: #ops -> #other
      ~ alert    dev-web: cpu
          bound: above 80 for 10m -> below 5 for 1h
      6 unchanged
    Plan: 2 to update. $12.00 a month, as before.
    ");
    let _ = env.run("up --yes --no-provision").expect(0);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    assert_eq!(policies(&env).len(), 2);
}

#[test]
fn a_hook_that_leads_elsewhere_is_seen_where_its_secret_is_at_hand() {
    let mut env = watched();
    let _ = env.run("up --yes --no-provision").expect(0);
    let hooks = |env: &Env| {
        let policies = policies(env);
        let all = policies.iter().flat_map(|it| it["alerts"]["slack"].as_array().unwrap());
        all.map(|it| it["url"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let other = HOOK.replace("T0", "T1");
    env.set("ORG_HOOK", "");
    let _ = env.run("preview --no-provision --detailed-exitcode --out blind.json").expect(0);
    env.set("ORG_HOOK", &other);
    let previewed = env.run("preview --no-provision --out plan.json").expect(0);
    assert!(!format!("{previewed}{}", env.read("plan.json")).contains("canary"), "{previewed}");
    assert_snapshot!(previewed.data(), @"
    web
      ~ alert    dev-web: busy
          hook of #ops: another -> what `ORG_HOOK` is now
      7 unchanged
    Plan: 1 to update. $12.00 a month, as before.
    ");
    // A plan made without the secret says nothing of it, and is no staler for that.
    let _ = env.run("up --yes --no-provision --plan blind.json").expect(0);
    assert_eq!(hooks(&env), [HOOK]);
    let _ = env.run("up --yes --no-provision --plan plan.json").expect(0);
    assert_eq!(hooks(&env), [other]);
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
}

#[test]
fn policies_that_the_file_no_longer_speaks_of_go_and_nobody_asks_for_them_again() {
    let env = watched();
    let _ = env.run("up --yes --no-provision").expect(0);
    let (before, _) = WATCHED.split_once("    alerts:").unwrap();
    env.stack(before);
    let _ = env.run("up --yes --no-provision").expect(0);
    assert_eq!(policies(&env).len(), 0);
    env.cloud().forget_calls();
    let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
    let routes = env.cloud().calls().routes;
    assert!(!routes.contains_key("GET /v2/monitoring/alerts"), "{routes:?}");
}

#[test]
fn a_component_that_goes_takes_its_policies_with_it_and_destroy_takes_all() {
    for words in ["up --yes --no-provision", "destroy --yes"] {
        let env = watched();
        let _ = env.run("up --yes --no-provision").expect(0);
        if words.starts_with("up") {
            env.stack(&WATCHED.replace("  web:\n", "  other:\n"));
            let _ = env.run(&format!("{words} --yes-new")).expect(0);
            assert_eq!(told(&env).len(), 2);
            assert!(told(&env).iter().all(|it| it.starts_with("dev-other")), "{:?}", told(&env));
        } else {
            let _ = env.run(words).expect(0);
            assert_eq!(told(&env).len(), 0);
        }
    }
}

#[test]
fn a_hook_without_a_value_is_told_before_anything_is_sent() {
    let mut env = watched();
    env.set("ORG_HOOK", "");
    let refused = env.run("up --yes --no-provision").expect(3);
    assert!(refused.stderr.contains("no value for the secrets `ORG_HOOK`"), "{refused}");
    assert_eq!(env.cloud().calls().total, 0);
}

#[test]
fn what_digitalocean_refuses_is_explained_and_tells_no_hook() {
    let mut env = watched();
    env.set("ORG_HOOK", "http://not-even-encrypted.example/canary");
    let refused = env.run("up --yes --no-provision").expect(7);
    assert!(refused.stdout.contains("e-mail addresses it has verified"), "{refused}");
    assert!(refused.stdout.contains("[REDACTED]"), "{refused}");
    assert!(!format!("{}{}", refused.stdout, refused.stderr).contains("canary"), "{refused}");
}

#[test]
fn a_policy_whose_answer_is_lost_is_made_once() {
    for effect in [json!({ "drop": "after" }), json!({ "drop": "before" })] {
        let env = watched();
        env.cloud().fault(("POST", "/v2/monitoring/alerts$"), (1, 1), &effect);
        let _ = env.run("up --yes --no-provision").expect(0);
        assert_eq!(policies(&env).len(), 2, "{effect}");
    }
}

#[test]
fn mistakes_in_alerts_are_told_with_their_places() {
    let env = watched();
    env.edit_stack("above: 80, for: 10m, email: [ops@example.com]", "above: 180, for: 15m");
    env.edit_stack("above: 4,", "above: 4, below: 3,");
    assert_snapshot!(env.run("validate").expect(3).words(), @r##"
    error: give `email` or `slack`: this alert tells nobody
      --> stacks/dev.yaml:12:9
       |
    12 |       - { type: cpu, above: 180, for: 15m }
       |         ^

    error: this reading is never above 100
      --> stacks/dev.yaml:12:29
       |
    12 |       - { type: cpu, above: 180, for: 15m }
       |                             ^^^

    error: expected one of `5m`, `10m`, `30m`, `1h`, found `15m`
      --> stacks/dev.yaml:12:39
       |
    12 |       - { type: cpu, above: 180, for: 15m }
       |                                       ^^^
       |
       = help: did you mean `10m`?

    error: give `above` or `below`, not both
      --> stacks/dev.yaml:13:42
       |
    13 |       - { type: load_5, above: 4, below: 3, for: 5m, name: busy, slack: [{ channel: "#ops", url: "${secret:ORG_HOOK}" }] }
       |                                          ^
    "##);
}

#[test]
fn alerts_of_a_machine_without_the_agent_are_warned_of() {
    let env = watched();
    env.edit_stack("image: ubuntu-22-04-x64 }", "image: ubuntu-22-04-x64, monitoring: false }");
    let warned = env.run("validate").expect(0);
    assert!(warned.stderr.contains("without the metrics agent"), "{warned}");
}

#[test]
fn every_call_about_a_policy_is_as_the_api_describes_it() {
    let mut env = watched();
    let proxy = Proxy::before(env.cloud().address());
    env.use_account(&proxy.address(), SPEED);
    let _ = env.run("up --yes --no-provision").expect(0);
    env.edit_stack("above: 80", "above: 90");
    let _ = env.run("up --yes --no-provision").expect(0);
    let _ = env.run("destroy --yes").expect(0);
    let exchanges = proxy.exchanges();
    let about = exchanges.iter().filter(|it| it.path.starts_with("/v2/monitoring"));
    for exchange in about {
        let (method, path) = (&exchange.method, &exchange.path);
        openapi::check_request(method, path, &exchange.sent).unwrap();
        openapi::check_response(method, path, exchange.status, &exchange.got).unwrap();
        assert!(exchange.status < 400, "{exchange:?}");
    }
}
