//! When a machine is backed up, and what that adds to its price.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::values::Money;

/// The hours of UTC at which a window of four hours may begin (API description:
/// `droplet_backup_policy`).
const HOURS: [u8; 6] = [0, 4, 8, 12, 16, 20];

/// How often a machine is backed up, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "plan", rename_all = "lowercase")]
pub enum BackupPolicy {
    /// Every day; the last seven are kept.
    Daily {
        /// When the window begins, in UTC.
        hour: u8,
    },
    /// Every week; the last four are kept.
    Weekly {
        /// The day.
        weekday: Weekday,
        /// When the window begins, in UTC.
        hour: u8,
    },
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Weekday {
    /// Sunday.
    Sun,
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
}

/// An hour at which no window begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("backups begin at 0, 4, 8, 12, 16 or 20 o'clock UTC, not at {0}")]
pub struct NoWindow(pub u8);

impl BackupPolicy {
    /// The policy of a plan's word, as files and the API say it; none for a word that is no plan.
    pub fn of(plan: &str, weekday: Weekday, hour: u8) -> Result<Option<Self>, NoWindow> {
        if !HOURS.contains(&hour) {
            return Err(NoWindow(hour));
        }
        Ok(match plan {
            "daily" => Some(Self::Daily { hour }),
            "weekly" => Some(Self::Weekly { weekday, hour }),
            _ => None,
        })
    }

    /// The plan in the API's word.
    pub const fn plan(self) -> &'static str {
        match self {
            Self::Daily { .. } => "daily",
            Self::Weekly { .. } => "weekly",
        }
    }

    /// The day, where it matters.
    pub const fn weekday(self) -> Option<Weekday> {
        match self {
            Self::Daily { .. } => None,
            Self::Weekly { weekday, .. } => Some(weekday),
        }
    }

    /// When the window begins, in UTC.
    pub const fn hour(self) -> u8 {
        match self {
            Self::Daily { hour } | Self::Weekly { hour, .. } => hour,
        }
    }

    /// What it adds to a machine of this price.
    pub fn surcharge(self, machine: Money) -> Money {
        match self {
            Self::Daily { .. } => machine.percent(30),
            Self::Weekly { .. } => weekly_surcharge(machine),
        }
    }
}

/// What weekly backups, which is DigitalOcean's own choice, add to a machine of this price: a fifth,
/// and daily ones three tenths (docs.digitalocean.com/products/backups/details/pricing).
pub fn weekly_surcharge(machine: Money) -> Money {
    machine.percent(20)
}

impl Weekday {
    /// A day by the first three letters of its name, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let days = [Self::Sun, Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat];
        days.into_iter().find(|day| day.word().eq_ignore_ascii_case(text))
    }

    /// The day in the API's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sun => "SUN",
            Self::Mon => "MON",
            Self::Tue => "TUE",
            Self::Wed => "WED",
            Self::Thu => "THU",
            Self::Fri => "FRI",
            Self::Sat => "SAT",
        }
    }
}

impl fmt::Display for BackupPolicy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.weekday().map(|day| format!(" {}", day.word())).unwrap_or_default();
        write!(out, "{}{day} at {:02}:00 UTC", self.plan(), self.hour())
    }
}

#[cfg(test)]
mod tests {
    use super::{BackupPolicy, NoWindow, Weekday};
    use crate::values::Money;

    #[test]
    fn a_policy_says_when_and_what_it_adds() {
        let weekly = BackupPolicy::of("weekly", Weekday::Tue, 4).unwrap().unwrap();
        let daily = BackupPolicy::of("daily", Weekday::Tue, 20).unwrap().unwrap();
        assert_eq!(weekly.to_string(), "weekly TUE at 04:00 UTC");
        assert_eq!(daily.to_string(), "daily at 20:00 UTC");
        assert_eq!(weekly.surcharge(Money::cents(4800)), Money::cents(960));
        assert_eq!(daily.surcharge(Money::cents(4800)), Money::cents(1440));
        assert_eq!(BackupPolicy::of("intra_daily_4h", Weekday::Sun, 0), Ok(None));
        assert_eq!(BackupPolicy::of("daily", Weekday::Sun, 5), Err(NoWindow(5)));
    }

    #[test]
    fn a_day_is_known_by_three_letters() {
        assert_eq!(Weekday::parse("tue"), Some(Weekday::Tue));
        assert_eq!(Weekday::parse("tuesday"), None);
    }
}
