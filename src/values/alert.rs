//! What an alert policy watches, and from when on it tells.

use serde::Serialize;

/// A bound on a reading of droplets, and how long the reading must be beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AlertRule {
    /// What is read.
    pub metric: Metric,
    /// On which side.
    pub side: Side,
    /// The bound, finite and not negative.
    pub value: f64,
    /// For how long.
    pub window: Window,
}

/// Bounds are finite, so equality is whole.
impl Eq for AlertRule {}

/// Makes an enum of words, in the order of the list.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $( $variant:ident = $word:literal: $meaning:literal, )+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $( #[doc = $meaning] $variant, )+
        }

        impl $name {
            /// Their words in a stack file.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The one of that word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $( $word => Some(Self::$variant), )+
                    _ => None,
                }
            }

            /// Its word.
            pub const fn word(self) -> &'static str {
                match self {
                    $( Self::$variant => $word, )+
                }
            }
        }
    };
}

words! {
    /// A reading of a droplet (API description: `alert_policy_request`, `type`).
    Metric {
        Cpu = "cpu": "Processor time used, in percent.",
        Memory = "memory_utilization_percent": "Memory used, in percent.",
        Disk = "disk_utilization_percent": "Disk used, in percent.",
        Load1 = "load_1": "Processes that want to run, over a minute.",
        Load5 = "load_5": "Processes that want to run, over five minutes.",
        Load15 = "load_15": "Processes that want to run, over a quarter of an hour.",
        DiskRead = "disk_read": "MiB read from disk in a second.",
        DiskWrite = "disk_write": "MiB written to disk in a second.",
        PublicOut = "public_outbound_bandwidth": "Mbit/s to the internet.",
        PublicIn = "public_inbound_bandwidth": "Mbit/s from the internet.",
        PrivateOut = "private_outbound_bandwidth": "Mbit/s to the VPC.",
        PrivateIn = "private_inbound_bandwidth": "Mbit/s from the VPC.",
    }
}

words! {
    /// How long a reading must be beyond its bound.
    Window {
        FiveMinutes = "5m": "Five minutes.",
        TenMinutes = "10m": "Ten minutes.",
        ThirtyMinutes = "30m": "Half an hour.",
        Hour = "1h": "An hour.",
    }
}

/// A side of a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Above it.
    Above,
    /// Below it.
    Below,
}

impl Side {
    /// The word a person reads.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
        }
    }

    /// The word DigitalOcean has for it.
    pub const fn for_api(self) -> &'static str {
        match self {
            Self::Above => "GreaterThan",
            Self::Below => "LessThan",
        }
    }
}

impl Metric {
    /// The word DigitalOcean has for it.
    pub fn for_api(self) -> String {
        format!("v1/insights/droplet/{}", self.word())
    }

    /// Whether it is a share, which never passes a hundred.
    pub const fn is_percent(self) -> bool {
        match self {
            Self::Cpu | Self::Memory | Self::Disk => true,
            Self::Load1
            | Self::Load5
            | Self::Load15
            | Self::DiskRead
            | Self::DiskWrite
            | Self::PublicOut
            | Self::PublicIn
            | Self::PrivateOut
            | Self::PrivateIn => false,
        }
    }
}

impl AlertRule {
    /// The bound as a person reads it: `above 80 for 5m`.
    pub fn bound(&self) -> String {
        bound(self.side.word(), self.value, self.window.word())
    }
}

/// A bound as a person reads it; as exact as DigitalOcean keeps it, which is single precision.
#[expect(clippy::cast_possible_truncation, reason = "the API's numbers are no more exact")]
pub fn bound(side: &str, value: f64, window: &str) -> String {
    format!("{side} {} for {window}", value as f32)
}

#[cfg(test)]
mod tests {
    use super::bound;

    #[test]
    fn what_single_precision_makes_of_a_bound_is_no_difference() {
        assert_eq!(bound("above", 0.1, "5m"), bound("above", 0.100_000_001_490_116_12, "5m"));
        assert_eq!(bound("above", 80.0, "5m"), "above 80 for 5m");
    }
}
