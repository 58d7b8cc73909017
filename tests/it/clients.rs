//! The sandbox as clients meet it that nobody here wrote.
//!
//! Each works through everything it knows (`tests/clients`) and complains about whatever
//! DigitalOcean would not have answered; every answer is held against the description besides.

use std::path::Path;

use crate::support::{
    cloud::Cloud,
    foreign::{PROJECT, program},
    openapi,
    proxy::{Exchange, Proxy},
};

/// How many times faster than DigitalOcean their sandbox is: what takes a minute takes 60 ms.
const SPEED: u32 = 1000;

#[test]
fn pydo_makes_lists_changes_and_deletes_every_kind() {
    for exchange in session("pydo_session.py") {
        let Exchange { method, path, sent, .. } = &exchange;
        let refused = exchange.status >= 400;
        // What is refused was wrong on purpose.
        assert!(refused || openapi::check_request(method, path, sent).is_ok(), "{exchange:?}");
    }
}

#[test]
fn libcloud_runs_machines_disks_and_zones() {
    session("libcloud_session.py");
}

#[test]
fn python_digitalocean_runs_what_it_knows() {
    session("python_digitalocean_session.py");
}

/// Runs a session in a sandbox of its own and gives back what was said.
fn session(name: &str) -> Vec<Exchange> {
    let Some(mut python) = program("python") else { return Vec::new() };
    let cloud = Cloud::start(SPEED);
    let proxy = Proxy::before(cloud.address());
    let ran = python
        .arg(Path::new(PROJECT).join("tests/clients").join(name))
        .env("DIGITALOCEAN_API_URL", proxy.address())
        .env("DIGITALOCEAN_TOKEN", "sandbox")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{told}");
    let exchanges = proxy.exchanges();
    assert!(exchanges.len() > 100, "{name} said next to nothing");
    for Exchange { method, path, status, got, .. } in &exchanges {
        // Some clients end every path with a slash.
        let (path, _) = path.split_once('?').unwrap_or((path, ""));
        openapi::check_response(method, path.trim_end_matches('/'), *status, got).unwrap();
    }
    exchanges
}
