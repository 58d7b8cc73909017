//! A night: the moment a copy is due, which is in its name.

use std::fmt;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// How a slot is written: in UTC, to the minute.
const FORM: &str = "%Y%m%dT%H%MZ";

/// How many characters that are.
const LENGTH: usize = 14;

/// The moment a copy is due, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(Timestamp);

impl Slot {
    /// The slot of a moment, whose seconds do not count.
    pub fn of(moment: Timestamp) -> Self {
        let seconds = moment.as_second().div_euclid(60) * 60;
        Self(Timestamp::from_second(seconds).unwrap_or(moment))
    }

    /// Reads what [`Slot`] writes, in either case: a volume's name has no capitals.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_uppercase();
        let civil = DateTime::strptime(FORM, &text).ok().filter(|_| text.len() == LENGTH)?;
        Some(Self(civil.to_zoned(TimeZone::UTC).ok()?.timestamp()))
    }

    /// The slot that a snapshot of a volume has in its name: `<volume>-<slot>`.
    pub fn in_name(name: &str, volume: &str) -> Option<Self> {
        Self::parse(name.strip_prefix(volume)?.strip_prefix('-')?)
    }

    /// The name of a volume's copy of this slot.
    pub fn name(self, volume: &str) -> String {
        format!("{volume}-{self}")
    }

    /// The moment.
    pub const fn moment(self) -> Timestamp {
        self.0
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0.strftime(FORM).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::Slot;

    #[test]
    fn a_slot_is_read_back_from_the_name_of_its_copy() {
        let slot = Slot::of("2026-11-21T11:00:42Z".parse().unwrap());
        assert_eq!(slot.name("core-vector-data"), "core-vector-data-20261121T1100Z");
        for name in ["core-vector-data-20261121T1100Z", "core-vector-data-20261121t1100z"] {
            assert_eq!(Slot::in_name(name, "core-vector-data"), Some(slot));
        }
    }

    #[test]
    fn a_name_of_another_make_has_no_slot() {
        for name in [
            "core-vector-data",
            "core-vector-data-",
            "core-vector-data-2026",
            "core-vector-data-20261321T1100Z",
            "core-vector-data-20261121T1100Z-2",
            "core-vector-data-20261121T110Z",
            "core-app-data-20261121T1100Z",
            "core-vector-data-before-the-move",
        ] {
            assert_eq!(Slot::in_name(name, "core-vector-data"), None, "{name}");
        }
    }
}
