//! Where the API is, who asks, and at what pace.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::InvalidHeaderValue;
use secrecy::SecretString;
use serde_json::Value;

/// What a client needs to know.
#[derive(Clone)]
pub struct Settings {
    /// The API's address without `/v2`: `https://api.digitalocean.com`.
    pub base: Url,
    /// The bearer token.
    pub token: SecretString,
    /// The `user-agent` of every call.
    pub user_agent: String,
    /// How fast, how patient.
    pub pace: Pace,
    /// The seed of the spread in waits.
    pub seed: u64,
    /// Sees every exchange with its bodies; for tests.
    pub recorder: Option<Recorder>,
}

impl Settings {
    /// Settings at the public API's pace, without a recorder.
    pub fn new(base: Url, token: SecretString) -> Self {
        let user_agent = concat!("dostack/", env!("CARGO_PKG_VERSION")).to_owned();
        Self { base, token, user_agent, pace: Pace::default(), seed: 0, recorder: None }
    }

    /// Refuses an address to which the token must not go.
    pub fn check_address(&self) -> Result<(), BuildError> {
        let bad = |why| Err(BuildError::Address { address: bare(&self.base), why });
        if !self.base.username().is_empty() || self.base.password().is_some() {
            return bad("it must not hold a user name or a password");
        }
        match self.base.scheme() {
            "https" => Ok(()),
            "http" if self.is_loopback() => Ok(()),
            "http" => bad(
                "plain http is for loopback addresses only, so that no token travels in the clear",
            ),
            _ => bad("it must begin with https://"),
        }
    }

    /// Whether calls leave without encryption, which `check_address` allows on this machine only.
    pub fn is_plain(&self) -> bool {
        self.base.scheme() == "http"
    }

    fn is_loopback(&self) -> bool {
        let host = self.base.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("base", &bare(&self.base))
            .field("user_agent", &self.user_agent)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

/// Everything about time and rate, as values: tests and an embedded sandbox shrink them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// The most calls in any minute. DigitalOcean allows 250; the rest is left to people and other
    /// tools.
    pub calls_a_minute: u32,
    /// The most listings of SSH keys in any minute; DigitalOcean allows 10.
    pub key_listings_a_minute: u32,
    /// How long a minute takes: less where time runs faster.
    pub minute: Duration,
    /// How long an API that cannot be reached, or fails, is tried.
    pub patience: Duration,
    /// How long an API that says "too many requests" is waited for.
    pub throttle_patience: Duration,
    /// The wait before the second try; it doubles from there.
    pub first_retry: Duration,
    /// The longest wait between two tries.
    pub longest_retry: Duration,
    /// The wait before an action is looked at for the first time; used by those who poll.
    pub first_poll: Duration,
    /// The longest wait between two looks; used by those who poll.
    pub longest_poll: Duration,
    /// How long a connection may take to stand.
    pub connect_timeout: Duration,
    /// How long a read may take from first byte to last.
    pub read_timeout: Duration,
    /// How long a change may take. Longer than a read: giving up on a create costs a search for it.
    pub write_timeout: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            calls_a_minute: 200,
            key_listings_a_minute: 10,
            minute: Duration::from_mins(1),
            patience: Duration::from_secs(30),
            throttle_patience: Duration::from_mins(10),
            first_retry: Duration::from_secs(1),
            longest_retry: Duration::from_secs(30),
            first_poll: Duration::from_secs(1),
            longest_poll: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(20),
            write_timeout: Duration::from_mins(1),
        }
    }
}

/// Why no client could be made; nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The address is one the token must not be sent to.
    #[error("cannot use {address} as the address of the API: {why}")]
    Address {
        /// The address, without a user name or password.
        address: String,
        /// The rule it breaks.
        why: &'static str,
    },
    /// The token has characters no header can carry: a line break, say.
    #[error("the token holds characters that no HTTP header can carry")]
    Token(#[source] InvalidHeaderValue),
    /// The HTTP client cannot be set up: most often a machine without CA certificates (`ca-
    /// certificates`).
    #[error("cannot set up HTTPS; are the system's CA certificates installed?")]
    Setup(#[source] reqwest::Error),
}

/// Sees every exchange as it happened.
pub type Recorder = Arc<dyn Fn(&Exchange) + Send + Sync>;

/// One call and its answer, bodies and all.
#[derive(Clone, PartialEq)]
pub struct Exchange {
    /// The method's name.
    pub method: &'static str,
    /// The path from the first slash on, without the query.
    pub path: String,
    /// The query as it was sent.
    pub query: Vec<(String, String)>,
    /// The JSON sent, if any.
    pub request: Option<Value>,
    /// The answer's status.
    pub status: u16,
    /// The JSON that came back, if it was any.
    pub answer: Option<Value>,
}

/// The address without a user name, password or query, for words.
pub fn bare(address: &Url) -> String {
    let mut address = address.clone();
    address.set_query(None);
    address.set_fragment(None);
    let is_clean = address.set_username("").and_then(|()| address.set_password(None)).is_ok();
    // Addresses that cannot have a user name cannot hold an API either: `data:`, say.
    let text = if is_clean { address.as_str() } else { address.scheme() };
    text.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str) -> Result<(), String> {
        let settings = Settings::new(address.parse().unwrap(), "dop_v1_canary".into());
        settings.check_address().map_err(|error| error.to_string())
    }

    #[test]
    fn https_and_loopback_are_fit_for_a_token() {
        for address in [
            "https://api.digitalocean.com",
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://localhost:1",
            "http://[::1]:8080/prefix/",
        ] {
            assert_eq!(check(address), Ok(()), "{address}");
        }
    }

    #[test]
    fn plain_http_to_another_machine_is_refused() {
        for address in [
            "http://api.digitalocean.com",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "ftp://127.0.0.1",
            "data:text/plain,hello",
        ] {
            assert!(check(address).is_err(), "{address}");
        }
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_repeated() {
        let refused = check("https://me:hunter2@api.digitalocean.com").unwrap_err();
        assert!(refused.contains("https://api.digitalocean.com"), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}
