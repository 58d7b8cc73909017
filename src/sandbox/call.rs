//! One call of the API as the world sees it: no sockets, no clock.

use std::{cell::Cell, fmt::Display};

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use crate::sandbox::{answer::Refusal, fate::Fate};

/// A request that has been read, let in and routed.
#[derive(Debug)]
pub struct Call {
    /// The path as it was sent, without the query.
    pub path: String,
    /// The values of the path's placeholders, decoded.
    pub captures: Vec<String>,
    /// The query.
    pub query: Query,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// The `X-Dangerous` header, the only one that changes what a call does.
    pub dangerous: Option<String>,
    /// The conditions the call meets.
    pub terms: Terms,
}

/// The conditions a call meets.
#[derive(Debug, Clone)]
pub struct Terms {
    now: Timestamp,
    /// Whether the answer hangs on the time.
    was_asked: Cell<bool>,
    /// How many times faster than DigitalOcean things happen.
    pub speed: f64,
    /// How asynchronous work that this call starts will end.
    pub fate: Fate,
    /// Scheme and host the caller used, for links.
    pub origin: String,
}

impl Terms {
    /// The conditions of a call at that time.
    pub const fn new(now: Timestamp, speed: f64, fate: Fate, origin: String) -> Self {
        Self { now, was_asked: Cell::new(false), speed, fate, origin }
    }

    /// The time of the call.
    pub fn now(&self) -> Timestamp {
        self.was_asked.set(true);
        self.now
    }

    /// Whether nobody has asked what time it is: the same call at another time is answered alike.
    pub const fn is_timeless(&self) -> bool {
        !self.was_asked.get()
    }

    /// The time at which something that takes so many seconds at DigitalOcean is over here.
    pub fn after(&self, since: Timestamp, seconds: u32) -> Timestamp {
        let taken = SignedDuration::from_secs_f64(f64::from(seconds) / self.speed);
        since.checked_add(taken).unwrap_or(Timestamp::MAX)
    }

    /// Says whether so many seconds of DigitalOcean have passed since then.
    pub fn have_passed(&self, seconds: u32, since: Timestamp) -> bool {
        seconds == 0 || self.after(since, seconds) <= self.now()
    }
}

impl Call {
    /// The decoded value of the path's nth placeholder.
    pub fn capture(&self, nth: usize) -> &str {
        self.captures.get(nth).map_or("", String::as_str)
    }

    /// The path's nth placeholder as a number; anything else cannot be found.
    pub fn number(&self, nth: usize) -> Result<u64, Refusal> {
        self.capture(nth).parse().map_err(|_| Refusal::not_found())
    }

    /// The body as a JSON object of a given form.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        if self.body.trim_ascii_start().starts_with(b"[") {
            return Err(Refusal::unprocessable("the request body must be an object"));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            if error.is_data() {
                Refusal::unprocessable(without_position(&error))
            } else {
                Refusal::bad_request("the request body is not valid JSON")
            }
        })
    }
}

/// Drops serde's " at line 1 column 7": the API never says it.
fn without_position(error: &impl Display) -> String {
    let text = error.to_string();
    match text.split_once(" at line ") {
        Some((said, _)) => said.to_owned(),
        None => text,
    }
}

/// The query of a request: as sent, and decoded.
#[derive(Debug, Default)]
pub struct Query {
    raw: String,
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads the part of an address behind the question mark.
    pub fn parse(raw: &str) -> Self {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&key.replace('+', " ")), decode(&value.replace('+', " ")))
        });
        Self { raw: raw.to_owned(), pairs: pairs.collect() }
    }

    /// The value of a key; an empty one counts as left out.
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The query as it was sent, but for the page's number.
    pub fn with_page(&self, page: usize) -> String {
        let kept = self.raw.split('&').filter(|pair| !pair.is_empty() && !is_page(pair));
        let page = format!("page={page}");
        kept.map(str::to_owned).chain([page]).collect::<Vec<_>>().join("&")
    }
}

fn is_page(pair: &str) -> bool {
    pair == "page" || pair.starts_with("page=")
}

/// Undoes percent-encoding; what is not an encoding stays as it is.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let encoded = bytes.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(hex);
        out.push(encoded.unwrap_or(byte));
        at += if encoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let text = str::from_utf8(digits).ok()?;
    if text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        u8::from_str_radix(text, 16).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded() {
        let query = Query::parse("tag_name=a%3Ab&name=x+y&empty=&odd=%zz");
        assert_eq!(query.get("tag_name"), Some("a:b"));
        assert_eq!(query.get("name"), Some("x y"));
        assert_eq!(query.get("empty"), None);
        assert_eq!(query.get("odd"), Some("%zz"));
    }

    #[test]
    fn a_page_link_keeps_the_rest_of_the_query() {
        let query = Query::parse("tag_name=a%3Ab&page=1&per_page=2");
        assert_eq!(query.with_page(3), "tag_name=a%3Ab&per_page=2&page=3");
    }
}
