//! Odd requests of every kind: refused, never a failure, never silence.

use proptest::{
    collection::{btree_map, vec},
    prelude::{Just, Strategy, any, prop_oneof},
    sample::select,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Sandbox, TOKEN};

const PATHS: &[&str] = &[
    "/v2/account",
    "/v2/account/keys",
    "/v2/account/keys/{}",
    "/v2/actions",
    "/v2/actions/{}",
    "/v2/regions",
    "/v2/sizes",
    "/v2/images",
    "/v2/images/{}",
    "/v2/images/{}/actions",
    "/v2/images/{}/account_transfer",
    "/v2/images/{}/account_transfer/accept",
    "/v2/tags",
    "/v2/tags/{}",
    "/v2/tags/{}/resources",
    "/v2/vpcs",
    "/v2/vpcs/{}",
    "/v2/vpcs/{}/members",
    "/v2/droplets",
    "/v2/droplets/{}",
    "/v2/droplets/{}/actions",
    "/v2/droplets/actions",
    "/v2/droplets/{}/destroy_with_associated_resources/selective",
    "/v2/droplets/{}/destroy_with_associated_resources/retry",
    "/v2/volumes",
    "/v2/volumes/{}",
    "/v2/volumes/{}/actions",
    "/v2/volumes/actions",
    "/v2/volumes/{}/snapshots",
    "/v2/snapshots",
    "/v2/snapshots/{}",
    "/v2/firewalls",
    "/v2/firewalls/{}",
    "/v2/firewalls/{}/rules",
    "/v2/firewalls/{}/tags",
    "/v2/firewalls/{}/droplets",
    "/v2/domains",
    "/v2/domains/{}",
    "/v2/domains/{}/records",
    "/v2/domains/{}/records/1",
    "/v2/reserved_ips",
    "/v2/reserved_ips/{}",
    "/v2/reserved_ips/{}/actions",
    "/v2/projects",
    "/v2/projects/{}",
    "/v2/projects/default",
    "/v2/projects/{}/resources",
    "/v2/projects/default/resources",
    "/v2/monitoring/alerts",
    "/v2/monitoring/alerts/{}",
];
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"];
const FIELDS: &[&str] = &[
    "name",
    "names",
    "size",
    "image",
    "region",
    "type",
    "data",
    "ttl",
    "tags",
    "droplet_id",
    "size_gigabytes",
    "inbound_rules",
    "sources",
    "addresses",
    "ports",
    "protocol",
    "ip_range",
    "public_key",
    "resources",
    "resource_id",
    "resource_type",
    "volumes",
    "vpc_uuid",
    "user_data",
    "droplet_ids",
    "ssh_keys",
    "disk",
    "priority",
    "default",
    "snapshot_id",
    "backup_policy",
    "purpose",
    "url",
    "distribution",
    "recipient_email",
    "transfer_id",
    "environment",
    "is_default",
    "compare",
    "value",
    "window",
    "entities",
    "alerts",
    "email",
    "slack",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9-]{0,8}",
        "\\PC{0,8}",
        Just("web".to_owned()),
        Just("sfo2".to_owned()),
        Just("s-1vcpu-1gb".to_owned()),
        Just("ubuntu-22-04-x64".to_owned()),
        Just("10.0.0.0/8".to_owned()),
        Just("attach".to_owned()),
        Just("resize".to_owned()),
        Just("A".to_owned()),
        Just("tcp".to_owned()),
        Just("example.com".to_owned()),
        Just("-1".to_owned()),
        Just("99999999999999999999".to_owned()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let field = select(FIELDS).prop_map(str::to_owned);
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(field, inner, 0..8).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

fn segment(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02x}"))
}

#[tokio::test]
async fn odd_requests_get_an_answer_that_is_no_failure() {
    let sandbox = Sandbox::start().await;
    sandbox.droplet("web", json!({ "tags": ["web"] })).await;
    sandbox.post("/v2/domains", json!({ "name": "example.com" })).await;
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let request = (select(METHODS), select(PATHS), word(), word(), value());
    for _ in 0..1500 {
        let (method, path, id, query, body) = request.new_tree(&mut runner).unwrap().current();
        let path = path.replace("{}", &segment(&id));
        let query = segment(&query);
        let address = format!("{path}?page={query}&per_page={query}&tag_name={query}&name={query}");
        let told = format!("{method} {address} {body}");
        let request = sandbox.raw(Method::from_bytes(method.as_bytes()).unwrap(), &address);
        let response = request.bearer_auth(TOKEN).json(&body).send().await;
        let response = response.unwrap_or_else(|error| panic!("{told}: {error:?}"));
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        assert!(status < 500, "{told}: {status} {text}");
        if method != "HEAD" && status != 204 {
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{told}: {status} {text}");
        }
    }
}
