//! The account, its keys, and the catalogue.

use serde_json::json;

use super::support::Sandbox;

#[tokio::test]
async fn an_account_is_active_and_has_room() {
    let sandbox = Sandbox::start().await;
    let account = sandbox.get("/v2/account").await;
    assert_eq!(account["account"]["status"], "active");
    assert_eq!(account["account"]["droplet_limit"], 2000);
}

#[tokio::test]
async fn the_catalogue_has_what_the_users_stack_needs() {
    let sandbox = Sandbox::start().await;
    let sizes = sandbox.get("/v2/sizes?per_page=200").await;
    let of = |slug: &str| {
        let sizes = sizes["sizes"].as_array().unwrap();
        sizes.iter().find(|size| size["slug"] == slug).unwrap().clone()
    };
    assert_eq!(of("s-8vcpu-32gb-640gb-intel")["price_monthly"], 192.0);
    assert_eq!(of("s-2vcpu-8gb-160gb-intel")["disk"], 160);
    assert!(sizes["meta"]["total"].as_u64().unwrap() >= 60);
    assert_eq!(sandbox.status("/v2/images/ubuntu-22-04-x64").await, 200);
    assert_eq!(sandbox.status("/v2/images/windows-xp").await, 404);
    let regions = sandbox.get("/v2/regions").await;
    assert!(regions["regions"].as_array().unwrap().iter().any(|region| region["slug"] == "sfo2"));
}

#[tokio::test]
async fn a_key_is_known_by_its_number_and_its_fingerprint() {
    let sandbox = Sandbox::start().await;
    let public_key =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4dXEX+XUw7zTEKVbWtiYbFkPmVJLLUEnBSNTdy2b9G me@here";
    let made =
        sandbox.post("/v2/account/keys", json!({ "name": "me", "public_key": public_key })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let key = made.json()["ssh_key"].clone();
    let fingerprint = key["fingerprint"].as_str().unwrap();
    assert_eq!(fingerprint.len(), 47);
    assert_eq!(sandbox.status(&format!("/v2/account/keys/{fingerprint}")).await, 200);
    let by_number = format!("/v2/account/keys/{}", key["id"]);
    assert_eq!(
        sandbox.put(&by_number, json!({ "name": "you" })).await.json()["ssh_key"]["name"],
        "you"
    );

    let again = sandbox
        .post("/v2/account/keys", json!({ "name": "other", "public_key": public_key }))
        .await;
    assert_eq!(
        (again.status.as_u16(), again.message().as_str()),
        (422, "SSH Key is already in use on your account")
    );
    assert_eq!(sandbox.delete(&by_number).await.status, 204);
    assert_eq!(sandbox.status(&by_number).await, 404);
}

#[tokio::test]
async fn what_is_no_public_key_is_refused() {
    let sandbox = Sandbox::start().await;
    for text in ["", "ssh-ed25519", "ssh-ed25519 AAAA", "-----BEGIN OPENSSH PRIVATE KEY-----"] {
        let body = json!({ "name": "bad", "public_key": text });
        assert_eq!(sandbox.post("/v2/account/keys", body).await.status, 422, "{text}");
    }
}
