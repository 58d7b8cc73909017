//! The hours in which a machine may be switched off, by the clock on its wall.

use jiff::{SignedDuration, Timestamp, Zoned};

use crate::config::Window;

/// How a window stands at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hours {
    /// Open, and for how long still.
    Open(SignedDuration),
    /// Closed, and when it opens again.
    Closed(Zoned),
}

/// How a window stands.
///
/// Hours that are skipped in spring are not there that day. In autumn, of an hour that comes twice
/// the second is outside if the window ends within it.
pub fn hours(window: &Window, now: Timestamp) -> Hours {
    let zone = window.time_zone.zone();
    let here = now.to_zoned(zone.clone());
    let (date, time) = (here.date(), here.time());
    let over_midnight = window.to < window.from;
    let is_inside = if over_midnight {
        time >= window.from || time < window.to
    } else {
        window.from <= time && time < window.to
    };
    let tomorrow = date.tomorrow().unwrap_or(date);
    let at = |date: jiff::civil::Date, time| {
        date.to_datetime(time).to_zoned(zone.clone()).unwrap_or_else(|_| here.clone())
    };
    if is_inside {
        let day = if over_midnight && time >= window.from { tomorrow } else { date };
        let left = at(day, window.to).timestamp().duration_since(now);
        if left.is_positive() {
            return Hours::Open(left);
        }
    }
    Hours::Closed(at(if time < window.from { date } else { tomorrow }, window.from))
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp, civil::Time};

    use super::{Hours, hours};
    use crate::config::{Window, ZoneName};

    fn window(from: i8, to: i8, zone: &str) -> Window {
        let of = |hour| Time::new(hour, 0, 0, 0).unwrap();
        Window { from: of(from), to: of(to), time_zone: ZoneName::parse(zone).unwrap() }
    }

    fn at(window: &Window, text: &str) -> Hours {
        hours(window, text.parse::<Timestamp>().unwrap())
    }

    fn open(minutes: i64) -> Hours {
        Hours::Open(SignedDuration::from_mins(minutes))
    }

    #[test]
    fn a_window_is_open_by_the_clock_on_the_wall() {
        let night = window(0, 6, "America/Los_Angeles");
        assert_eq!(at(&night, "2026-07-01T07:00:00Z"), open(360));
        assert_eq!(at(&night, "2026-01-01T13:59:00Z"), open(1));
        let Hours::Closed(opens) = at(&night, "2026-01-01T14:00:00Z") else { panic!() };
        assert_eq!(opens.to_string(), "2026-01-02T00:00:00-08:00[America/Los_Angeles]");
    }

    #[test]
    fn a_window_may_go_over_midnight() {
        let night = window(22, 2, "UTC");
        assert_eq!(at(&night, "2026-01-01T22:00:00Z"), open(240));
        assert_eq!(at(&night, "2026-01-01T01:00:00Z"), open(60));
        let Hours::Closed(opens) = at(&night, "2026-01-01T02:00:00Z") else { panic!() };
        assert_eq!(opens.timestamp(), "2026-01-01T22:00:00Z".parse().unwrap());
    }

    #[test]
    fn a_day_is_shorter_in_spring_and_longer_in_autumn() {
        let night = window(1, 4, "Europe/Berlin");
        // From 02:00 to 03:00 there is nothing on 29 March 2026.
        assert_eq!(at(&night, "2026-03-29T00:00:00Z"), open(120));
        // From 02:00 to 03:00 it comes twice on 25 October 2026.
        assert_eq!(at(&night, "2026-10-24T23:00:00Z"), open(240));
        let gap = window(2, 3, "Europe/Berlin");
        for minute in ["00:59", "01:00", "01:30"] {
            let told = at(&gap, &format!("2026-03-29T{minute}:00Z"));
            assert!(matches!(told, Hours::Closed(_)), "{minute} {told:?}");
        }
        let twice = Window {
            from: Time::new(1, 0, 0, 0).unwrap(),
            to: Time::new(2, 30, 0, 0).unwrap(),
            time_zone: ZoneName::parse("Europe/Berlin").unwrap(),
        };
        assert_eq!(at(&twice, "2026-10-25T00:15:00Z"), open(15));
        assert!(matches!(at(&twice, "2026-10-25T01:15:00Z"), Hours::Closed(_)));
    }
}
