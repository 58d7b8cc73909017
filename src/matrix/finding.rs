//! What a probe came to.

use serde::Serialize;

use crate::{
    matrix::{Probe, wanted},
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
    /// Whether it is true.
    #[serde(flatten)]
    pub verdict: Verdict,
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
        Self::of(probe, String::new(), Verdict::Failed(why.to_owned()))
    }

    /// A finding of a probe.
    pub fn of(probe: &Probe, measured: String, verdict: Verdict) -> Self {
        Self {
            component: probe.component.clone(),
            probe: probe.name.clone(),
            wanted: wanted::wanted(&probe.check),
            measured,
            verdict,
        }
    }
}
