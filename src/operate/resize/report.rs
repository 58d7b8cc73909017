//! What was decided and what was done, as a value.

use std::time::Duration;

use serde::Serialize;

use crate::{
    plan::Refusal,
    policy::Decision,
    values::{Address, SizeSlug},
};

/// What one look at a component came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The machine that was looked at; none where the component has none yet.
    pub machine: Option<Address>,
    /// What was decided by its rule; none where it has none, or was left off.
    pub decision: Option<Decided>,
    /// What was done.
    pub done: Done,
}

/// What was decided by a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// The word that metrics count it by: `stay`, `grow`, `shrink`.
    pub word: &'static str,
    /// The word for its reason, out of a closed list.
    pub reason: &'static str,
    /// The whole of it in a sentence.
    pub said: String,
}

impl From<Decision> for Decided {
    fn from(decision: Decision) -> Self {
        Self { word: decision.word(), reason: decision.reason(), said: decision.to_string() }
    }
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "done", rename_all = "kebab-case")]
pub enum Done {
    /// Nothing: that was the decision, or there was nothing to decide.
    Nothing,
    /// An earlier run had left it off, and it is on again.
    PaidDebt,
    /// It has another size.
    Resized {
        /// The size it had.
        from: SizeSlug,
        /// The size it has.
        to: SizeSlug,
        /// How long that took.
        took: Duration,
        /// Why it does not serve, where that was looked at.
        unwell: Option<String>,
    },
    /// Something speaks against it, and it was not switched off.
    Refused {
        /// What.
        refusals: Vec<Refusal>,
    },
    /// It failed; the machine is on again as it was, or the debt says that it must be.
    Failed {
        /// Why.
        why: String,
    },
    /// Another run has the stack's lock, or it was asked to stop.
    Held {
        /// Who.
        why: String,
    },
}

impl Done {
    /// The word that metrics and audit logs count it by.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::PaidDebt => "paid-debt",
            Self::Resized { .. } => "resized",
            Self::Refused { .. } => "refused",
            Self::Failed { .. } => "failed",
            Self::Held { .. } => "held",
        }
    }

    /// Whether every machine of the component is known to be on, as it was when it was read.
    pub const fn owes_nothing(&self) -> bool {
        match self {
            Self::Nothing | Self::Refused { .. } => true,
            Self::PaidDebt | Self::Resized { .. } | Self::Failed { .. } | Self::Held { .. } => {
                false
            }
        }
    }
}
