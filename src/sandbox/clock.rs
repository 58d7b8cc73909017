//! The sandbox's time: the real one, plus what tests have pushed it ahead.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A clock that runs at the real pace and can be pushed ahead, never back.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Clock {
    ahead_ms: i64,
}

impl Clock {
    /// The sandbox's time.
    pub fn now(self) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.ahead_ms);
        real_now().checked_add(ahead).unwrap_or(Timestamp::MAX)
    }

    /// Pushes the clock ahead.
    pub fn advance(&mut self, seconds: u32) {
        self.ahead_ms = self.ahead_ms.saturating_add(i64::from(seconds) * 1000);
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the sandbox reads the time")]
fn real_now() -> Timestamp {
    Timestamp::now()
}
