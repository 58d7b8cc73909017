//! Whether the sandbox has a route for everything in the description that it stands in for.

use serde_json::Value;

use super::support::Sandbox;
use crate::support::openapi;

/// What the sandbox stands in for: all that lies below these paths.
const FAMILIES: &[&str] = &[
    "/v2/account",
    "/v2/account/keys",
    "/v2/actions",
    "/v2/domains",
    "/v2/droplets",
    "/v2/firewalls",
    "/v2/images",
    "/v2/monitoring/alerts",
    "/v2/projects",
    "/v2/regions",
    "/v2/reserved_ips",
    "/v2/sizes",
    "/v2/snapshots",
    "/v2/tags",
    "/v2/volumes",
    "/v2/vpcs",
];

fn is_ours(path: &str) -> bool {
    FAMILIES.iter().any(|family| {
        path.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// A path as it is called, with something in every placeholder's place.
fn filled(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "1".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// A path without the names of its placeholders. The default project is one project of all.
fn bare(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    let path: Vec<String> = path.split('/').map(part).collect();
    path.join("/").replace("/v2/projects/default", "/v2/projects/{}")
}

#[tokio::test]
async fn everything_in_the_description_has_a_route() {
    let sandbox = Sandbox::start().await;
    let mut missing = Vec::new();
    let mut described = openapi::operations().unwrap();
    described.retain(|(_, path)| is_ours(path));
    for (method, path) in &described {
        sandbox.control("DELETE", "calls", None).await;
        let answer = sandbox.try_call(method, &filled(path), None).await.unwrap();
        let calls = sandbox.control("GET", "calls", None).await;
        let route = calls["log"][0]["route"].as_str().unwrap_or_default();
        if answer.status == 405 || bare(route) != bare(path) {
            missing.push(format!("{method} {path}"));
        }
    }
    // Without the description there is nothing to walk; with it there is a lot.
    assert!(described.is_empty() || described.len() > 100, "only {} calls", described.len());
    assert!(missing.is_empty(), "not in the sandbox:\n{}", missing.join("\n"));
}

#[tokio::test]
async fn what_nobody_has_is_told_apart_from_what_it_does_not_know() {
    let sandbox = Sandbox::start().await;
    for (path, route) in [("/v2/droplets/1", "/v2/droplets/{droplet_id}"), ("/v2/planets", "")] {
        sandbox.control("DELETE", "calls", None).await;
        let answer = sandbox.try_call("GET", path, None).await.unwrap();
        assert_eq!(answer.status, 404);
        let calls = sandbox.control("GET", "calls", None).await;
        assert_eq!(calls["log"][0]["route"], Value::from(route));
    }
}
