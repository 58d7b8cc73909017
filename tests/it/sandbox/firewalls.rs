//! Firewalls: rules, targets, and the time a change takes.

use serde_json::{Value, json};

use super::support::Sandbox;

fn inbound(ports: &str) -> Value {
    json!([{ "protocol": "tcp", "ports": ports, "sources": { "addresses": ["0.0.0.0/0", "::/0"] } }])
}

#[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
fn firewall(name: &str, extra: Value) -> Value {
    let mut body = json!({ "name": name, "inbound_rules": inbound("443") });
    for (key, value) in extra.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    body
}

async fn make(sandbox: &Sandbox, body: Value) -> String {
    let made = sandbox.post("/v2/firewalls", body).await;
    assert_eq!(made.status, 202, "{}", made.text);
    made.json()["firewall"]["id"].as_str().unwrap().to_owned()
}

async fn shown(sandbox: &Sandbox, id: &str) -> Value {
    sandbox.get(&format!("/v2/firewalls/{id}")).await["firewall"].clone()
}

#[tokio::test]
async fn a_firewall_waits_until_it_has_reached_its_droplets() {
    let sandbox = Sandbox::start().await;
    let droplet = sandbox.droplet("web", json!({ "tags": ["web"] })).await;
    let id = make(&sandbox, firewall("web", json!({ "tags": ["WEB"] }))).await;
    let waiting = shown(&sandbox, &id).await;
    assert_eq!(waiting["status"], "waiting");
    assert_eq!(waiting["tags"], json!(["web"]));
    assert_eq!(waiting["pending_changes"][0]["droplet_id"], droplet);
    sandbox.advance(4).await;
    let done = shown(&sandbox, &id).await;
    assert_eq!((&done["status"], &done["pending_changes"]), (&json!("succeeded"), &json!([])));
    let of_droplet = sandbox.get(&format!("/v2/droplets/{droplet}/firewalls")).await;
    assert_eq!(of_droplet["firewalls"][0]["id"], id);
}

#[tokio::test]
async fn a_droplet_that_gets_or_loses_a_tag_is_followed() {
    let sandbox = Sandbox::start().await;
    sandbox.post("/v2/tags", json!({ "name": "web" })).await;
    let id = make(&sandbox, firewall("web", json!({ "tags": ["web"] }))).await;
    sandbox.advance(4).await;
    let droplet = sandbox.booting_droplet("web", json!({ "tags": ["web"] })).await;
    let waiting = shown(&sandbox, &id).await;
    assert_eq!(waiting["pending_changes"][0]["droplet_id"], droplet);
    assert_eq!(waiting["pending_changes"][0]["removing"], false);
    sandbox.advance(4).await;
    let body = json!({ "resources": [{ "resource_id": droplet.to_string(), "resource_type": "droplet" }] });
    let untagged = sandbox.call("DELETE", "/v2/tags/web/resources", Some(body)).await;
    assert_eq!(untagged.status, 204);
    assert_eq!(shown(&sandbox, &id).await["pending_changes"][0]["removing"], true);
    let of_droplet = sandbox.get(&format!("/v2/droplets/{droplet}/firewalls")).await;
    assert_eq!(of_droplet["meta"]["total"], 0);
}

#[tokio::test]
async fn rules_are_shown_as_sent_except_all_ports() {
    let sandbox = Sandbox::start().await;
    let anywhere = json!({ "addresses": ["0.0.0.0/0"] });
    let rules = json!([
        { "protocol": "tcp", "ports": "all", "destinations": anywhere },
        { "protocol": "udp", "ports": "1-65535", "destinations": anywhere },
        { "protocol": "icmp", "ports": "0", "destinations": anywhere },
        { "protocol": "tcp", "ports": "0", "destinations": anywhere },
    ]);
    let id = make(&sandbox, firewall("out", json!({ "outbound_rules": rules }))).await;
    let shown = shown(&sandbox, &id).await;
    let rules = shown["outbound_rules"].as_array().unwrap();
    let ports: Vec<_> = rules.iter().map(|rule| rule["ports"].clone()).collect();
    assert_eq!(ports, ["0", "1-65535", "0", "0"]);
    assert_eq!(rules[0]["destinations"], anywhere);
}

