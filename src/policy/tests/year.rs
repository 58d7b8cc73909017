//! A year of alerts that come and go, for a hundred machines.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, civil::Time};

use crate::{
    config::{Resize, Window, ZoneName},
    metrics::{Reading, Span, Unknown, Value},
    policy::{
        Decision, History, Known, Resized, decide,
        tests::{RUNGS, at, catalog, known, resize, rule},
    },
    values::SizeSlug,
};

/// How often a machine is looked at.
const TURN: SignedDuration = SignedDuration::from_mins(30);

/// Numbers by chance, the same for the same seed (Steele, Lea, Flood: `SplitMix64`).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }
}

/// A machine, the true time, and what was done.
struct Machine {
    chance: Chance,
    now: Timestamp,
    size: SizeSlug,
    done: Vec<Resized>,
}

/// A rule with the hours, from the seed.
fn rule_of(chance: &mut Chance) -> Resize {
    let zones = ["UTC", "America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe"];
    let zone = zones[usize::try_from(chance.below(4)).unwrap()];
    let mut hour = || {
        let hour = i8::try_from(chance.below(24)).unwrap();
        Time::new(hour, 0, 0, 0).unwrap()
    };
    let (from, to) = (hour(), hour());
    let time_zone = ZoneName::parse(zone).unwrap();
    let window = (from != to).then_some(Window { from, to, time_zone });
    let max_per_day = 1 + u32::try_from(chance.below(4)).unwrap();
    let mut resize = Resize { window, max_per_day, ..resize() };
    resize.cooldown.down = Duration::from_hours(1 + chance.below(24));
    resize
}

impl Machine {
    /// Anything: calm, beyond either bound, unknown, and mostly what it was not before.
    fn readings(&mut self) -> Known {
        let load = match self.chance.below(6) {
            0 | 1 => 9.0,
            2 | 3 => 2.0,
            4 => 5.0,
            _ => f64::NAN,
        };
        let mut known = Known { size: self.size.clone(), ..known(self.size.as_str(), load) };
        if load.is_nan() {
            known.when = Reading::Unknown(Unknown::NoSeries);
        } else if self.chance.below(4) == 0 {
            let span = Span { last: Value::Exactly(load), ..span(5.0) };
            known.when = Reading::Known(span);
        }
        known
    }

    /// Our clock: mostly right, sometimes a little off, sometimes days.
    fn clock(&mut self) -> Timestamp {
        let seconds = match self.chance.below(20) {
            0 => i64::try_from(self.chance.below(10 * 86_400)).unwrap(),
            1 => -i64::try_from(self.chance.below(10 * 86_400)).unwrap(),
            2 => i64::try_from(self.chance.below(60)).unwrap(),
            _ => 0,
        };
        self.now + SignedDuration::from_secs(seconds)
    }

    /// One turn: look, decide, obey.
    fn turn(&mut self, resize: &Resize) {
        let (base, catalog) = (SizeSlug::new(RUNGS[0]), catalog());
        let known = self.readings();
        let ours = self.clock();
        // DigitalOcean remembers a month and more.
        let recent = self.done.iter().rev().take(40).cloned();
        let history = History::new(recent, self.now);
        let decision = decide(&rule(resize, &base, &catalog), &known, &history, ours);
        let step = match &decision {
            Decision::Stay(_) => return,
            Decision::Grow(step) | Decision::Shrink(step) => step,
        };
        let place = |slug: &SizeSlug| RUNGS.iter().position(|rung| *rung == slug.as_str()).unwrap();
        assert_eq!(step.from, self.size);
        assert_eq!(place(&step.from).abs_diff(place(&step.to)), 1, "{decision}");
        if let Some(window) = &resize.window {
            let here = self.now.to_zoned(window.time_zone.zone()).time();
            let apart = if window.from < window.to {
                window.from <= here && here < window.to
            } else {
                window.from <= here || here < window.to
            };
            assert!(apart, "{decision} at {here}");
        }
        self.size = step.to.clone();
        let (from, to) = (Some(step.from.clone()), Some(step.to.clone()));
        self.done.push(Resized { at: self.now, from, to });
    }
}

fn span(number: f64) -> Span {
    Span::constant(Value::Exactly(number))
}

/// The most changes within any span of this length.
fn most_within(done: &[Resized], hours: i64) -> usize {
    let span = SignedDuration::from_hours(hours);
    let within = |first: usize| {
        done[first..].iter().take_while(|one| one.at.duration_since(done[first].at) < span).count()
    };
    (0..done.len()).map(within).max().unwrap_or(0)
}

#[test]
fn a_year_of_flapping_alerts_resizes_no_machine_too_often() {
    let mut moved = 0;
    for seed in 0..100 {
        let mut chance = Chance(seed);
        let resize = rule_of(&mut chance);
        let (now, size) = (at("2026-01-01T00:00:00Z"), SizeSlug::new(RUNGS[0]));
        let mut machine = Machine { chance, now, size, done: Vec::new() };
        let end = machine.now + SignedDuration::from_hours(365 * 24);
        while machine.now < end {
            machine.turn(&resize);
            machine.now += TURN;
        }
        let per_day = usize::try_from(resize.max_per_day).unwrap();
        assert!(most_within(&machine.done, 24) <= per_day, "seed {seed}");
        assert!(most_within(&machine.done, 30 * 24) <= 10, "seed {seed}");
        moved += machine.done.len();
    }
    // Ten a month at the most, and a rule of chance lets most of them through.
    assert!((3000..=12_500).contains(&moved), "{moved}");
}
