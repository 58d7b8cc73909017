//! A field that differs, and what it takes to make it right.

use std::fmt;

use serde::Serialize;

use crate::values::Change;

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The field's name, as the API calls it.
    pub field: String,
    /// What it is and what it is to be, as text.
    pub change: Change<String>,
    /// What the change takes.
    pub effect: Effect,
}

impl FieldChange {
    /// A field that differs.
    pub fn new(
        field: impl Into<String>,
        before: &dyn fmt::Display,
        after: &dyn fmt::Display,
        effect: Effect,
    ) -> Self {
        let change = Change::new(before.to_string(), after.to_string());
        Self { field: field.into(), change, effect }
    }
}

/// What a change of a field takes, mildest first.
///
/// The assignment of fields follows the immutable fields of the API (facts: the official
/// provider's `ForceNew` list), except that a change of `user_data`, keys or image never replaces
/// a machine by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Nothing now: it is used when the machine is next built.
    NextRebuild,
    /// A call to the API, with everything running.
    InPlace,
    /// The machine is off meanwhile.
    PowerOff,
    /// The thing has to be made anew.
    Replace,
    /// DigitalOcean cannot do it at all.
    Impossible,
}