#[tokio::test]
async fn a_put_replaces_everything() {
    let sandbox = Sandbox::start().await;
    let droplet = sandbox.droplet("web", json!({})).await;
    let id = make(&sandbox, firewall("web", json!({ "droplet_ids": [droplet] }))).await;
    let body = json!({ "name": "other", "inbound_rules": inbound("80") });
    let put = sandbox.put(&format!("/v2/firewalls/{id}"), body).await;
    assert_eq!(put.status, 200);
    let replaced = put.json()["firewall"].clone();
    assert_eq!(replaced["name"], "other");
    assert_eq!(replaced["droplet_ids"], json!([]));
    assert_eq!(replaced["outbound_rules"], json!([]));
    assert_eq!(replaced["pending_changes"][0]["removing"], true);
}

#[tokio::test]
async fn parts_can_be_added_and_removed() {
    let sandbox = Sandbox::start().await;
    let droplet = sandbox.droplet("web", json!({ "tags": ["web"] })).await;
    let id = make(&sandbox, firewall("web", json!({}))).await;
    let at = |part: &str| format!("/v2/firewalls/{id}/{part}");
    let parts = [
        ("droplets", json!({ "droplet_ids": [droplet] })),
        ("tags", json!({ "tags": ["web"] })),
        ("rules", json!({ "inbound_rules": inbound("80") })),
    ];
    for (part, body) in &parts {
        assert_eq!(sandbox.post(&at(part), body.clone()).await.status, 204, "{part}");
    }
    let full = shown(&sandbox, &id).await;
    assert_eq!(full["droplet_ids"], json!([droplet]));
    assert_eq!(full["tags"], json!(["web"]));
    assert_eq!(full["inbound_rules"].as_array().unwrap().len(), 2);
    for (part, body) in &parts {
        let removed = sandbox.call("DELETE", &at(part), Some(body.clone())).await;
        assert_eq!(removed.status, 204, "{part}");
    }
    let bare = shown(&sandbox, &id).await;
    assert_eq!((&bare["droplet_ids"], &bare["tags"]), (&json!([]), &json!([])));
    let last = json!({ "inbound_rules": inbound("443") });
    assert_eq!(sandbox.call("DELETE", &at("rules"), Some(last)).await.status, 422);
}

#[tokio::test]
async fn a_name_can_be_had_once() {
    let sandbox = Sandbox::start().await;
    let id = make(&sandbox, firewall("lock", json!({}))).await;
    let refused = sandbox.post("/v2/firewalls", firewall("lock", json!({}))).await;
    assert_eq!((refused.status.as_u16(), refused.message().as_str()), (409, "duplicate name"));
    assert_eq!(sandbox.delete(&format!("/v2/firewalls/{id}")).await.status, 204);
    make(&sandbox, firewall("lock", json!({}))).await;
}

#[tokio::test]
async fn what_a_firewall_cannot_be_is_refused() {
    let sandbox = Sandbox::start().await;
    for nth in 0..6 {
        sandbox.post("/v2/tags", json!({ "name": format!("t{nth}") })).await;
    }
    let rule = |ports: &str, sources: Value| json!({ "inbound_rules": [{ "protocol": "tcp", "ports": ports, "sources": sources }] });
    let here = json!({ "addresses": ["10.0.0.1"] });
    let many: Vec<String> =
        (0..1001).map(|nth| format!("10.0.{}.{}", nth / 256, nth % 256)).collect();
    let rules: Vec<Value> = (1..=51)
        .map(|port| json!({ "protocol": "tcp", "ports": port.to_string(), "sources": here }))
        .collect();
    for change in [
        json!({ "name": "-x" }),
        json!({ "name": "" }),
        json!({ "inbound_rules": [] }),
        json!({ "inbound_rules": rules }),
        json!({ "tags": ["missing"] }),
        json!({ "tags": ["t0", "t1", "t2", "t3", "t4", "t5"] }),
        json!({ "droplet_ids": [1] }),
        rule("", here.clone()),
        rule("70000", here.clone()),
        rule("9-1", here.clone()),
        rule("80,443", here.clone()),
        rule("80", json!({})),
        rule("80", json!({ "addresses": ["10.0.0.0/99"] })),
        rule("80", json!({ "addresses": many })),
        rule("80", json!({ "tags": ["missing"] })),
        rule("80", json!({ "droplet_ids": [1] })),
    ] {
        let refused = sandbox.post("/v2/firewalls", firewall("web", change.clone())).await;
        assert_eq!(refused.status, 422, "{change}: {}", refused.text);
    }
    assert_eq!(sandbox.get("/v2/firewalls").await["meta"]["total"], 0);
}
