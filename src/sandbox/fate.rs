//! How asynchronous work ends.

use serde::{Deserialize, Serialize};

/// The end a piece of asynchronous work is heading for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It completes and has its effect.
    #[default]
    Completed,
    /// It takes its time, then fails without an effect.
    Errored,
    /// It never ends by itself.
    Stuck,
}
