//! What the sandbox and those who put machines behind its droplets tell each other.

use serde_json::json;

use super::support::Sandbox;

async fn addresses(sandbox: &Sandbox, id: u64) -> (String, String) {
    let droplet = sandbox.get(&format!("/v2/droplets/{id}")).await;
    let networks = droplet["droplet"]["networks"]["v4"].as_array().unwrap().clone();
    let of = |kind: &str| {
        let network = networks.iter().find(|network| network["type"] == kind).unwrap();
        network["ip_address"].as_str().unwrap().to_owned()
    };
    (of("public"), of("private"))
}

async fn private_network(sandbox: &Sandbox) -> String {
    let body = json!({ "name": "core-dev", "region": "sfo2", "ip_range": "10.77.0.0/24" });
    let answer = sandbox.post("/v2/vpcs", body).await;
    answer.json()["vpc"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_droplet_is_given_the_addresses_that_are_meant_for_its_name() {
    let sandbox = Sandbox::start().await;
    let vpc = private_network(&sandbox).await;
    let meant = json!({ "vector": { "public": "198.51.100.7", "private": "10.77.0.70" } });
    sandbox.control("PUT", "addresses", Some(meant.clone())).await;
    assert_eq!(sandbox.control("GET", "addresses", None).await, meant);
    let vector = sandbox.droplet("vector", json!({ "vpc_uuid": vpc })).await;
    let found = addresses(&sandbox, vector).await;
    assert_eq!(found, ("198.51.100.7".to_owned(), "10.77.0.70".to_owned()));
    let other = sandbox.droplet("app", json!({ "vpc_uuid": vpc })).await;
    assert_eq!(addresses(&sandbox, other).await.1, "10.77.0.2");
}

#[tokio::test]
async fn a_private_address_in_use_is_passed_over_and_one_outside_the_network_refused() {
    let sandbox = Sandbox::start().await;
    let vpc = private_network(&sandbox).await;
    let meant = json!({ "a": { "private": "10.77.0.9" }, "b": { "private": "10.78.0.9" } });
    sandbox.control("PUT", "addresses", Some(meant)).await;
    sandbox.droplet("a", json!({ "vpc_uuid": vpc })).await;
    let second = sandbox.droplet("a", json!({ "vpc_uuid": vpc })).await;
    assert_eq!(addresses(&sandbox, second).await.1, "10.77.0.2");
    let body = super::support::droplet("b", json!({ "vpc_uuid": vpc }));
    let refused = sandbox.post("/v2/droplets", body).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("10.78.0.9, meant for b, is not in 10.77.0.0/24"));
}

#[tokio::test]
async fn user_data_is_told_to_whoever_puts_a_machine_behind_the_droplet() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.droplet("vector", json!({ "user_data": "#cloud-config\n" })).await;
    let told = sandbox.try_call("GET", &format!("/_sandbox/user_data/{id}"), None).await.unwrap();
    assert_eq!((told.status.as_u16(), told.text.as_str()), (200, "#cloud-config\n"));
    let shown = sandbox.get(&format!("/v2/droplets/{id}")).await;
    assert_eq!(shown["droplet"].get("user_data"), None);
    sandbox.delete(&format!("/v2/droplets/{id}")).await;
    sandbox.advance(60).await;
    for gone in [id.to_string(), "1".to_owned(), "vector".to_owned()] {
        let path = format!("/_sandbox/user_data/{gone}");
        assert_eq!(sandbox.try_call("GET", &path, None).await.unwrap().status, 404);
    }
}

#[tokio::test]
async fn addresses_that_are_none_are_refused() {
    let sandbox = Sandbox::start().await;
    for odd in [json!({ "a": "10.0.0.1" }), json!({ "a": { "ip": "10.0.0.1" } }), json!([])] {
        let refused = sandbox.try_call("PUT", "/_sandbox/addresses", Some(odd)).await.unwrap();
        assert_eq!(refused.status, 422);
    }
}
