//! HTTP around the core: reads requests, writes answers, cuts connections.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
    routing,
};
use serde::Serialize;
use tokio::{sync::Notify, time};

use crate::sandbox::{
    answer::{Answer, Refusal},
    control,
    core::{Core, Opened, Saved, Visit, Visitor},
    fate::Fate,
    faults::{Fault, Moment},
    limits::Quota,
    page,
    routes::Found,
    wire::Switch,
    world::request_id,
};

/// The largest body that is read: more than any real request has.
const MAX_BODY: usize = 1 << 20;

/// What all connections share.
#[derive(Debug)]
pub struct Shared {
    core: Mutex<Core>,
    token: String,
    /// Wakes the one who writes the state file.
    pub changed: Notify,
}

impl Shared {
    /// Puts a core behind a token.
    pub fn new(core: Core, token: String) -> Self {
        Self { core: Mutex::new(core), token, changed: Notify::new() }
    }

    /// The core, for a moment. A call that failed half-way has left it usable.
    pub fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the state file written if there is something new.
    pub fn save_if(&self, saved: Saved) {
        match saved {
            Saved::Stale => self.changed.notify_one(),
            Saved::Current => {}
        }
    }
}

/// The whole service: the API, and the sandbox's own controls beside it.
pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .nest("/_sandbox", control::router())
        .route("/_sandbox/", routing::get(page::show))
        .fallback(answer)
        .with_state(shared)
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    request: Request,
) -> Response {
    let visit = read(&shared, request).await;
    let opened = shared.core().open(&visit);
    let Opened { nth, quota, gate, fault } = opened;
    let outcome = match gate {
        Ok(found) => {
            let gone_wrong = before(fault).await;
            match gone_wrong {
                Some(outcome) => outcome,
                None => after(fault, perform(&shared, visit, found, fault)),
            }
        }
        Err(refusal) => Outcome::Refused(refusal),
    };
    let response = write(outcome, nth, quota);
    shared.core().close(nth, response.as_ref().map(Response::status));
    response.unwrap_or_else(|| {
        switch.cut();
        Response::default()
    })
}

/// How a call ends for its caller.
enum Outcome {
    Answered(Answer),
    Refused(Refusal),
    Silence,
}

fn perform(shared: &Shared, visit: Visit, found: Found, fault: Option<Fault>) -> Outcome {
    let fate = match fault {
        Some(Fault::Action { action }) => action,
        Some(
            Fault::Drop { .. }
            | Fault::Status { .. }
            | Fault::Delay { .. }
            | Fault::Truncate { .. },
        )
        | None => Fate::Completed,
    };
    let mut core = shared.core();
    let reply = core.perform(visit, found, fate);
    let saved = core.saved;
    drop(core);
    shared.save_if(saved);
    match reply {
        Ok(answer) => Outcome::Answered(answer),
        Err(refusal) => Outcome::Refused(refusal),
    }
}

/// What a fault does before the call has its effect.
async fn before(fault: Option<Fault>) -> Option<Outcome> {
    match fault? {
        Fault::Drop { drop: Moment::Before } => Some(Outcome::Silence),
        Fault::Status { status, retry_after, executed: false } => {
            Some(Outcome::Refused(asked_for(status, retry_after)))
        }
        Fault::Delay { delay_ms } => {
            time::sleep(time::Duration::from_millis(delay_ms)).await;
            None
        }
        Fault::Drop { drop: Moment::After }
        | Fault::Status { executed: true, .. }
        | Fault::Action { .. }
        | Fault::Truncate { .. } => None,
    }
}

/// What a fault does once the call has had its effect.
fn after(fault: Option<Fault>, outcome: Outcome) -> Outcome {
    match (fault, outcome) {
        (Some(Fault::Drop { drop: Moment::After }), _) => Outcome::Silence,
        (Some(Fault::Status { status, retry_after, executed: true }), _) => {
            Outcome::Refused(asked_for(status, retry_after))
        }
        (Some(Fault::Truncate { truncate: true }), Outcome::Answered(answer)) => {
            let half = |body: Bytes| body.slice(..body.len() / 2);
            Outcome::Answered(Answer { status: answer.status, body: answer.body.map(half) })
        }
        (_, outcome) => outcome,
    }
}

fn asked_for(status: u16, retry_after: Option<u64>) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (id, message) = match status {
        StatusCode::TOO_MANY_REQUESTS => ("too_many_requests", "API Rate limit exceeded."),
        StatusCode::SERVICE_UNAVAILABLE => ("service_unavailable", "Service unavailable."),
        _ => ("server_error", "Unexpected server-side error"),
    };
    let mut refusal = Refusal::new(status, id, message);
    refusal.retry_after = retry_after;
    refusal
}

async fn read(shared: &Shared, request: Request) -> Visit {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await;
    let body = body.map(|bytes| bytes.to_vec()).map_err(|_| Refusal::too_large());
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    Visit {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        origin: format!("http://{}", host.unwrap_or("127.0.0.1")),
        dangerous: text(&parts.headers, "x-dangerous"),
        visitor: visitor(&parts.headers, &shared.token),
        body,
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn visitor(headers: &HeaderMap, token: &str) -> Visitor {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|value| value.split_once(' '));
    match sent {
        Some((scheme, sent)) if scheme.eq_ignore_ascii_case("bearer") && sent.trim() == token => {
            Visitor::Known
        }
        Some(_) | None => Visitor::Stranger,
    }
}

#[derive(Serialize)]
struct Complaint<'a> {
    id: &'a str,
    message: &'a str,
    request_id: &'a str,
}

/// Writes the answer; none for silence.
fn write(outcome: Outcome, nth: u64, quota: Quota) -> Option<Response> {
    let request_id = request_id(nth);
    let (status, body, retry_after) = match outcome {
        Outcome::Silence => return None,
        Outcome::Answered(answer) => (answer.status, answer.body, None),
        Outcome::Refused(refusal) => {
            let complaint =
                Complaint { id: refusal.id, message: &refusal.message, request_id: &request_id };
            let body = Answer::json(refusal.status, &complaint).body;
            (refusal.status, body, refusal.retry_after)
        }
    };
    let has_body = body.is_some();
    let mut response = Response::new(body.map(Body::from).unwrap_or_default());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if has_body {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    headers.insert("ratelimit-limit", quota.limit.into());
    headers.insert("ratelimit-remaining", quota.remaining.into());
    headers.insert("ratelimit-reset", quota.reset.into());
    headers.extend(HeaderValue::from_str(&request_id).ok().map(|id| (X_REQUEST_ID, id)));
    headers.extend(retry_after.map(|seconds| (header::RETRY_AFTER, seconds.into())));
    Some(response)
}

const X_REQUEST_ID: header::HeaderName = header::HeaderName::from_static("x-request-id");
