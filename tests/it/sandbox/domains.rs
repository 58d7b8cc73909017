//! Domains and their records.

use serde_json::{Value, json};

use super::support::Sandbox;

const RECORDS: &str = "/v2/domains/example.com/records";

async fn with_domain() -> Sandbox {
    let sandbox = Sandbox::start().await;
    let made = sandbox.post("/v2/domains", json!({ "name": "Example.com" })).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["domain"]["name"], "example.com");
    sandbox
}

async fn add(sandbox: &Sandbox, body: Value) -> Value {
    let made = sandbox.post(RECORDS, body.clone()).await;
    assert_eq!(made.status, 201, "{body}: {}", made.text);
    made.json()["domain_record"].clone()
}

#[tokio::test]
async fn a_new_domain_has_its_soa_and_name_servers() {
    let sandbox = with_domain().await;
    let records = sandbox.get(RECORDS).await["domain_records"].as_array().unwrap().clone();
    let kinds: Vec<_> = records.iter().map(|record| record["type"].clone()).collect();
    assert_eq!(kinds, ["SOA", "NS", "NS", "NS"]);
    assert_eq!(records[1]["data"], "ns1.digitalocean.com");
    let zone = sandbox.get("/v2/domains/example.com").await["domain"]["zone_file"].clone();
    assert!(zone.as_str().unwrap().contains("$ORIGIN example.com."));
    let again = sandbox.post("/v2/domains", json!({ "name": "example.com" })).await;
    assert_eq!(again.status, 422);
    assert!(again.message().contains("already exists"));
    assert_eq!(sandbox.delete("/v2/domains/example.com").await.status, 204);
    assert_eq!(sandbox.status(RECORDS).await, 404);
}

#[tokio::test]
async fn a_domain_with_an_address_has_its_a_record() {
    let sandbox = Sandbox::start().await;
    let body = json!({ "name": "example.org", "ip_address": "192.0.2.1" });
    assert_eq!(sandbox.post("/v2/domains", body).await.status, 201);
    let found = sandbox.get("/v2/domains/example.org/records?type=A&name=example.org").await;
    assert_eq!(found["domain_records"][0]["data"], "192.0.2.1");
}

#[tokio::test]
async fn records_of_every_type_are_kept_in_their_normal_form() {
    let sandbox = with_domain().await;
    let a = add(&sandbox, json!({ "type": "A", "name": "WWW", "data": "192.0.2.1" })).await;
    assert_eq!(
        (&a["name"], &a["ttl"], &a["priority"]),
        (&json!("www"), &json!(1800), &Value::Null)
    );
    let cname =
        add(&sandbox, json!({ "type": "CNAME", "name": "alias", "data": "www.example.com." }))
            .await;
    assert_eq!(cname["data"], "www.example.com");
    let mx = json!({ "type": "MX", "name": "@", "data": "mail.example.com.", "priority": 10 });
    assert_eq!(add(&sandbox, mx).await["priority"], 10);
    add(&sandbox, json!({ "type": "AAAA", "name": "www", "data": "2001:db8::1" })).await;
    add(&sandbox, json!({ "type": "TXT", "name": "_dostack.www", "data": "v=1" })).await;
    add(&sandbox, json!({ "type": "NS", "name": "sub", "data": "ns.example.net." })).await;
    add(&sandbox, json!({ "type": "CAA", "name": "@", "data": "letsencrypt.org.", "flags": 0, "tag": "issue" })).await;
    let srv = json!({ "type": "SRV", "name": "_sip._tcp", "data": "sip.example.com.", "priority": 1, "port": 5060, "weight": 5 });
    assert_eq!(add(&sandbox, srv).await["data"], "sip.example.com");
    let full =
        add(&sandbox, json!({ "type": "A", "name": "api.example.com.", "data": "192.0.2.2" }))
            .await;
    assert_eq!(full["name"], "api");
    let found = sandbox.get(&format!("{RECORDS}?name=www.example.com&type=A")).await;
    assert_eq!(found["meta"]["total"], 1);
}

