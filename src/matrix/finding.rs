//! What a probe came to.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::{
    matrix::{Probe, judge::Judgement, wanted},
    values::Address,
};

/// What a probe came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The component it was about.
    pub component: Address,
    /// Its name among the component's.
    pub probe: String,
    /// What had to be true.
    pub wanted: String,
    /// What was measured; empty where nothing could be.
    pub measured: String,
    /// How long its requests took together.
    #[serde(rename = "took_ms", serialize_with = "milliseconds")]
    pub took: Duration,
    /// Whether it is true.
    #[serde(flatten)]
    pub verdict: Verdict,
}

impl Finding {
    /// Whether what had to be true is not.
    pub const fn has_failed(&self) -> bool {
        matches!(self.verdict, Verdict::Failed(_))
    }

    /// The component and the name of its probe.
    pub fn key(&self) -> (&Address, &str) {
        (&self.component, &self.probe)
    }
}

/// Whether what has to be true is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "reason", rename_all = "kebab-case")]
pub enum Verdict {
    /// It is.
    Passed,
    /// It is not, and why.
    Failed(String),
    /// There is nothing yet by which to tell, and why.
    Unknown(String),
}

impl Finding {
    /// A finding without a reading: why there is none is why it failed.
    pub fn unanswered(probe: &Probe, why: &str) -> Self {
        Self::of(probe, (String::new(), Verdict::Failed(why.to_owned())), Duration::ZERO)
    }

    /// A finding of a probe.
    pub fn of(probe: &Probe, (measured, verdict): Judgement, took: Duration) -> Self {
        Self {
            component: probe.component.clone(),
            probe: probe.name.clone(),
            wanted: wanted::wanted(&probe.check),
            measured,
            took,
            verdict,
        }
    }
}

fn milliseconds<S: Serializer>(took: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u128(took.as_millis())
}
