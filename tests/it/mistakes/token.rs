//! The token and the way to the API.

use insta::assert_snapshot;

use crate::{mistakes::offline, support::env::Env};

#[test]
fn without_a_token_both_ways_out_are_named() {
    let env = Env::new();
    let refused = env.run("preview --no-provision");
    assert_snapshot!(refused, @"
    exit 4
    ---- stderr
    error: there is no DigitalOcean token
    help: set `DIGITALOCEAN_TOKEN` (or `DIGITALOCEAN_ACCESS_TOKEN`) to one made at cloud.digitalocean.com/account/api/tokens
    help: or pass `--sandbox` to use the DigitalOcean in the box, without an account
    ");
    assert_eq!(env.run("up --yes --no-provision").to_string(), refused.to_string());
}

#[test]
fn a_token_that_is_refused_is_told_from_one_that_is_missing() {
    let mut env = Env::with_cloud();
    env.set("DIGITALOCEAN_TOKEN", "dop_v1_stale");
    assert_snapshot!(env.run("preview --no-provision"), @"
    exit 4
    ---- stderr
    error: cannot read the account; nothing was changed: GET [path]: the token is not accepted: 401 Unauthorized Unable to authenticate you (request id [uuid])
    help: check `DIGITALOCEAN_TOKEN`: it may have expired, been revoked, or lack a scope
    ");
    assert_snapshot!(env.run("up --yes --no-provision"), @"
    exit 4
    ---- stderr
    error: cannot take the lock `dostack-lock-core-dev`: POST /v2/firewalls: the token is not accepted: 401 Unauthorized Unable to authenticate you (request id [uuid]); nothing was changed
    help: check `DIGITALOCEAN_TOKEN`: it may have expired, been revoked, or lack a scope
    ");
}

#[test]
fn a_token_is_never_sent_in_the_clear_to_another_machine() {
    let mut env = Env::new();
    env.use_account("http://10.0.0.1:8080", 1);
    assert_snapshot!(env.run("preview --no-provision"), @"
    exit 3
    ---- stderr
    error: cannot use http://10.0.0.1:8080 as the address of the API: plain http is for loopback addresses only, so that no token travels in the clear
    help: write `DIGITALOCEAN_API_URL` as `https://api.digitalocean.com`, which is usual, or as `http://127.0.0.1:[port]` for a sandbox on this machine
    ");
}

#[test]
fn an_account_that_cannot_be_reached_is_as_it_was() {
    let mut env = Env::new();
    // Nothing listens on the discard port, and nobody but root could.
    env.use_account("http://127.0.0.1:9", 100);
    assert_snapshot!(env.run("preview --no-provision"), @"
    exit 6
    ---- stderr
    error: cannot read the account; nothing was changed: GET [path]: no answer from http://127.0.0.1:[port], tried for [time]: error sending request: client error (Connect): tcp connect error: Connection refused (os error [number])
    help: run the same command again when it can be reached
    ");
    assert_snapshot!(env.run("up --yes --no-provision"), @"
    exit 6
    ---- stderr
    error: cannot take the lock `dostack-lock-core-dev`: POST /v2/firewalls: no answer from http://127.0.0.1:[port], tried for [time]: error sending request: client error (Connect): tcp connect error: Connection refused (os error [number]); nothing was changed
    help: run the same command again when it can be reached
    ");
}

#[test]
fn a_token_that_was_copied_badly_is_told_without_being_shown() {
    let mut env = Env::with_cloud();
    env.set("DIGITALOCEAN_TOKEN", "dop_v1_hun\nter2");
    assert!(!offline(&env, "preview --no-provision").to_string().contains("hun"));
    env.set("DIGITALOCEAN_TOKEN", "dop_v1_hunter2 and more");
    assert_snapshot!(offline(&env, "preview --no-provision"), @"
    exit 4
    ---- stderr
    error: the DigitalOcean token has a blank, a line's end or another odd character in it; nothing was sent
    help: set `DIGITALOCEAN_TOKEN` again to the token alone, as `dop_v1_…`
    ");
}

#[test]
fn an_address_of_the_api_that_is_none_is_refused() {
    let mut env = Env::new();
    env.use_account("localhost:8080", 1);
    assert_snapshot!(env.run("preview --no-provision"), @"
    exit 3
    ---- stderr
    error: cannot use localhost as the address of the API: it must begin with https://
    help: write `DIGITALOCEAN_API_URL` as `https://api.digitalocean.com`, which is usual, or as `http://127.0.0.1:[port]` for a sandbox on this machine
    ");
    env.use_account("api.digitalocean.com", 1);
    assert_snapshot!(env.run("preview --no-provision"), @"
    exit 3
    ---- stderr
    error: `DIGITALOCEAN_API_URL` is no address: relative URL without a base
    help: write `DIGITALOCEAN_API_URL` as `https://api.digitalocean.com`, which is usual, or as `http://127.0.0.1:[port]` for a sandbox on this machine
    ");
}
