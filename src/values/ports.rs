//! Ports of a firewall rule, in one form.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A range of ports, both ends within.
///
/// DigitalOcean writes "all" as `0`, `all` or `1-65535`, and answers `0` (terraform-provider
/// issue 52); here they are one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ports {
    first: u16,
    last: u16,
}

impl Ports {
    /// Every port.
    pub const ALL: Self = Self { first: 1, last: u16::MAX };

    /// One port.
    pub const fn one(port: u16) -> Self {
        Self { first: port, last: port }
    }

    /// The form the API is sent.
    pub fn for_api(self) -> String {
        if self == Self::ALL { "0".to_owned() } else { self.to_string() }
    }
}

/// A text that names no ports.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` names no ports: write one as \"443\", a range as \"8000-8010\", or `all`")]
pub struct PortsError(pub String);

impl FromStr for Ports {
    type Err = PortsError;

    fn from_str(text: &str) -> Result<Self, PortsError> {
        if matches!(text, "all" | "0" | "") {
            return Ok(Self::ALL);
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let port = |text: &str| {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u16>().ok().filter(|port| plain && *port > 0)
        };
        match (port(first), port(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self { first, last }),
            _ => Err(PortsError(text.to_owned())),
        }
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ALL => out.pad("all"),
            Self { first, last } if first == last => out.pad(&first.to_string()),
            Self { first, last } => out.pad(&format!("{first}-{last}")),
        }
    }
}

impl TryFrom<String> for Ports {
    type Error = PortsError;

    fn try_from(text: String) -> Result<Self, PortsError> {
        text.parse()
    }
}

impl From<Ports> for String {
    fn from(ports: Ports) -> Self {
        ports.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Ports;

    #[test]
    fn every_way_to_say_all_is_one_value() {
        for text in ["all", "0", "1-65535", ""] {
            assert_eq!(text.parse(), Ok(Ports::ALL), "{text}");
        }
        assert_eq!(Ports::ALL.for_api(), "0");
    }

    #[test]
    fn ranges_read_back_as_they_print() {
        for text in ["443", "8000-8010", "all"] {
            assert_eq!(text.parse::<Ports>().unwrap().to_string(), text);
        }
        assert_eq!("22-22".parse(), Ok(Ports::one(22)));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in ["a", "70000", "10-1", "-1", "1-", "+5", "0-9", "1-2-3"] {
            assert!(text.parse::<Ports>().is_err(), "{text}");
        }
    }
}
