//! Files of a bundle: texts, and texts with secrets in them that are filled in when they are sent.

use std::collections::BTreeMap;

use crate::values::SecretName;

/// A file on a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its mode: 0600 where a secret is in it.
    pub mode: u32,
    /// What is in it.
    pub content: Content,
}

/// What is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A text.
    Text(String),
    /// Environment variables of a service.
    Environment(BTreeMap<String, Value>),
}

/// The value of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A secret's value.
    Secret(SecretName),
    /// A password that is made on the machine and never leaves it, by its name there.
    Generated(&'static str),
}

impl File {
    /// A text that anybody on the machine may read.
    pub const fn text(text: String) -> Self {
        Self { mode: 0o644, content: Content::Text(text) }
    }

    /// Environment variables, for root alone.
    pub const fn environment(variables: BTreeMap<String, Value>) -> Self {
        Self { mode: 0o600, content: Content::Environment(variables) }
    }
}

impl Value {
    /// A secret where one is named, else a password made on the machine.
    pub fn secret_or(named: Option<&SecretName>, generated: &'static str) -> Self {
        named.cloned().map_or(Self::Generated(generated), Self::Secret)
    }
}
