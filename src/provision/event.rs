//! What happens to machines while they are made to serve, as it happens.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::values::Address;

/// Something that happened to a machine's software.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Which machine.
    pub address: Address,
    /// What it is called at DigitalOcean.
    pub name: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    /// Work on it began.
    Started,
    /// It goes on to another rung.
    Working {
        /// What is done, as `starting weaviate`.
        doing: String,
    },
    /// All of it serves.
    Serving {
        /// What was changed for it; nothing where all was as wanted.
        changed: Vec<String>,
        /// How long it took.
        elapsed_ms: u64,
    },
    /// It does not.
    Failed {
        /// Why, with all causes.
        error: String,
    },
    /// Nobody waits for it any more.
    Abandoned,
}

/// A time in the unit of events.
pub fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
