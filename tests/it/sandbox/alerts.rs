//! Alert policies: what they say, and what they cannot say.

use serde_json::{Value, json};

use super::support::Sandbox;

fn policy(changes: Value) -> Value {
    let mut body = json!({
        "type": "v1/insights/droplet/cpu",
        "description": "CPU is running high",
        "compare": "GreaterThan",
        "value": 80,
        "window": "5m",
        "entities": ["192018292"],
        "tags": ["web"],
        "alerts": {
            "email": ["ops@example.com"],
            "slack": [{ "url": "https://hooks.slack.com/services/T1/B1/x", "channel": "#ops" }],
        },
        "enabled": true,
    });
    if let Value::Object(changes) = changes {
        body.as_object_mut().unwrap().extend(changes);
    }
    body
}

#[tokio::test]
async fn a_policy_lives_as_long_as_it_is_wanted() {
    let sandbox = Sandbox::start().await;
    let made = sandbox.post("/v2/monitoring/alerts", policy(json!({}))).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let made = made.json();
    let path = format!("/v2/monitoring/alerts/{}", made["policy"]["uuid"].as_str().unwrap());
    assert_eq!(sandbox.get(&path).await, made);
    assert_eq!(sandbox.get("/v2/monitoring/alerts").await["policies"][0], made["policy"]);
    let changed = policy(json!({ "value": 92.5, "window": "1h", "enabled": false }));
    let put = sandbox.put(&path, changed).await.json()["policy"].clone();
    assert_eq!((&put["value"], &put["window"]), (&json!(92.5), &json!("1h")));
    assert_eq!(put["uuid"], made["policy"]["uuid"]);
    assert_eq!(sandbox.delete(&path).await.status, 204);
    assert_eq!(sandbox.status(&path).await, 404);
    assert_eq!(sandbox.put(&path, policy(json!({}))).await.status, 404);
}

#[tokio::test]
async fn policies_of_one_description_stand_beside_each_other() {
    let sandbox = Sandbox::start().await;
    for _ in 0..2 {
        let open = policy(json!({ "entities": [], "tags": [] }));
        assert_eq!(sandbox.post("/v2/monitoring/alerts", open).await.status, 200);
    }
    assert_eq!(sandbox.get("/v2/monitoring/alerts").await["meta"]["total"], 2);
}

#[tokio::test]
async fn what_a_policy_cannot_say_is_refused() {
    let sandbox = Sandbox::start().await;
    let alerts = |email: &str, url: &str| json!({ "alerts": { "email": [email], "slack": [{ "url": url, "channel": "#ops" }] } });
    for changes in [
        json!({ "type": "v1/insights/droplet/mood" }),
        json!({ "type": "cpu" }),
        json!({ "compare": "Equals" }),
        json!({ "value": "high" }),
        json!({ "value": -1 }),
        json!({ "window": "2m" }),
        json!({ "entities": ["web"] }),
        json!({ "tags": ["a b"] }),
        json!({ "enabled": "yes" }),
        json!({ "alerts": { "email": [] } }),
        alerts("nobody", "https://hooks.slack.com/a"),
        alerts("two@at@example.com", "https://hooks.slack.com/a"),
        alerts("ops@localhost", "https://hooks.slack.com/a"),
        alerts("ops@example.com", "hooks.slack.com/a"),
    ] {
        let refused = sandbox.post("/v2/monitoring/alerts", policy(changes.clone())).await;
        assert_eq!(refused.status, 422, "{changes}");
    }
    for field in ["type", "description", "compare", "value", "window", "alerts", "enabled"] {
        let mut body = policy(json!({}));
        body.as_object_mut().unwrap().remove(field);
        let refused = sandbox.post("/v2/monitoring/alerts", body).await;
        assert_eq!(refused.status, 422, "without {field}");
    }
    assert_eq!(sandbox.get("/v2/monitoring/alerts").await["meta"]["total"], 0);
}
