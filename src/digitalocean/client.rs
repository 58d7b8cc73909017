//! The client: one connection pool, one gate, one token.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;
use std::{fmt, iter};

use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Url};
use rustls::crypto::ring;
use secrecy::{ExposeSecret, SecretString};

use crate::digitalocean::dice::Dice;
use crate::digitalocean::gate::Gate;
use crate::digitalocean::settings::{BuildError, Pace, Recorder, Settings, bare};

/// How long an unused connection is kept: less than the other side keeps it, since a create sent
/// while the other side hangs up is ambiguous.
const IDLE: Duration = Duration::from_secs(30);

/// A DigitalOcean account, as one token sees it. Clones share the pool, the gate and the count.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

/// What all clones share; `request` is its only user.
pub struct Inner {
    /// The connection pool.
    pub http: reqwest::Client,
    /// The API's address.
    pub base: Url,
    /// The token, to strike it out of whatever comes back.
    pub token: SecretString,
    /// How fast, how patient.
    pub pace: Pace,
    /// What every call passes.
    pub gate: Gate,
    /// What listings of SSH keys pass as well.
    pub key_gate: Gate,
    /// The spread of waits.
    pub dice: Dice,
    /// Sees every exchange, in tests.
    pub recorder: Option<Recorder>,
    /// Calls sent.
    pub sent: AtomicU64,
    /// Calls sent that were not the first try.
    pub repeated: AtomicU64,
    /// Calls that are left this hour, as the last answer said; the most there can be until one does.
    pub room: AtomicU64,
    /// The other side's clock at the last answer, in seconds since 1970; the least until one tells.
    pub date: AtomicI64,
}

/// How many calls a client has made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallCount {
    /// All of them, repeated ones too.
    pub sent: u64,
    /// Those that were not the first try.
    pub repeated: u64,
}

impl Client {
    /// Makes a client; sends nothing.
    pub fn new(settings: Settings) -> Result<Self, BuildError> {
        settings.check_address()?;
        let http = connection_pool(&settings)?;
        let Settings { base, token, pace, seed, recorder, user_agent: _ } = settings;
        let gate = Gate::new(pace.calls_a_minute, pace.minute);
        let key_gate = Gate::new(pace.key_listings_a_minute, pace.minute);
        let (sent, repeated) = (AtomicU64::new(0), AtomicU64::new(0));
        let (dice, room) = (Dice::new(seed), AtomicU64::new(u64::MAX));
        let date = AtomicI64::new(i64::MIN);
        let inner = Inner {
            http,
            base,
            token,
            pace,
            gate,
            key_gate,
            dice,
            recorder,
            sent,
            repeated,
            room,
            date,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The calls made so far, by all clones.
    pub fn calls(&self) -> CallCount {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        CallCount { sent: read(&self.inner.sent), repeated: read(&self.inner.repeated) }
    }

    /// How many more calls the account may make this hour, as the last answer said.
    pub fn room(&self) -> u64 {
        self.inner.room.load(Ordering::Relaxed)
    }

    /// What the other side's clock said in the last answer; none where it never told.
    pub fn date(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.inner.date.load(Ordering::Relaxed)).ok()
    }

    /// The pace it keeps, for those who poll.
    pub fn pace(&self) -> &Pace {
        &self.inner.pace
    }

    /// What all clones share.
    pub fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &bare(&self.inner.base))
            .field("calls", &self.calls())
            .finish_non_exhaustive()
    }
}

/// No redirects: the token goes to the address it was meant for and nowhere else.
///
/// Over plain http no certificate and no proxy is needed, and a machine without CA files can still
/// be used.
fn connection_pool(settings: &Settings) -> Result<reqwest::Client, BuildError> {
    install_cryptography();
    let builder = reqwest::Client::builder()
        .user_agent(settings.user_agent.as_str())
        .default_headers(HeaderMap::from_iter([(AUTHORIZATION, authorization(settings)?)]))
        .redirect(Policy::none())
        .pool_idle_timeout(IDLE)
        .connect_timeout(settings.pace.connect_timeout);
    let builder = if settings.is_plain() {
        builder.no_proxy().tls_certs_only(iter::empty::<Certificate>())
    } else {
        builder.https_only(true)
    };
    builder.build().map_err(BuildError::Setup)
}

fn authorization(settings: &Settings) -> Result<HeaderValue, BuildError> {
    let bearer = format!("Bearer {}", settings.token.expose_secret());
    let mut value = HeaderValue::try_from(bearer).map_err(BuildError::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

/// A client panics where no provider is installed; another may have installed one before, which is
/// as good.
pub fn install_cryptography() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(ring::default_provider().install_default()));
}
