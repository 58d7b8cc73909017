//! A server of the test's own, and what is asked of any address.

use std::time::Duration;

use axum::{Router, http::StatusCode, routing};
use tokio::net::TcpListener;

use crate::{
    config::{Certificate, Check, Fragment, HttpCheck, Template},
    probe::tests::{ask, lines, local::Local},
};

/// Serves on any free port of loopback for as long as the test lasts.
pub async fn serve(router: Router) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

fn http(url: String) -> HttpCheck {
    HttpCheck {
        url: Template(vec![Fragment::Text(url)]),
        post: None,
        status: 200,
        body: None,
        // Long enough for any machine: how long it takes is not what is tested.
        within: Duration::from_mins(1),
        certificate: Certificate::Trusted,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_asked_as_it_is_written() {
    let router = Router::new()
        .route("/health", routing::get(|| async { "it's \"up\"" }))
        .route("/echo", routing::post(|body: String| async move { (StatusCode::CREATED, body) }));
    let port = serve(router).await;
    let url = |path: &str| http(format!("http://127.0.0.1:{port}{path}"));
    let text = r#"{"a": "it's $HOME `id` \"b\""}"#;
    let checks = [
        HttpCheck { body: Some("it's \"up\"".to_owned()), ..url("/health") },
        HttpCheck { body: Some("down".to_owned()), ..url("/health?a[]={b}&c='d'") },
        HttpCheck {
            post: Some(text.to_owned()),
            status: 201,
            body: Some(text.to_owned()),
            ..url("/echo")
        },
        url("/nowhere"),
        url("/'; touch /tmp/broken-out; '"),
    ];
    let found = ask(&Local::default(), "it", checks.map(Check::Http).into()).await;
    let lines = lines(&found);
    assert_eq!(
        lines[..4],
        [
            "passed",
            "failed: `down` is not in the answer",
            "passed",
            "failed: the answer was 404, not 200",
        ]
    );
    assert!(lines[4].starts_with("failed: "), "{}", lines[4]);
    assert!(!std::path::Path::new("/tmp/broken-out").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_an_address_is_told_as_curl_tells_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let check = Check::Http(http(format!("http://127.0.0.1:{port}/")));
    let found = ask(&Local::default(), "it", vec![check]).await;
    let told = lines(&found).concat();
    assert!(told.starts_with("failed: curl: (7)"), "{told}");
}
