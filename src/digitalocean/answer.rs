//! A whole answer, good or bad, and what it says.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::digitalocean::call::Call;
use crate::digitalocean::error::{ApiError, Refusal};
use crate::digitalocean::wire;

/// The longest a `ratelimit-reset` is believed. It tells when the oldest call of an hour expires,
/// and then one call fits.
const LONGEST_RESET: Duration = Duration::from_mins(1);

/// The most characters of a message that are passed on.
const LONGEST_MESSAGE: usize = 500;

/// What came back, read to its end.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// From `x-request-id`.
    pub request_id: Option<String>,
    /// How long the other side asks to wait.
    pub pause: Option<Duration>,
    /// How many more calls the account may make this hour, if it tells.
    pub room: Option<u64>,
    /// When it was given, by the clock of who gave it.
    pub date: Option<Timestamp>,
    /// Where a redirect points.
    pub location: Option<String>,
    /// What the body claims to be.
    pub content_type: Option<String>,
    /// The body, unpacked.
    pub body: Vec<u8>,
}

/// The body of an error: `{id, message, request_id}`, or for tags `{error, messages}`.
#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(default, alias = "error", deserialize_with = "wire::or_empty")]
    id: String,
    #[serde(default, deserialize_with = "wire::or_empty")]
    message: String,
    #[serde(default, deserialize_with = "wire::or_empty")]
    messages: Vec<String>,
    request_id: Option<String>,
}

impl Answer {
    /// Whether the call was done.
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the account has made too many calls.
    ///
    /// A volume's snapshots are limited to one in ten minutes, with a 429 as well ("one request per
    /// 10m0s"): that is an answer to this call, and no reason to stop the others.
    pub fn is_throttled(&self) -> bool {
        self.status == 429 && !self.error_body().message.contains("per 10m")
    }

    /// The body as `T`, or why it is none.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|error| self.strange(&error.to_string()))
    }

    /// Refuses a page for people where no body is expected.
    pub fn expect_no_page(&self) -> Result<(), String> {
        let is_blank = self.body.iter().all(u8::is_ascii_whitespace);
        if is_blank || self.is_json() { Ok(()) } else { Err(self.strange("no JSON")) }
    }

    /// Why this cannot be DigitalOcean's answer, if it cannot.
    ///
    /// A 404 has to be DigitalOcean's own, because it is taken for the proof that a thing does not
    /// exist.
    pub fn other_service(&self) -> Option<String> {
        match self.status {
            100..200 => Some(format!("status {}", self.status)),
            300..400 => Some(format!("it redirects to {}", self.target())),
            404 if !self.is_json() => Some(self.strange("no JSON")),
            407 => Some("a proxy on the way asks for a password".to_owned()),
            _ => None,
        }
    }

    /// The error that this answer is, without a trace of the token.
    pub fn error(&self, call: Call, tried_for: Duration, token: &SecretString) -> ApiError {
        let refusal = Box::new(self.refusal(call, token));
        match self.status {
            401 => ApiError::Unauthorized(refusal),
            403 => ApiError::Forbidden(refusal),
            429 if self.is_throttled() => {
                ApiError::Throttled { refusal, tried_for, wait: self.pause }
            }
            408 | 500.. => ApiError::Failing { refusal, tried_for },
            _ => ApiError::Refused(refusal),
        }
    }

    fn refusal(&self, call: Call, token: &SecretString) -> Refusal {
        let body = self.error_body();
        let message = match (body.message.as_str(), body.messages.as_slice()) {
            ("", []) if !self.is_json() => String::from_utf8_lossy(&self.body).into_owned(),
            ("", messages) => messages.join("; "),
            (message, _) => message.to_owned(),
        };
        let clean = |text: String| printable(&text.replace(token.expose_secret(), "[REDACTED]"));
        Refusal {
            call,
            status: self.status,
            id: clean(body.id),
            message: clean(message),
            request_id: body.request_id.or_else(|| self.request_id.clone()).map(clean),
        }
    }

    fn error_body(&self) -> ErrorBody {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn is_json(&self) -> bool {
        serde_json::from_slice::<IgnoredAny>(&self.body).is_ok()
    }

    /// What was wrong with an answer, with as much as tells a captive portal from a torn answer.
    fn strange(&self, why: &str) -> String {
        let kind = self.content_type.as_deref().unwrap_or("no type");
        format!("status {}, {} bytes of {}: {why}", self.status, self.body.len(), printable(kind))
    }

    /// The host of a redirect; the rest of its address may carry things that are not for logs.
    fn target(&self) -> String {
        let location = self.location.as_deref().unwrap_or_default();
        let host = Url::parse(location).ok().and_then(|url| url.host_str().map(str::to_owned));
        host.unwrap_or_else(|| "another path".to_owned())
    }
}

