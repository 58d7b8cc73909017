//! What was decided and what was done, as a value.

use std::time::Duration;

use serde::Serialize;

use crate::{
    plan::Refusal,
    values::{Address, SizeSlug},
};

/// What one look at a component came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The machine that was looked at; none where the component has none yet.
    pub machine: Option<Address>,
    /// What was done.
    pub done: Done,
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
}
