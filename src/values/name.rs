//! Names, each with DigitalOcean's rule for its kind.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A name that breaks its rule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{name}` is no valid {what}: {rule}")]
pub struct BrokenRule {
    /// What was given.
    pub name: String,
    /// What it was meant to name.
    pub what: &'static str,
    /// The rule, in words.
    pub rule: &'static str,
}

/// Makes one name type: its rule as a test, and the rule in words.
///
/// Thousands of addresses hold the same few names, so a name is one text that all of them share.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $test:path, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The rule, in words.
            pub const RULE: &'static str = $rule;

            /// Checks a name against the rule.
            pub fn parse(name: &str) -> Result<Self, BrokenRule> {
                if $test(name) {
                    Ok(Self(name.into()))
                } else {
                    Err(BrokenRule { name: name.to_owned(), what: $what, rule: $rule })
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BrokenRule;

            fn try_from(name: String) -> Result<Self, BrokenRule> {
                Self::parse(&name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }
    };
}

name! {
    /// The name of a stack: the root of every mark it leaves in the account.
    StackName, "stack name", is_stack,
    "lower-case letters, digits and single dashes, starting with a letter and ending with a letter or digit, at most 32 characters"
}

name! {
    /// The name of a component in a stack file.
    ///
    /// It may not end like a numbered instance (`web-2`), and `stack` is taken by what belongs to
    /// the stack as a whole.
    ComponentName, "component name", is_component,
    "lower-case letters, digits and single dashes, starting with a letter, not ending in a dash and a number, at most 32 characters, and not `stack`"
}

name! {
    /// The name of an MCP server beside an orchestrator.
    ServerName, "name of an MCP server", is_stack,
    "lower-case letters, digits and single dashes, starting with a letter and ending with a letter or digit, at most 32 characters"
}

name! {
    /// A droplet's name (API description: `droplet_create`, pattern of `name`).
    DropletName, "droplet name", is_droplet,
    "letters, digits, `.` and `-`, starting and ending with a letter or digit, at most 255 characters"
}

name! {
    /// A volume's name, unique in its region (docs: Volumes, naming conventions).
    VolumeName, "volume name", is_volume,
    "lower-case letters, digits and `-`, starting with a letter and ending with a letter or digit, at most 64 characters"
}

name! {
    /// A firewall's name, unique in the account (API description: `firewall`, pattern of `name`).
    FirewallName, "firewall name", is_firewall,
    "letters, digits, `.` and `-`, starting with a letter or digit, 2 to 255 characters"
}

name! {
    /// A VPC's name, unique in the account (API description: `vpc_updatable`, pattern of `name`).
    VpcName, "VPC name", is_vpc,
    "letters, digits, `.` and `-`, at most 255 characters"
}

name! {
    /// A project's name, unique in the account (API description: `project_base`, `name`).
    ProjectName, "project name", is_project,
    "at most 175 characters, none of them a control character, and not blank"
}

name! {
    /// A domain the account serves, as `example.com`.
    DomainName, "domain name", is_domain,
    "two or more labels of lower-case letters, digits and `-` joined by dots, as `example.com`, at most 253 characters"
}

name! {
    /// A record's name relative to its domain; `@` is the domain itself.
    RecordName, "record name", is_record,
    "`@`, or labels of lower-case letters, digits, `-` and `_` joined by dots (the first may be `*`), relative to the domain, at most 200 characters"
}

fn is_stack(name: &str) -> bool {
    name.len() <= 32 && is_dashed(name)
}

fn is_component(name: &str) -> bool {
    let numbered = name
        .rsplit_once('-')
        .is_some_and(|(_, tail)| tail.bytes().all(|byte| byte.is_ascii_digit()));
    name.len() <= 32 && is_dashed(name) && !numbered && name != "stack"
}

/// Lower-case words joined by single dashes, the first starting with a letter.
fn is_dashed(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split('-').all(|word| !word.is_empty() && word.bytes().all(is_lower_or_digit))
}

fn is_droplet(name: &str) -> bool {
    name.len() <= 255
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.ends_with(|last: char| last.is_ascii_alphanumeric())
}

fn is_volume(name: &str) -> bool {
    name.len() <= 64
        && name.bytes().all(|byte| is_lower_or_digit(byte) || byte == b'-')
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
}

fn is_firewall(name: &str) -> bool {
    (2..=255).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
}

fn is_vpc(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
}

fn is_project(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= 175 && !name.contains(char::is_control)
}

fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| is_lower_or_digit(byte) || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').count() >= 2 && name.split('.').all(is_label)
}

fn is_record(name: &str) -> bool {
    let is_label = |(place, label): (usize, &str)| {
        (place == 0 && label == "*")
            || ((1..=63).contains(&label.len())
                && label.bytes().all(|byte| is_lower_or_digit(byte) || b"-_".contains(&byte)))
    };
    name == "@" || (name.len() <= 200 && name.split('.').enumerate().all(is_label))
}

fn is_lower_or_digit(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::{ComponentName, DomainName, DropletName, RecordName, StackName, VolumeName};

    #[test]
    fn names_within_their_rule_are_taken() {
        for name in ["core-dev", "a", "s3"] {
            assert_eq!(StackName::parse(name).unwrap().as_str(), name);
        }
        assert!(DropletName::parse("Web.1-a").is_ok());
        assert!(VolumeName::parse("core-dev-vector-data").is_ok());
        for name in ["@", "*", "app", "*.app", "_dmarc"] {
            assert!(RecordName::parse(name).is_ok(), "{name}");
        }
        assert!(DomainName::parse("example.com").is_ok());
    }

    #[test]
    fn names_outside_their_rule_are_refused_with_the_rule() {
        for name in ["", "Core", "-a", "a-", "a--b", "1a", "a_b", "é", &"a".repeat(33)] {
            let refused = StackName::parse(name).unwrap_err();
            assert!(refused.to_string().contains(StackName::RULE), "{refused}");
        }
        for name in ["web-2", "stack", "a-0"] {
            assert!(ComponentName::parse(name).is_err(), "{name}");
        }
        for name in ["Data", "1a", "a_b", "a-", &"a".repeat(65)] {
            assert!(VolumeName::parse(name).is_err(), "{name}");
        }
        for name in ["", ".a", "a.", "a_b", "a b"] {
            assert!(DropletName::parse(name).is_err(), "{name}");
        }
        for name in ["localhost", "Example.com", "a..b", "-a.com"] {
            assert!(DomainName::parse(name).is_err(), "{name}");
        }
        for name in ["", "a.", "A", "a.*", "app.example com"] {
            assert!(RecordName::parse(name).is_err(), "{name}");
        }
    }
}
