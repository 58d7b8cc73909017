//! The vocabulary of change.

use std::fmt;

use serde::Serialize;

/// What a step does to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is there as wanted.
    Nothing,
    /// It comes into being.
    Create,
    /// It is there already and becomes the stack's.
    Adopt,
    /// It changes while everything runs.
    Update,
    /// It changes while the machine is off.
    Resize,
    /// It would have to be made anew.
    Replace,
    /// It stays and is not the stack's any more.
    Release,
    /// It goes.
    Delete,
}

impl Action {
    /// The sign in front of a line; it says the same without colour.
    pub const fn glyph(self) -> &'static str {
        match self {
            Self::Nothing => " ",
            Self::Create => "+",
            Self::Adopt => ">",
            Self::Update => "~",
            Self::Resize => "^",
            Self::Replace => "±",
            Self::Release => "<",
            Self::Delete => "-",
        }
    }

    /// What a person calls it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Create => "create",
            Self::Adopt => "adopt",
            Self::Update => "update",
            Self::Resize => "resize",
            Self::Replace => "replace",
            Self::Release => "release",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.word())
    }
}
