//! What the world says to a call: a body and a status, or a refusal.

use axum::{body::Bytes, http::StatusCode};
use serde::{Serialize, Serializer, ser::SerializeMap};

/// A status and, unless it says everything, a JSON body.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The JSON text; none for 204.
    pub body: Option<Bytes>,
}

impl Answer {
    /// Wraps one thing in its envelope, as in `{"droplet": …}`.
    pub fn one(status: StatusCode, key: &'static str, thing: impl Serialize) -> Self {
        Self::json(status, &Envelope { key, thing })
    }

    /// Takes a body that has its final form.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let text = serde_json::to_vec(body).expect("views have text keys and finite numbers");
        Self { status, body: Some(text.into()) }
    }

    /// Says that it was done and that there is nothing to show.
    pub fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// Says how it went with the status alone.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, body: None }
    }
}

struct Envelope<T> {
    key: &'static str,
    thing: T,
}

impl<T: Serialize> Serialize for Envelope<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.key, &self.thing)?;
        map.end()
    }
}

/// A call that was turned down, with the words of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// The short name of the reason.
    pub id: &'static str,
    /// The reason in words.
    pub message: String,
    /// Seconds to wait, when the API says so.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// 400: the request cannot be read.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// 401: the token is missing or wrong.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", "Unable to authenticate you")
    }

    /// 403: the thing may not be touched.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// 404: nothing of that name or number.
    pub fn not_found() -> Self {
        let message = "The resource you were accessing could not be found.";
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 405: the path exists, the method does not.
    pub fn method_not_allowed() -> Self {
        let message = "The method is not allowed for the requested path.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
    }

    /// 409: something else stands in the way.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    /// 412: something has to happen before.
    pub fn precondition_failed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", message)
    }

    /// 413: the body is larger than any real request.
    pub fn too_large() -> Self {
        let message = "The request body is too large.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", message)
    }

    /// 422: the request can be read but not carried out.
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable_entity", message)
    }

    /// 429: too many requests of a kind.
    pub fn too_many(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message)
    }

    /// Another status, for faults that are asked for.
    pub fn new(status: StatusCode, id: &'static str, message: impl Into<String>) -> Self {
        Self { status, id, message: message.into(), retry_after: None }
    }
}

/// What a handler returns.
pub type Reply = Result<Answer, Refusal>;
