//! What happens during a run, as it happens; the only thing views see.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::{plan::Action, resources::Kind, values::Address};

/// Something that happened to a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Which step.
    pub address: Address,
    /// The kind of thing.
    pub kind: Kind,
    /// What it is called at DigitalOcean.
    pub name: String,
    /// What is done to it.
    pub action: Action,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    /// Work on it began.
    Started {
        /// How long that usually takes; nothing where it is a call and its answer.
        #[serde(rename = "usually_ms", serialize_with = "some_milliseconds")]
        usually: Option<Duration>,
    },
    /// It waits.
    Waiting {
        /// For what, as `droplet 12 to be active`.
        reason: String,
    },
    /// It is done.
    Done {
        /// How long it took.
        #[serde(rename = "elapsed_ms", serialize_with = "milliseconds")]
        elapsed: Duration,
    },
    /// It failed.
    Failed {
        /// Why, with all causes.
        error: String,
    },
    /// It was not begun, because of a step that failed.
    Skipped {
        /// That step.
        because: Address,
    },
    /// It was begun and nobody waits for it any more.
    Abandoned {
        /// What goes on at DigitalOcean, if anything does.
        running: Option<String>,
    },
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

#[expect(clippy::ref_option, reason = "the signature serde asks for")]
fn some_milliseconds<S: Serializer>(
    time: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => milliseconds(time, serializer),
        None => serializer.serialize_none(),
    }
}