/// How long the other side asks to wait, by its own clock.
pub fn pause(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let seconds = |name| text(name).and_then(|value| value.trim().parse::<i64>().ok());
    if let Some(wait) = seconds("retry-after") {
        return u64::try_from(wait).ok().map(Duration::from_secs);
    }
    let reset = seconds("ratelimit-reset").filter(|_| text("ratelimit-remaining") == Some("0"))?;
    let now = date(headers)?;
    let wait = u64::try_from(reset.saturating_sub(now.as_second())).unwrap_or_default();
    Some(Duration::from_secs(wait.max(1)).min(LONGEST_RESET))
}

/// What the other side's clock said.
pub fn date(headers: &HeaderMap) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(headers.get("date")?.to_str().ok()?).ok()
}

/// How many more calls fit into this hour.
pub fn room(headers: &HeaderMap) -> Option<u64> {
    headers.get("ratelimit-remaining")?.to_str().ok()?.trim().parse().ok()
}

/// Text that cannot steer a terminal, of bounded length.
fn printable(text: &str) -> String {
    let mut words: String =
        text.chars().take(LONGEST_MESSAGE).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST_MESSAGE).is_some() {
        words.push_str("...");
    }
    words.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digitalocean::call::Method;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let parsed =
            lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        parsed.collect()
    }

    fn answer(status: u16, body: &str) -> Answer {
        let (request_id, pause, location, content_type) = (None, None, None, None);
        let body = body.as_bytes().to_vec();
        let (room, date) = (None, None);
        Answer { status, request_id, pause, room, date, location, content_type, body }
    }

    fn refusal(status: u16, body: &str) -> Refusal {
        let call = Call { method: Method::Post, path: "/v2/tags".to_owned() };
        let error = answer(status, body).error(call, Duration::ZERO, &"dop_v1_canary".into());
        error.refusal().unwrap().clone()
    }

    const DATE: (&str, &str) = ("date", "Tue, 15 Nov 1994 08:12:31 GMT");

    #[test]
    fn retry_after_goes_before_the_reset() {
        let both = [("retry-after", "29"), ("ratelimit-reset", "784887161"), DATE];
        assert_eq!(pause(&headers(&both)), Some(Duration::from_secs(29)));
    }

    #[test]
    fn the_reset_is_read_by_the_other_sides_clock_and_bounded() {
        let wait = |reset| {
            pause(&headers(&[("ratelimit-reset", reset), ("ratelimit-remaining", "0"), DATE]))
        };
        assert_eq!(wait("784887161"), Some(Duration::from_secs(10)));
        assert_eq!(wait("784887000"), Some(Duration::from_secs(1)));
        assert_eq!(wait("784890000"), Some(LONGEST_RESET));
        assert_eq!(wait("soon"), None);
    }

    #[test]
    fn a_reset_without_a_date_or_with_calls_left_tells_nothing() {
        let undated = [("ratelimit-reset", "784887161"), ("ratelimit-remaining", "0")];
        assert_eq!(pause(&headers(&undated)), None);
        let left = [("ratelimit-reset", "784887161"), ("ratelimit-remaining", "10"), DATE];
        assert_eq!(pause(&headers(&left)), None);
    }

    #[test]
    fn both_shapes_of_error_and_plain_text_are_understood() {
        let usual =
            refusal(422, r#"{"id":"unprocessable_entity","message":"no","request_id":"r1"}"#);
        assert_eq!(usual.to_string(), "422 unprocessable_entity no (request id r1)");
        let tags = refusal(400, r#"{"error":"bad tag","messages":["a","b"],"root_causes":[]}"#);
        assert_eq!(tags.to_string(), "400 bad tag a; b");
        let plain = refusal(400, "go away");
        assert_eq!(plain.to_string(), "400 go away");
    }

    #[test]
    fn messages_carry_no_token_no_control_characters_and_no_novel() {
        let long =
            format!(r#"{{"id":"x","message":"dop_v1_canary\u001b[31m {}"}}"#, "a".repeat(9000));
        let shown = refusal(422, &long).to_string();
        assert!(shown.starts_with("422 x [REDACTED] [31m aaa"), "{shown}");
        assert!(shown.len() < 600);
    }

    #[test]
    fn the_limit_on_snapshots_of_one_volume_is_no_throttling() {
        let body = r#"{"id":"too_many_requests","message":"rate limit: one request per 10m0s"}"#;
        assert!(!answer(429, body).is_throttled());
        assert!(answer(429, r#"{"id":"too_many_requests","message":"slow down"}"#).is_throttled());
    }

    #[test]
    fn a_404_that_is_not_json_proves_nothing() {
        assert!(answer(404, "<html>not here</html>").other_service().is_some());
        assert!(answer(404, r#"{"id":"not_found","message":"gone"}"#).other_service().is_none());
    }
}
