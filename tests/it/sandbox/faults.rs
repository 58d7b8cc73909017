//! Faults: what is asked for happens, to the call it was asked for.

use serde_json::{Value, json};

use super::support::{Sandbox, droplet};

async fn fault(sandbox: &Sandbox, method: &str, path: &str, effect: Value) {
    let rule = json!({ "method": method, "path": path, "effect": effect });
    sandbox.control("POST", "faults", Some(rule)).await;
}

async fn droplets(sandbox: &Sandbox) -> u64 {
    sandbox.get("/v2/droplets").await["meta"]["total"].as_u64().unwrap()
}

#[tokio::test]
async fn a_connection_dropped_before_the_effect_leaves_nothing() {
    let sandbox = Sandbox::start().await;
    fault(&sandbox, "POST", "/v2/droplets$", json!({ "drop": "before" })).await;
    let body = droplet("web", json!({}));
    let error = sandbox.try_call("POST", "/v2/droplets", Some(body)).await.unwrap_err();
    assert!(!error.is_connect() && error.is_request(), "{error:?}");
    assert_eq!(droplets(&sandbox).await, 0);
    sandbox.droplet("web", json!({})).await;
}

#[tokio::test]
async fn a_connection_dropped_after_the_effect_leaves_it() {
    let sandbox = Sandbox::start().await;
    fault(&sandbox, "POST", "/v2/droplets$", json!({ "drop": "after" })).await;
    let body = droplet("web", json!({}));
    assert!(sandbox.try_call("POST", "/v2/droplets", Some(body)).await.is_err());
    assert_eq!(droplets(&sandbox).await, 1);
    let calls = sandbox.control("GET", "calls", None).await;
    assert_eq!(calls["log"][0]["status"], 0);
}

#[tokio::test]
async fn a_status_can_be_asked_for() {
    let sandbox = Sandbox::start().await;
    let rule = json!({
        "path": "/v2/account",
        "nth": 2,
        "times": 2,
        "effect": { "status": 429, "retry_after": 7 },
    });
    sandbox.control("POST", "faults", Some(rule)).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let answer = sandbox.call("GET", "/v2/account", None).await;
        if answer.status == 429 {
            assert_eq!(answer.headers["retry-after"], "7");
        }
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [200, 429, 429, 200]);
}

#[tokio::test]
async fn an_action_can_end_badly() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.droplet("web", json!({})).await;
    fault(&sandbox, "POST", "/v2/droplets/*/actions", json!({ "action": "errored" })).await;
    let path = format!("/v2/droplets/{id}/actions");
    let action = sandbox.act(&path, json!({ "type": "power_off" })).await;
    sandbox.advance(6).await;
    let action = sandbox.get(&format!("/v2/actions/{action}")).await;
    assert_eq!(action["action"]["status"], "errored");
    let droplet = sandbox.get(&format!("/v2/droplets/{id}")).await["droplet"].clone();
    assert_eq!((&droplet["status"], &droplet["locked"]), (&json!("active"), &json!(false)));
}

#[tokio::test]
async fn a_stuck_action_holds_its_droplet_until_faults_are_cleared() {
    let sandbox = Sandbox::start().await;
    fault(&sandbox, "POST", "/v2/droplets", json!({ "action": "stuck" })).await;
    let id = sandbox.booting_droplet("web", json!({})).await;
    sandbox.advance(100_000).await;
    let path = format!("/v2/droplets/{id}");
    assert_eq!(sandbox.get(&path).await["droplet"]["status"], "new");
    sandbox.control("DELETE", "faults", None).await;
    assert_eq!(sandbox.get(&path).await["droplet"]["status"], "active");
    let faults = sandbox.control("GET", "faults", None).await;
    assert_eq!(faults, json!({ "rules": [], "random": null }));
}

#[tokio::test]
async fn an_answer_can_be_cut_in_half() {
    let sandbox = Sandbox::start().await;
    fault(&sandbox, "GET", "/v2/account", json!({ "truncate": true })).await;
    let answer = sandbox.try_call("GET", "/v2/account", None).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(serde_json::from_str::<Value>(&answer.text).is_err());
}

#[tokio::test]
async fn chance_with_one_seed_does_the_same_twice() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let sandbox = Sandbox::start().await;
        let chance = json!({ "seed": 1, "rate": 0.5, "kinds": ["drop_before", "503", "429"] });
        sandbox.control("POST", "faults/random", Some(chance)).await;
        let mut outcomes = Vec::new();
        for _ in 0..20 {
            let answer = sandbox.try_call("GET", "/v2/account", None).await;
            outcomes.push(answer.map_or(0, |answer| answer.status.as_u16()));
        }
        runs.push(outcomes);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].contains(&200) && runs[0].contains(&503), "{:?}", runs[0]);
}

#[tokio::test]
async fn a_rule_that_makes_no_sense_is_refused() {
    let sandbox = Sandbox::start().await;
    for rule in [
        json!({ "path": "/v2" }),
        json!({ "path": "/v2", "effect": { "explode": true } }),
        json!({ "path": "/v2", "effect": { "drop": "sometimes" } }),
        json!({ "path": "/v2", "effect": { "status": 503 }, "often": true }),
        json!({ "effect": { "status": 503 } }),
    ] {
        let refused =
            sandbox.try_call("POST", "/_sandbox/faults", Some(rule.clone())).await.unwrap();
        assert_eq!(refused.status, 422, "{rule}");
    }
}
