//! The sandbox as clients meet it that nobody here wrote.
//!
//! Each works through everything it knows (`tests/clients`) and complains about whatever
//! DigitalOcean would not have answered; every answer is held against the description besides.

use std::env;

use tempfile::TempDir;

use crate::support::{
    cloud::Cloud,
    foreign::{self, program},
    openapi,
    proxy::{Exchange, Proxy},
};

/// How many times faster than DigitalOcean their sandbox is: what takes a minute takes 60 ms.
const SPEED: u32 = 1000;

#[test]
fn pydo_makes_lists_changes_and_deletes_every_kind() {
    let exchanges = session("pydo_session.py");
    for Exchange { method, path, sent, status, .. } in &exchanges {
        // What is refused was wrong on purpose.
        if *status < 400 {
            openapi::check_request(method, path, sent).unwrap();
        }
    }
    let calls = exchanges.iter().map(|exchange| (&*exchange.method, &*exchange.path));
    match openapi::untouched(calls).unwrap() {
        Some(untouched) if !exchanges.is_empty() => assert_eq!(untouched, ELSEWHERE),
        Some(_) | None => {}
    }
}

/// What pydo has no session for: giving images to other accounts, bringing one's own, and trying
/// again what cannot fail here.
const ELSEWHERE: &[&str] = &[
    "POST /v2/droplets/{droplet_id}/destroy_with_associated_resources/retry",
    "POST /v2/images",
    "POST /v2/images/{image_id}/account_transfer",
    "POST /v2/images/{image_id}/account_transfer/accept",
    "POST /v2/images/{image_id}/account_transfer/cancel",
    "POST /v2/images/{image_id}/account_transfer/decline",
];

#[test]
fn libcloud_runs_machines_disks_and_zones() {
    session("libcloud_session.py");
}

#[test]
fn python_digitalocean_runs_what_it_knows() {
    session("python_digitalocean_session.py");
}

/// The seed of the odd requests; `DOSTACK_ODD_SEED` tries another.
const SEED: &str = "7";

/// How many odd requests are made up for each operation, besides the systematic ones.
const GUESSES: &str = "10";

#[test]
fn odd_requests_of_schemathesis_get_answers_that_are_described() {
    let Some(description) = openapi::given() else { return };
    let Some(mut schemathesis) = program("schemathesis") else { return };
    let cloud = Cloud::start(SPEED);
    let seed = seed();
    // It leaves files where it runs.
    let folder = TempDir::with_prefix("dostack-").unwrap();
    let ran = schemathesis
        .arg("run")
        .arg(description)
        .args(["--url", cloud.address(), "--header", "Authorization: Bearer sandbox"])
        .args(["--seed", &seed, "--max-examples", GUESSES])
        .args(["--phases", "coverage,fuzzing,stateful", "--checks", CHECKS])
        .args(["--request-timeout", "5", "--generation-database", "none", "--no-color"])
        .current_dir(folder.path())
        .env("SCHEMATHESIS_HOOKS", "odd_requests")
        .env("PYTHONPATH", foreign::sessions())
        .env("DIGITALOCEAN_API_URL", cloud.address())
        .env("DIGITALOCEAN_TOKEN", "sandbox")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    let told = format!("{told}\nagain with DOSTACK_ODD_SEED={seed}");
    assert!(ran.status.success(), "{told}");
    // It is content with a server that has no answers at all.
    assert!(cloud.calls().total > 5000, "{told}");
}

/// No failure of the server, and nothing said that is not described. A time-out counts as a failure.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance";

#[expect(clippy::disallowed_methods, reason = "tests are told by their environment")]
fn seed() -> String {
    env::var("DOSTACK_ODD_SEED").unwrap_or_else(|_| SEED.to_owned())
}

/// Runs a session in a sandbox of its own and gives back what was said.
fn session(name: &str) -> Vec<Exchange> {
    let Some(mut python) = program("python") else { return Vec::new() };
    let cloud = Cloud::start(SPEED);
    let proxy = Proxy::before(cloud.address());
    let ran = python
        .arg(foreign::sessions().join(name))
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
