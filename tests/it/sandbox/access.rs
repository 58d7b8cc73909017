//! Who may come in, how often, and how lists are cut into pages.

use dostack::sandbox::{Error, Options, RateLimit, start};
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Sandbox, TOKEN, options};

#[tokio::test]
async fn a_stranger_is_turned_away() {
    let sandbox = Sandbox::start().await;
    for request in [
        sandbox.raw(Method::GET, "/v2/account"),
        sandbox.raw(Method::GET, "/v2/account").bearer_auth("another"),
        sandbox.raw(Method::GET, "/v2/account").header("authorization", TOKEN),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        let request_id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let body: Value = response.json().await.unwrap();
        let expected = json!({
            "id": "Unauthorized",
            "message": "Unable to authenticate you",
            "request_id": request_id,
        });
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn what_does_not_exist_says_so_in_json() {
    let sandbox = Sandbox::start().await;
    let unknown = sandbox.try_call("GET", "/v2/nothing", None).await.unwrap();
    assert_eq!((unknown.status.as_u16(), unknown.json()["id"].as_str()), (404, Some("not_found")));
    let wrong = sandbox.try_call("PATCH", "/v2/account", None).await.unwrap();
    assert_eq!(wrong.status, 405);
    assert_eq!(wrong.json()["id"], "method_not_allowed");
    let control = sandbox.try_call("GET", "/_sandbox/nothing", None).await.unwrap();
    assert_eq!(control.status, 404);
    assert_eq!(sandbox.try_call("GET", "/", None).await.unwrap().status, 404);
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let sandbox = Sandbox::start().await;
    let send = |body: String| sandbox.raw(Method::POST, "/v2/tags").bearer_auth(TOKEN).body(body);
    assert_eq!(send("{\"name\":".to_owned()).send().await.unwrap().status(), 400);
    assert_eq!(send(String::new()).send().await.unwrap().status(), 400);
    assert_eq!(send("{\"name\":7}".to_owned()).send().await.unwrap().status(), 422);
    assert_eq!(send("[\"a\"]".to_owned()).send().await.unwrap().status(), 422);
    let deep = format!("{{\"x\":{}", "[".repeat(100_000));
    assert_eq!(send(deep).send().await.unwrap().status(), 400);
    assert_eq!(send("x".repeat(2 << 20)).send().await.unwrap().status(), 413);
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let sandbox = Sandbox::start().await;
    for nth in 0..25 {
        sandbox.post("/v2/tags", json!({ "name": format!("tag-{nth:02}") })).await;
    }
    let first = sandbox.get("/v2/tags").await;
    assert_eq!(first["tags"].as_array().unwrap().len(), 20);
    assert_eq!(first["meta"]["total"], 25);
    let pages = first["links"]["pages"].clone();
    assert_eq!(pages["next"], format!("{}/v2/tags?page=2", sandbox.origin()));
    assert_eq!(pages["next"], pages["last"]);
    assert_eq!(pages.get("first"), None);

    let second = sandbox.get("/v2/tags?per_page=10&page=3").await;
    assert_eq!(second["tags"].as_array().unwrap().len(), 5);
    let pages = second["links"]["pages"].clone();
    assert_eq!(pages["prev"], format!("{}/v2/tags?per_page=10&page=2", sandbox.origin()));
    assert_eq!(pages.get("next"), None);

    let whole = sandbox.get("/v2/tags?per_page=200").await;
    assert_eq!(whole["links"], json!({}));
}

#[tokio::test]
async fn pages_out_of_range_are_moved_into_it() {
    let sandbox = Sandbox::start().await;
    for query in ["per_page=0", "per_page=1000", "per_page=x", "page=0", "page=-1"] {
        let answer = sandbox.get(&format!("/v2/sizes?{query}")).await;
        assert!(!answer["sizes"].as_array().unwrap().is_empty(), "{query}");
    }
    let huge = sandbox.get("/v2/sizes?page=18446744073709551615").await;
    assert_eq!(huge["sizes"], json!([]));
}

#[tokio::test]
async fn a_burst_gets_429_and_may_go_on_after_a_minute() {
    let sandbox = Sandbox::with(Options { rate_limit: RateLimit::On, ..options() }).await;
    for nth in 0..250 {
        let answer = sandbox.call("GET", "/v2/account", None).await;
        assert_eq!(answer.status, 200);
        if nth == 0 {
            assert_eq!(answer.headers["ratelimit-limit"], "5000");
            assert_eq!(answer.headers["ratelimit-remaining"], "4999");
            assert!(answer.headers.contains_key("ratelimit-reset"));
        }
    }
    let refused = sandbox.call("GET", "/v2/account", None).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.json()["id"], "too_many_requests");
    assert_eq!(refused.headers["ratelimit-remaining"], "0");
    let wait: u32 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    sandbox.advance(wait).await;
    assert_eq!(sandbox.status("/v2/account").await, 200);
}

#[tokio::test]
async fn keys_are_listed_ten_times_a_minute() {
    let sandbox = Sandbox::with(Options { rate_limit: RateLimit::On, ..options() }).await;
    for _ in 0..10 {
        assert_eq!(sandbox.status("/v2/account/keys").await, 200);
    }
    assert_eq!(sandbox.status("/v2/account/keys").await, 429);
    assert_eq!(sandbox.status("/v2/account/keys/1").await, 404);
}

#[tokio::test]
async fn settings_change_while_it_runs() {
    let sandbox = Sandbox::start().await;
    let wanted = json!({
        "droplet_limit": 3,
        "reserved_ip_limit": 2,
        "rate_limit": "on",
        "speed": 20.0,
    });
    assert_eq!(sandbox.control("PUT", "settings", Some(wanted.clone())).await, wanted);
    assert_eq!(sandbox.get("/v2/account").await["account"]["droplet_limit"], 3);
    for bad in [json!({ "speed": 0 }), json!({ "rate_limit": "maybe" }), json!({ "x": 1 })] {
        let refused = sandbox.try_call("PUT", "/_sandbox/settings", Some(bad)).await.unwrap();
        assert_eq!(refused.status, 422);
    }
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let everywhere = Options { listen: "0.0.0.0:0".parse().unwrap(), ..options() };
    assert!(matches!(start(everywhere).await, Err(Error::NotLoopback(_))));
    for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(start(Options { speed, ..options() }).await, Err(Error::Speed(_))));
    }
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let first = start(options()).await.unwrap();
    let error = start(Options { listen: first.address(), ..options() }).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on {}", first.address()));
    first.stop().await.unwrap();
}
