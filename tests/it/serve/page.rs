//! The daemon's page, in a browser.

use super::Daemon;
use crate::support::{browser::watch, env::Env};

#[test]
fn a_page_that_is_left_open_looks_again_and_shows_the_stack() {
    let env = Env::with_cloud();
    let _ = env.run("up --yes --no-provision").expect(0);
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
    assert!(!shown.contains("class=\"lost\""), "it could not look again:\n{shown}");
    assert!(!shown.contains(&daemon.token));
    daemon.stop();
}
