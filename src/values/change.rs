//! Before and after.

use serde::{Deserialize, Serialize};

/// A value before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change<T> {
    /// What there is.
    pub before: T,
    /// What is wanted.
    pub after: T,
}

impl<T> Change<T> {
    /// Pairs what there is with what is wanted.
    pub const fn new(before: T, after: T) -> Self {
        Self { before, after }
    }
}
