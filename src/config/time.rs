//! Lengths of time, times of day and time zones, as a stack file writes them.

use std::{fmt, time::Duration};

use jiff::{
    civil::Time,
    tz::{TimeZone, TimeZoneDatabase},
};
use thiserror::Error;

/// A time zone that exists, as `America/Los_Angeles`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneName(String);

/// What is no time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TimeError {
    /// No length of time.
    #[error("`{0}` is no length of time: write a number and `s`, `m`, `h` or `d`, as `10m`")]
    Length(String),
    /// No time for an answer.
    #[error("`{0}` is no time for an answer: write `150ms` or `2s`, a minute at most")]
    Limit(String),
    /// No time of day.
    #[error("`{0}` is no time of day: write `HH:MM`, as \"03:00\"")]
    OfDay(String),
    /// No time zone.
    #[error("`{0}` is no time zone: write a name of the IANA list, as `Europe/Berlin` or `UTC`")]
    Zone(String),
}

/// The longest length that is taken: a year.
const YEAR: u64 = 366 * 24 * 60 * 60;

/// Reads `30s`, `10m`, `24h` or `7d`; zero and more than a year are refused.
pub fn length(text: &str) -> Result<Duration, TimeError> {
    let refuse = || TimeError::Length(text.to_owned());
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 60 * 60,
        Some('d') => 24 * 60 * 60,
        _ => return Err(refuse()),
    };
    let digits = &text[..text.len() - 1];
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<u64> = digits.parse().ok().filter(|_| plain);
    let seconds = number.and_then(|number| number.checked_mul(unit));
    seconds
        .filter(|seconds| (1..=YEAR).contains(seconds))
        .map(Duration::from_secs)
        .ok_or_else(refuse)
}

/// Writes a length as [`length`] reads it, in the largest unit that it is whole in; a day or two in
/// hours.
pub fn written(length: Duration) -> String {
    let seconds = length.as_secs();
    let units = [(24 * 60 * 60, "d"), (60 * 60, "h"), (60, "m")];
    let whole = units.iter().find(|(unit, name)| {
        seconds.is_multiple_of(*unit) && seconds >= *unit && (*name != "d" || seconds > 2 * unit)
    });
    whole.map_or_else(|| format!("{seconds}s"), |(unit, name)| format!("{}{name}", seconds / unit))
}

/// Reads `150ms` or `2s`: the time an answer may take, a minute at most.
pub fn limit(text: &str) -> Result<Duration, TimeError> {
    let digits = text.strip_suffix("ms").map(|digits| (digits, 1));
    let (digits, unit) = digits
        .or_else(|| text.strip_suffix('s').map(|digits| (digits, 1000)))
        .ok_or_else(|| TimeError::Limit(text.to_owned()))?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<u64> = digits.parse().ok().filter(|_| plain);
    number
        .and_then(|number| number.checked_mul(unit))
        .filter(|milliseconds| (1..=60_000).contains(milliseconds))
        .map(Duration::from_millis)
        .ok_or_else(|| TimeError::Limit(text.to_owned()))
}

/// Reads `HH:MM`.
pub fn of_day(text: &str) -> Result<Time, TimeError> {
    let two = |digits: &str| {
        let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i8>().ok().filter(|_| plain)
    };
    let parts = text.split_once(':').and_then(|(hour, minute)| Some((two(hour)?, two(minute)?)));
    parts
        .and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok())
        .ok_or_else(|| TimeError::OfDay(text.to_owned()))
}

impl ZoneName {
    /// Looks a name up in the list that travels inside the binary.
    pub fn parse(name: &str) -> Result<Self, TimeError> {
        match TimeZoneDatabase::bundled().get(name) {
            Ok(_) => Ok(Self(name.to_owned())),
            Err(_) => Err(TimeError::Zone(name.to_owned())),
        }
    }

    /// The zone itself.
    pub fn zone(&self) -> TimeZone {
        TimeZoneDatabase::bundled().get(&self.0).expect("the name was looked up when it was parsed")
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ZoneName, length, limit, of_day, written};

    #[test]
    fn lengths_are_a_number_and_a_unit() {
        for (text, seconds) in [("30s", 30), ("10m", 600), ("24h", 86_400), ("7d", 604_800)] {
            assert_eq!(length(text), Ok(Duration::from_secs(seconds)));
        }
        for text in ["", "10", "m", "-5m", "+5m", "0m", "1.5h", "10 m", "400d", "10é"] {
            assert!(length(text).is_err(), "{text}");
        }
        assert!(length(&format!("{}d", u64::MAX)).is_err());
    }

    #[test]
    fn a_length_is_written_as_it_is_read() {
        for text in ["30s", "90s", "10m", "90m", "24h", "48h", "7d", "30d"] {
            assert_eq!(written(length(text).unwrap()), text);
        }
        assert_eq!(written(Duration::from_hours(1)), "1h");
    }

    #[test]
    fn an_answer_may_take_a_minute_at_most() {
        for (text, milliseconds) in [("150ms", 150), ("2s", 2000), ("60s", 60_000)] {
            assert_eq!(limit(text), Ok(Duration::from_millis(milliseconds)));
        }
        for text in ["", "s", "ms", "0ms", "+1s", "1.5s", "61s", "1m", "10 ms"] {
            assert!(limit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_of_day_have_two_and_two_digits() {
        assert_eq!(of_day("03:00").unwrap().hour(), 3);
        for text in ["3:00", "24:00", "12:60", "12", "12:0", "ab:cd", "12:00:00", "+1:00"] {
            assert!(of_day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_zone_must_exist() {
        assert!(ZoneName::parse("America/Los_Angeles").is_ok());
        assert!(ZoneName::parse("Mars/Olympus").is_err());
        assert!(ZoneName::parse("").is_err());
    }
}
