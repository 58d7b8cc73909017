//! `POST /alerts`: who posts what, and that it may wake somebody.
//!
//! Every answer is a constant. Whoever has no token is told so before a byte of the body is read,
//! and the connection ends with it; after a wrong one he waits for that (`strikes`). 503 rather than 429, for Alertmanager tries again at once after
//! the one and gives up after the other.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use futures_util::StreamExt as _;
use tokio::{sync::Semaphore, time::timeout};

use crate::{
    operate::serve::{
        daemon::Daemon,
        delivery::{Delivery, Unfit},
        door::Peer,
    },
    values::short_digest,
};

/// The largest body; a thousand alerts with ten labels each take half of it.
const LARGEST: usize = 1 << 20;

/// How many bytes of bodies are in memory at once.
const AT_ONCE: usize = 16 * LARGEST;

/// Who may post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Who shows a token.
    Token,
    /// Whoever came through the handshake, which asked for a certificate.
    Certificate,
}

/// What the handler needs.
#[derive(Clone)]
struct Desk {
    daemon: Arc<Daemon>,
    trust: Trust,
    room: Arc<Semaphore>,
    patience: Duration,
}

/// What a post is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Taken,
    NoToken,
    WrongToken,
    NoJson,
    Large,
    Malformed,
    Slow,
    Full,
}

/// The route, and a constant for every other.
pub fn router(daemon: Arc<Daemon>, trust: Trust, patience: Duration) -> Router {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    Router::new()
        .route("/alerts", post(take).fallback(|| async { refusal(StatusCode::METHOD_NOT_ALLOWED) }))
        .fallback(|| async { refusal(StatusCode::NOT_FOUND) })
        .with_state(Desk { daemon, trust, room, patience })
}

async fn take(
    State(desk): State<Desk>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
) -> Response {
    let verdict = match desk.read(request).await {
        Ok((delivery, post)) => {
            desk.daemon.wake(&delivery, &peer.ip().to_string(), &post).await;
            Verdict::Taken
        }
        Err(verdict) => verdict,
    };
    let (status, reason) = (verdict.status(), verdict.word());
    desk.daemon.meters.posted(status.as_u16(), reason);
    if verdict != Verdict::Taken {
        desk.daemon.refuse(reason);
    }
    if verdict == Verdict::WrongToken {
        desk.daemon.punish(peer.ip()).await;
    }
    verdict.response()
}

impl Desk {
    /// Reads a post: who, how much, what; the second value tells a repeated one.
    async fn read(&self, request: Request) -> Result<(Delivery, String), Verdict> {
        let (head, body) = request.into_parts();
        self.check(&head.headers)?;
        let length = announced(&head.headers);
        if length.is_some_and(|length| length > LARGEST) {
            return Err(Verdict::Large);
        }
        if self.daemon.stop.is_cancelled() {
            return Err(Verdict::Full);
        }
        let share = u32::try_from(length.unwrap_or(LARGEST)).unwrap_or(u32::MAX);
        let _room = self.room.try_acquire_many(share).map_err(|_| Verdict::Full)?;
        let bytes = gather(body, self.patience).await?;
        let delivery = Delivery::parse(&bytes).map_err(|unfit| match unfit {
            Unfit::Malformed | Unfit::Deep => Verdict::Malformed,
            Unfit::Large => Verdict::Large,
        })?;
        Ok((delivery, short_digest(&String::from_utf8_lossy(&bytes))))
    }

    fn check(&self, headers: &HeaderMap) -> Result<(), Verdict> {
        match (self.trust, headers.get(header::AUTHORIZATION)) {
            (Trust::Certificate, _) => {}
            (Trust::Token, None) => return Err(Verdict::NoToken),
            (Trust::Token, Some(shown)) => {
                let is_known = self.daemon.tokens().admit_bearer(shown.as_bytes());
                is_known.then_some(()).ok_or(Verdict::WrongToken)?;
            }
        }
        let is_packed = headers.contains_key(header::CONTENT_ENCODING);
        if is_packed || !headers.get(header::CONTENT_TYPE).is_some_and(is_json) {
            return Err(Verdict::NoJson);
        }
        Ok(())
    }
}

/// How long the body says it is; what is no length is found out by whoever reads it.
fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_json(header: &HeaderValue) -> bool {
    let text = header.to_str().unwrap_or_default();
    let kind = text.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// Reads a body to its end, or until it is too large.
async fn gather(body: Body, patience: Duration) -> Result<Vec<u8>, Verdict> {
    let mut parts = body.into_data_stream();
    let mut bytes = Vec::new();
    let read = async {
        while let Some(part) = parts.next().await {
            let part = part.map_err(|_| Verdict::Malformed)?;
            if bytes.len() + part.len() > LARGEST {
                return Err(Verdict::Large);
            }
            bytes.extend_from_slice(&part);
        }
        Ok(())
    };
    timeout(patience, read).await.unwrap_or(Err(Verdict::Slow))?;
    Ok(bytes)
}

impl Verdict {
    const fn status(self) -> StatusCode {
        match self {
            Self::Taken => StatusCode::OK,
            Self::NoToken | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::NoJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Large => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Malformed | Self::Slow => StatusCode::BAD_REQUEST,
            Self::Full => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::NoToken => "no-token",
            Self::WrongToken => "token",
            Self::NoJson => "type",
            Self::Large => "large",
            Self::Malformed => "malformed",
            Self::Slow => "slow",
            Self::Full => "full",
        }
    }

    fn response(self) -> Response {
        let mut response = match self {
            Self::Taken => StatusCode::OK.into_response(),
            Self::NoToken
            | Self::WrongToken
            | Self::NoJson
            | Self::Large
            | Self::Malformed
            | Self::Slow
            | Self::Full => refusal(self.status()),
        };
        let headers = response.headers_mut();
        match self {
            Self::NoToken | Self::WrongToken => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            // What is left of the body is not read.
            Self::NoJson | Self::Large | Self::Slow => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Self::Full => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Self::Taken | Self::Malformed => {}
        }
        response
    }
}

/// The constant answer of a refusal.
pub fn refusal(status: StatusCode) -> Response {
    let text = match status.as_u16() {
        400 => "bad request\n",
        401 => "unauthorized\n",
        404 => "not found\n",
        405 => "method not allowed\n",
        413 => "too large\n",
        415 => "application/json only\n",
        _ => "not now\n",
    };
    (status, text).into_response()
}

#[cfg(test)]
mod tests {
    use std::io;

    use futures_util::stream;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn body(parts: Vec<io::Result<Vec<u8>>>) -> Body {
        Body::from_stream(stream::iter(parts))
    }

    #[tokio::test]
    async fn a_body_of_unknown_length_has_the_same_limit() {
        let part = || Ok(vec![b' '; LARGEST / 2]);
        let fits = gather(body(vec![part(), part()]), PATIENCE).await.unwrap();
        assert_eq!(fits.len(), LARGEST);
        let more = body(vec![part(), part(), Ok(vec![b' '])]);
        assert_eq!(gather(more, PATIENCE).await, Err(Verdict::Large));
        let broken = body(vec![part(), Err(io::ErrorKind::ConnectionReset.into())]);
        assert_eq!(gather(broken, PATIENCE).await, Err(Verdict::Malformed));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_given_up() {
        let never = Body::from_stream(stream::pending::<io::Result<Vec<u8>>>());
        assert_eq!(gather(never, PATIENCE).await, Err(Verdict::Slow));
    }
}
