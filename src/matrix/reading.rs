//! What a machine answers to a probe.

use std::time::Duration;

use serde::Deserialize;

/// What a machine answers to a probe.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Reading {
    /// How the command ended; [`NOTHING_YET`] where there was nothing to measure.
    pub exit: i32,
    /// The requests that were made, in their order.
    #[serde(default)]
    pub requests: Vec<Request>,
    /// What was said.
    #[serde(skip)]
    pub body: String,
}

/// A request of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Request {
    /// The answer's status; 0 without an answer.
    pub status: u16,
    /// From its beginning to the answer's last byte.
    pub seconds: f64,
}

/// The exit code of a probe that found nothing to measure; what it says is why (sysexits:
/// `EX_TEMPFAIL`).
pub const NOTHING_YET: i32 = 75;

impl Reading {
    /// How long its requests took together.
    pub fn took(&self) -> Duration {
        let seconds = self.requests.iter().map(|request| request.seconds).sum();
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }

    /// The last line of what was said, for whoever has to be told why.
    pub fn last_line(&self) -> &str {
        let mut lines = self.body.lines().rev().map(str::trim);
        lines.find(|line| !line.is_empty()).unwrap_or("nothing was said about why")
    }
}
