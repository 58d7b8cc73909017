//! Files of a bundle: texts, and texts with secrets in them that are filled in when they are sent.

use std::collections::BTreeMap;

use crate::values::{Address, SecretName};

/// The file of a bundle that says which version of this program it holds. The two go together, so
/// where the text is right the program is there: it is too large to be compared.
pub const PROGRAM_VERSION: &str = "program/version";

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
    /// A value, as the whole file.
    Whole(Value),
    /// This program itself; the text [`PROGRAM_VERSION`] goes with it and says which it is.
    Program,
    /// What is made on the machine where there is none.
    Generated(Generated),
}

/// A file that is made on the machine and never leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Generated {
    /// A certificate that vouches for itself, for these names; browsers warn of it.
    Certificate(Vec<String>),
    /// The private key of the certificate beside it; the two are made together.
    CertificateKey,
}

/// The value of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A secret's value.
    Secret(SecretName),
    /// A password that is made on the machine and never leaves it, by its name there: 32 bytes of
    /// chance as 64 hexadecimal digits.
    Generated(&'static str),
    /// The same of another component of the machine: whose, and its name there.
    Borrowed(Address, &'static str),
    /// A value as it stands in a URL: percent-encoded but for RFC 3986's unreserved characters.
    InUrl(Box<Self>),
    /// Values one after the other.
    Joined(Vec<Self>),
}

impl File {
    /// A text that anybody on the machine may read.
    pub const fn text(text: String) -> Self {
        Self { mode: 0o644, content: Content::Text(text) }
    }

    /// A script that anybody on the machine may run.
    pub const fn script(text: String) -> Self {
        Self { mode: 0o755, content: Content::Text(text) }
    }

    /// A value as the whole file, for root alone.
    pub const fn whole(value: Value) -> Self {
        Self { mode: 0o600, content: Content::Whole(value) }
    }

    /// A secret's value, for root alone.
    pub const fn secret(name: SecretName) -> Self {
        Self::whole(Value::Secret(name))
    }

    /// This program itself.
    pub const fn program() -> Self {
        Self { mode: 0o755, content: Content::Program }
    }

    /// What is made on the machine, for root alone.
    pub const fn generated(what: Generated) -> Self {
        Self { mode: 0o600, content: Content::Generated(what) }
    }

    /// Environment variables, for root alone.
    pub const fn environment(variables: BTreeMap<String, Value>) -> Self {
        Self { mode: 0o600, content: Content::Environment(variables) }
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A database's URL, as Postgres' clients take it.
    pub fn database_url((role, password): (&str, Self), place: &str) -> Self {
        let before = Self::Text(format!("postgresql://{role}:"));
        let after = Self::Text(format!("@{place}"));
        Self::Joined(vec![before, Self::InUrl(Box::new(password)), after])
    }

    /// A secret where one is named, else a password made on the machine.
    pub fn secret_or(named: Option<&SecretName>, generated: &'static str) -> Self {
        named.cloned().map_or(Self::Generated(generated), Self::Secret)
    }
}
