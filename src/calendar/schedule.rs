//! From a wall clock to slots.

use jiff::{
    Span, Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};

use crate::{calendar::Slot, config::Snapshots};

/// The most nights that are counted back: more than any copy's age, and a clock that is a century
/// ahead is no reason to count a century.
const FARTHEST: i32 = 1000;

/// A time of day by a wall clock.
#[derive(Clone, Debug)]
pub struct Schedule {
    at: Time,
    zone: TimeZone,
}

impl Schedule {
    /// The schedule of a policy.
    pub fn of(policy: &Snapshots) -> Self {
        Self { at: policy.at, zone: policy.time_zone.zone() }
    }

    /// The newest slot that has come.
    pub fn latest(&self, now: Timestamp) -> Option<Slot> {
        self.back_from(now).next()
    }

    /// The first slot that has not come.
    pub fn next(&self, now: Timestamp) -> Option<Slot> {
        // A zone may skip a whole day, when it moves over the date line.
        let mut days = [-1, 0, 1, 2, 3].into_iter().filter_map(|days| self.near(now, days));
        days.find(|slot| slot.moment() > now)
    }

    /// The slots after one moment, until another and with it, oldest first.
    pub fn between(&self, after: Timestamp, until: Timestamp) -> Vec<Slot> {
        let slots = self.back_from(until).take_while(|slot| slot.moment() > after);
        let mut slots: Vec<Slot> = slots.collect();
        slots.reverse();
        slots
    }

    /// The day that a slot is of, by the wall clock.
    pub fn day(&self, slot: Slot) -> Date {
        slot.moment().to_zoned(self.zone.clone()).date()
    }

    /// The slots that have come, newest first.
    fn back_from(&self, now: Timestamp) -> impl Iterator<Item = Slot> {
        let mut before: Option<Slot> = None;
        let days = (-1..FARTHEST).filter_map(move |back| self.near(now, -back));
        let come = days.filter(move |slot| slot.moment() <= now);
        // Two days have one slot where the zone skips the first of them.
        come.filter(move |slot| before.replace(*slot).is_none_or(|before| *slot < before))
    }

    /// The slot of the day that is so many days from now.
    fn near(&self, now: Timestamp, days: i32) -> Option<Slot> {
        let today = now.to_zoned(self.zone.clone()).date();
        let day = today.checked_add(Span::new().try_days(days).ok()?).ok()?;
        self.on(day)
    }

    /// The slot of a day. Where the clock is put forward over it, it is as much later; where it is
    /// put back over it, it is the first of the two.
    fn on(&self, day: Date) -> Option<Slot> {
        let zoned = day.to_datetime(self.at).to_zoned(self.zone.clone()).ok()?;
        Some(Slot::of(zoned.timestamp()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::{Timestamp, civil::time, tz::TimeZoneDatabase};

    use super::{Schedule, Slot};

    fn schedule(zone: &str, hour: i8, minute: i8) -> Schedule {
        let zone = TimeZoneDatabase::bundled().get(zone).unwrap();
        Schedule { at: time(hour, minute, 0, 0), zone }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn shown(slots: &[Slot]) -> String {
        slots.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_slot_comes_when_the_wall_clock_shows_it() {
        let schedule = schedule("America/Los_Angeles", 3, 0);
        let slot = |now| schedule.latest(at(now)).unwrap().to_string();
        assert_eq!(slot("2026-11-21T10:59:59Z"), "20261120T1100Z");
        assert_eq!(slot("2026-11-21T11:00:00Z"), "20261121T1100Z");
        assert_eq!(
            schedule.next(at("2026-11-21T11:00:00Z")).unwrap().to_string(),
            "20261122T1100Z"
        );
    }

    #[test]
    fn nights_when_the_clock_changes_have_one_slot_each() {
        let berlin = schedule("Europe/Berlin", 2, 30);
        // On 29 March 2026 there is no 02:30; on 25 October there are two.
        let spring = berlin.between(at("2026-03-28T00:00:00Z"), at("2026-03-30T12:00:00Z"));
        assert_eq!(shown(&spring), "20260328T0130Z 20260329T0130Z 20260330T0030Z");
        let autumn = berlin.between(at("2026-10-24T00:00:00Z"), at("2026-10-26T12:00:00Z"));
        assert_eq!(shown(&autumn), "20261024T0030Z 20261025T0030Z 20261026T0130Z");
    }

    #[test]
    fn a_year_has_a_slot_a_day_in_every_zone() {
        for zone in ["UTC", "America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe"] {
            for (hour, minute) in [(0, 0), (1, 45), (2, 30), (16, 30), (23, 59)] {
                let schedule = schedule(zone, hour, minute);
                let slots =
                    schedule.between(at("2026-01-01T12:00:00Z"), at("2027-01-01T12:00:00Z"));
                assert_eq!(slots.len(), 365, "{zone} {hour}:{minute}");
                let days: BTreeSet<_> = slots.iter().map(|slot| schedule.day(*slot)).collect();
                assert_eq!(days.len(), 365, "{zone} {hour}:{minute}");
            }
        }
    }

    #[test]
    fn a_day_that_a_zone_skips_has_no_slot() {
        // Samoa went from 29 to 31 December 2011.
        let slots = schedule("Pacific/Apia", 3, 0)
            .between(at("2011-12-28T00:00:00Z"), at("2011-12-31T23:00:00Z"));
        assert_eq!(shown(&slots), "20111228T1300Z 20111229T1300Z 20111230T1300Z 20111231T1300Z");
    }

    #[test]
    fn a_clock_at_the_end_of_time_is_no_trouble() {
        let schedule = schedule("UTC", 3, 0);
        assert!(schedule.latest(Timestamp::MIN).is_none());
        assert!(schedule.next(Timestamp::MAX).is_none());
        assert_eq!(schedule.between(Timestamp::MIN, Timestamp::MAX).len(), 1000);
    }
}
