//! The second listener: for probes, for Prometheus, and for people.
//!
//! `/healthz` and `/readyz` say a word to anybody. The page is for whoever has the token, as the
//! password of any user name; so is `/metrics`, unless the listener is on loopback. A wrong one waits
//! for its answer (`strikes`).

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};

use crate::operate::serve::{
    classic::classic,
    daemon::Daemon,
    door::Peer,
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

/// The text format of Prometheus' successor standard, for who asks for it, as Prometheus does.
const OPEN: &str = "application/openmetrics-text";
const OPEN_FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Prometheus' own, for everybody else.
const CLASSIC_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Why a reader was refused, for the audit log.
const PASSWORD: &str = "password";

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
async fn ask(
    State(desk): State<Desk>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let tokens = desk.daemon.tokens();
    let shows = |header: &HeaderValue| {
        tokens.admit_basic(header.as_bytes()) || tokens.admit_bearer(header.as_bytes())
    };
    match request.headers().get(header::AUTHORIZATION) {
        Some(header) if shows(header) => return next.run(request).await,
        Some(_) => {
            desk.daemon.refuse(PASSWORD);
            desk.daemon.punish(peer.ip()).await;
        }
        // A browser asks before it has anything to show.
        None => {}
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

async fn metrics(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    let text = desk.daemon.meters.text();
    let asked = headers.get(header::ACCEPT).and_then(|asked| asked.to_str().ok());
    let (format, text) = match asked {
        Some(asked) if asked.contains(OPEN) => (OPEN_FORMAT, text),
        Some(_) | None => (CLASSIC_FORMAT, classic(&text)),
    };
    ([(header::CONTENT_TYPE, HeaderValue::from_static(format))], text).into_response()
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
