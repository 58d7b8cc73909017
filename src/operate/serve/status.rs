//! The second listener: for probes, for Prometheus, and for people.
//!
//! `/healthz` and `/readyz` say a word to anybody. The page is for whoever has the token, as the
//! password of any user name; so is `/metrics`, unless the listener is on loopback.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};

use crate::operate::serve::{
    daemon::Daemon,
    page::{self, Shelf},
    webhook::refusal,
};

/// Who may read `/metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Whoever reaches the listener, for only this machine does.
    Anybody,
    /// Who shows a token.
    Known,
}

/// The text format of Prometheus' successor standard, which it asks for first.
const FORMAT: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// What the handlers share.
#[derive(Clone)]
struct Desk {
    daemon: Arc<Daemon>,
    shelf: Arc<Shelf>,
}

/// The routes.
pub fn router(daemon: Arc<Daemon>, readers: Readers) -> Router {
    let desk = Desk { daemon, shelf: Arc::default() };
    let known = from_fn_with_state(desk.clone(), ask);
    let page = Router::new().route("/", get(show)).route_layer(known.clone());
    let metrics = Router::new().route("/metrics", get(metrics));
    let metrics = match readers {
        Readers::Anybody => metrics,
        Readers::Known => metrics.route_layer(known),
    };
    page.merge(metrics)
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .fallback(|| async { refusal(StatusCode::NOT_FOUND) })
        .with_state(desk)
}

/// Lets in who shows a token, as a bearer or as a password.
async fn ask(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let tokens = desk.daemon.tokens();
    let shows = |header: &HeaderValue| {
        tokens.admit_basic(header.as_bytes()) || tokens.admit_bearer(header.as_bytes())
    };
    if request.headers().get(header::AUTHORIZATION).is_some_and(shows) {
        return next.run(request).await;
    }
    let mut response = refusal(StatusCode::UNAUTHORIZED);
    let realm = HeaderValue::from_static("Basic realm=\"dostack: any name, the token\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
    response
}

/// Ready is who has seen to everything once and does not stop.
async fn ready(State(desk): State<Desk>) -> Response {
    let daemon = &desk.daemon;
    let rounds = daemon.rounds();
    let all_seen = daemon.queue().targets().all(|target| rounds.contains_key(target));
    if all_seen && !daemon.stop.is_cancelled() {
        "ready\n".into_response()
    } else {
        refusal(StatusCode::SERVICE_UNAVAILABLE)
    }
}

async fn metrics(State(desk): State<Desk>) -> Response {
    ([(header::CONTENT_TYPE, FORMAT)], desk.daemon.meters.text()).into_response()
}

async fn show(State(desk): State<Desk>) -> Response {
    let text = page::text(&desk.daemon, &desk.shelf).await;
    (guarded(), Html(text)).into_response()
}

/// Nothing of the page is kept, framed, sent elsewhere or fetched from elsewhere.
fn guarded() -> HeaderMap {
    let lines = [
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
             connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    lines.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
}
