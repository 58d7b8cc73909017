//! Where a value comes from, in words.

use std::fmt;

/// Where the value of a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A variable of the environment.
    Environment,
    /// A line of the stack's file of variables, as it is shown.
    Dotenv(String),
    /// What this program prints.
    Program(String),
    /// The file of encrypted values, as it is shown.
    Vault(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => out.pad("the environment"),
            Self::Dotenv(path) | Self::Vault(path) => out.pad(path),
            Self::Program(program) => out.pad(&format!("the program `{program}`")),
        }
    }
}
