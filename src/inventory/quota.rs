//! How much of a kind the account may hold.

use serde::Serialize;

use crate::resources::Kind;

/// An account's limit for a kind, and what counts against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Quota {
    /// The kind.
    pub kind: Kind,
    /// How many there may be.
    pub limit: usize,
    /// How many there are, the stack's and all others.
    pub in_use: usize,
}
