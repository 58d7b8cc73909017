//! Secrets by name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a secret: an environment variable such as `ORG_POSTGRES_PW`.
///
/// Only the name travels through plan, journal and output; the value has one type,
/// `secrecy::SecretString`, and goes from the environment to the wire.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretName(String);

impl SecretName {
    /// The rule, in words.
    pub const RULE: &'static str =
        "upper-case letters, digits and `_`, starting with `ORG_`, at most 100 characters";

    /// Checks a name against the rule.
    pub fn parse(name: &str) -> Option<Self> {
        let is_word = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let named = name.strip_prefix("ORG_").is_some_and(|rest| !rest.is_empty());
        (named && name.len() <= 100 && name.bytes().all(is_word)).then(|| Self(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::SecretName;

    #[test]
    fn only_prefixed_upper_case_names_are_secrets() {
        assert!(SecretName::parse("ORG_POSTGRES_PW").is_some());
        for name in ["POSTGRES_PW", "ORG_", "org_pw", "ORG_A-B", "ORG_É"] {
            assert!(SecretName::parse(name).is_none(), "{name}");
        }
    }
}
