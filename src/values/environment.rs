//! How serious a project is.

use serde::Serialize;

/// How serious a project is (API description: `project_base`, `environment`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Environment {
    /// Something may break.
    Development,
    /// A rehearsal.
    Staging,
    /// Nothing may break.
    Production,
}

impl Environment {
    /// The words a stack file has for them.
    pub const WORDS: [&'static str; 3] = ["development", "staging", "production"];

    /// The one of that word in a stack file.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "development" => Some(Self::Development),
            "staging" => Some(Self::Staging),
            "production" => Some(Self::Production),
            _ => None,
        }
    }

    /// The word DigitalOcean has for it.
    pub const fn for_api(self) -> &'static str {
        match self {
            Self::Development => "Development",
            Self::Staging => "Staging",
            Self::Production => "Production",
        }
    }
}
