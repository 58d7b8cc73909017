//! The state file: what it keeps, and what it refuses.

use std::fs;

use dostack::sandbox::{Error, Options, start};
use serde_json::json;

use super::support::{Sandbox, options};

#[tokio::test]
async fn an_account_survives_a_restart_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let state = Some(folder.path().join("deep/sandbox.json"));
    let sandbox = Sandbox::with(Options { state: state.clone(), ..options() }).await;
    let volume = sandbox.volume("data").await;
    let old = sandbox.droplet("old", json!({ "tags": ["keep"], "volumes": [volume] })).await;
    let new = sandbox.booting_droplet("new", json!({})).await;
    sandbox.stop().await;

    let sandbox = Sandbox::with(Options { state, ..options() }).await;
    let found = sandbox.get("/v2/droplets?tag_name=keep").await;
    assert_eq!(found["droplets"][0]["id"], old);
    assert_eq!(found["droplets"][0]["volume_ids"], json!([volume]));
    let path = format!("/v2/droplets/{new}");
    assert_eq!(sandbox.get(&path).await["droplet"]["status"], "new");
    sandbox.advance(31).await;
    assert_eq!(sandbox.get(&path).await["droplet"]["status"], "active");
    let third = sandbox.booting_droplet("third", json!({})).await;
    assert!(third > new);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_file_that_is_no_state_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    for (text, reason) in [
        ("", "is not a sandbox's state"),
        ("[]", "is not a sandbox's state"),
        ("{\"version\":2}", "is not a sandbox's state"),
        ("{\"version\":99}", "has form 99"),
    ] {
        fs::write(&path, text).unwrap();
        let error = start(Options { state: Some(path.clone()), ..options() }).await.unwrap_err();
        let Error::State(cause) = error else { panic!("{error}") };
        assert!(cause.to_string().contains(reason), "{text}: {cause}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    let folder_as_file = Options { state: Some(folder.path().to_owned()), ..options() };
    assert!(matches!(start(folder_as_file).await, Err(Error::State(_))));
}

#[tokio::test]
async fn a_state_that_contradicts_itself_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let with_state = || Options { state: Some(path.clone()), ..options() };
    let sandbox = Sandbox::with(with_state()).await;
    sandbox.droplet("web", json!({})).await;
    sandbox.stop().await;
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("s-1vcpu-1gb", "s-none")).unwrap();
    let Error::State(cause) = start(with_state()).await.unwrap_err() else { panic!() };
    assert!(cause.to_string().contains("contradicts itself"), "{cause}");
}