#[tokio::test]
async fn fields_of_other_types_are_dropped() {
    let sandbox = with_domain().await;
    let sent = json!({ "type": "A", "name": "www", "data": "192.0.2.1", "priority": 0, "weight": 0, "flags": 0 });
    let kept = add(&sandbox, sent).await;
    assert_eq!(
        (&kept["priority"], &kept["weight"], &kept["flags"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn a_record_changes_in_part() {
    let sandbox = with_domain().await;
    let record =
        add(&sandbox, json!({ "type": "A", "name": "www", "data": "192.0.2.1", "ttl": 600 })).await;
    let path = format!("{RECORDS}/{}", record["id"]);
    let patched =
        sandbox.call("PATCH", &path, Some(json!({ "type": "A", "data": "192.0.2.9" }))).await;
    assert_eq!(patched.status, 200);
    assert_eq!(patched.json()["domain_record"]["data"], "192.0.2.9");
    assert_eq!(patched.json()["domain_record"]["ttl"], 600);
    let put = sandbox.put(&path, json!({ "type": "A", "name": "web", "ttl": 60 })).await;
    assert_eq!(put.json()["domain_record"]["name"], "web");
    assert_eq!(sandbox.put(&path, json!({ "type": "TXT", "data": "x" })).await.status, 422);
    assert_eq!(sandbox.delete(&path).await.status, 204);
    assert_eq!(sandbox.status(&path).await, 404);

    let alias =
        add(&sandbox, json!({ "type": "CNAME", "name": "alias", "data": "x.example.com." })).await;
    let path = format!("{RECORDS}/{}", alias["id"]);
    let put = sandbox.put(&path, json!({ "type": "CNAME", "ttl": 60 })).await;
    assert_eq!(put.json()["domain_record"]["data"], "x.example.com");
}

#[tokio::test]
async fn records_of_one_name_live_equally_long() {
    let sandbox = with_domain().await;
    let first =
        add(&sandbox, json!({ "type": "A", "name": "www", "data": "192.0.2.1", "ttl": 600 })).await;
    add(&sandbox, json!({ "type": "A", "name": "www", "data": "192.0.2.2", "ttl": 900 })).await;
    let first = sandbox.get(&format!("{RECORDS}/{}", first["id"])).await;
    assert_eq!(first["domain_record"]["ttl"], 900);
}

#[tokio::test]
async fn an_alias_is_alone_at_its_name() {
    let sandbox = with_domain().await;
    add(&sandbox, json!({ "type": "A", "name": "www", "data": "192.0.2.1" })).await;
    add(&sandbox, json!({ "type": "CNAME", "name": "alias", "data": "@" })).await;
    for body in [
        json!({ "type": "CNAME", "name": "www", "data": "x.example.com." }),
        json!({ "type": "A", "name": "alias", "data": "192.0.2.1" }),
        json!({ "type": "CNAME", "name": "alias", "data": "y.example.com." }),
    ] {
        let refused = sandbox.post(RECORDS, body.clone()).await;
        assert_eq!(refused.status, 422, "{body}");
        assert!(refused.message().contains("CNAME"));
    }
}

#[tokio::test]
async fn records_without_what_they_need_are_refused() {
    let sandbox = with_domain().await;
    for body in [
        json!({ "name": "www", "data": "192.0.2.1" }),
        json!({ "type": "SOA", "name": "@", "data": "1800" }),
        json!({ "type": "A", "name": "www" }),
        json!({ "type": "A", "name": "www", "data": "www.example.com." }),
        json!({ "type": "A", "name": "w w", "data": "192.0.2.1" }),
        json!({ "type": "A", "name": "", "data": "192.0.2.1" }),
        json!({ "type": "A", "name": "www", "data": "192.0.2.1", "ttl": 5 }),
        json!({ "type": "AAAA", "name": "www", "data": "192.0.2.1" }),
        json!({ "type": "CNAME", "name": "x", "data": "no-dot.example.com" }),
        json!({ "type": "MX", "name": "@", "data": "mail.example.com." }),
        json!({ "type": "SRV", "name": "_a._b", "data": "x.example.com.", "priority": 1, "port": 1 }),
        json!({ "type": "CAA", "name": "@", "data": "ca.example.", "flags": 0, "tag": "any" }),
        json!({ "type": "PTR", "name": "x", "data": "y." }),
    ] {
        assert_eq!(sandbox.post(RECORDS, body.clone()).await.status, 422, "{body}");
    }
    for name in ["", "com", "-a.com", "a..com", "a b.com"] {
        assert_eq!(
            sandbox.post("/v2/domains", json!({ "name": name })).await.status,
            422,
            "{name}"
        );
    }
}
