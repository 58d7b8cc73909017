//! The daemon's page, in a browser.

use regex::Regex;
use serde_json::json;

use super::Daemon;
use crate::support::{browser::watch, env::Env, until::until};

/// Somebody switches a machine off, by hand and without a debt.
fn switch_off(env: &Env, name: &str) {
    let find = || {
        let all = env.cloud().call("GET", "/v2/droplets", None)["droplets"].clone();
        all.as_array().unwrap().iter().find(|droplet| droplet["name"] == name).unwrap().clone()
    };
    let path = format!("/v2/droplets/{}/actions", find()["id"]);
    env.cloud().post(&path, json!({ "type": "power_off" }));
    until("the machine is off", || find()["status"] == "off");
}

#[test]
fn a_page_that_is_left_open_looks_again_and_shows_the_stack() {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
    switch_off(&env, "core-dev-app");
    let daemon = Daemon::start(&env, "--stack dev");
    let url = format!("http://anybody:{}@{}/", daemon.token, daemon.status);
    let Some(shown) = watch(&url, 12) else { return };
    for told in [
        "<title>core-dev · $266.00 a month</title>",
        "<svg",
        "core-dev-vector",
        "s-8vcpu-32gb-640gb-intel",
        "$202.00",
        "active",
        "size of vector",
        "Snapshots by night",
    ] {
        assert!(shown.contains(told), "`{told}` in {shown}");
    }
    let off = Regex::new("<text class=\"red\"[^>]*>off</text>").unwrap();
    assert_eq!(off.find_iter(&shown).count(), 1, "one machine is off:\n{shown}");
    assert!(!shown.contains("class=\"lost\""), "it could not look again:\n{shown}");
    assert!(!shown.contains(&daemon.token));
    daemon.stop();
}
