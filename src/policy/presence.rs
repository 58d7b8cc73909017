//! Whether a component that is wanted only sometimes is to exist.

use std::{fmt, time::Duration};

use crate::{
    config::{Bound, Condition, written},
    metrics::{Reading, Unknown, Value},
    policy::{Held, held},
};

/// How long it must be quiet before the component goes.
pub const CALM: Duration = Duration::from_hours(24);

/// What becomes of a component, and by what.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its condition.
    pub when: Condition,
    /// What becomes of it.
    pub presence: Presence,
}

/// What becomes of a component.
#[derive(Clone, Debug, PartialEq)]
pub enum Presence {
    /// It exists, for its condition held; what was read last.
    Present(Value),
    /// It does not, for it was quiet all the time; what was read last.
    Absent(Value),
    /// It stays as it is, for neither was so; what was read last.
    Between(Value),
    /// It stays as it is, for nobody knows.
    Unknown(Unknown),
}

/// When a component is not needed any more: below half of what it is wanted above, for a day.
///
/// A bound from below is the same seen from the other side: above twice of it.
pub fn quiet(when: &Condition) -> Condition {
    let bound = match when.bound {
        Bound::Above(bound) => Bound::Below(bound / 2.0),
        Bound::Below(bound) => Bound::Above(bound * 2.0),
    };
    Condition { signal: when.signal.clone(), bound, held_for: CALM }
}

/// Decides whether a component is to exist, by what was read over the time its condition is to hold
/// for, and over [`CALM`].
pub fn presence(when: &Condition, recent: &Reading, calm: &Reading) -> Choice {
    let presence = match (held(when, recent), held(&quiet(when), calm)) {
        (Held::Long(value), _) => Presence::Present(value),
        (Held::Unknown(why), _) | (Held::Not(_), Held::Unknown(why)) => Presence::Unknown(why),
        (Held::Not(_), Held::Long(value)) => Presence::Absent(value),
        (Held::Not(value) | Held::Briefly(value) | Held::Unsure(value), _) => {
            Presence::Between(value)
        }
    };
    Choice { when: when.clone(), presence }
}

impl Choice {
    /// Whether it is wanted, by what was read.
    pub const fn is_wanted(&self) -> bool {
        match self.presence {
            Presence::Present(_) => true,
            Presence::Absent(_) | Presence::Between(_) | Presence::Unknown(_) => false,
        }
    }

    /// Whether it stays as it is.
    pub const fn is_open(&self) -> bool {
        match self.presence {
            Presence::Between(_) | Presence::Unknown(_) => true,
            Presence::Present(_) | Presence::Absent(_) => false,
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Condition { signal, bound, held_for } = &self.when;
        let (long, low, calm) = (written(*held_for), quiet(&self.when).bound, written(CALM));
        match &self.presence {
            Presence::Present(value) => {
                write!(out, "wanted: {signal} was {bound} for {long} and is {value}")
            }
            Presence::Absent(value) => {
                write!(out, "not wanted: {signal} was {low} for {calm} and is {value}")
            }
            Presence::Between(value) => write!(
                out,
                "stays as it is: {signal} is {value}, and was neither {bound} for {long} nor {low} \
                 for {calm}"
            ),
            Presence::Unknown(why) => {
                write!(out, "stays as it is: nobody knows {signal}: {why}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Presence, presence};
    use crate::{
        config::{Bound, Condition, Signal},
        metrics::{Reading, Span, Unknown, Value},
        values::MetricName,
    };

    fn when(bound: Bound) -> Condition {
        let signal = Signal::Metric(MetricName::parse("chat_latency_p95_ms").unwrap());
        Condition { signal, bound, held_for: Duration::from_mins(10) }
    }

    fn over(values: &[f64]) -> Reading {
        let span = Span::of(values.iter().copied().map(Value::Exactly)).unwrap();
        Reading::Known(span)
    }

    #[test]
    fn it_comes_when_wanted_and_goes_when_quiet_for_a_day() {
        for (recent, calm, word) in [
            (
                [51.0, 60.0],
                [10.0, 60.0],
                "wanted: chat_latency_p95_ms was above 50 for 10m and is 60",
            ),
            (
                [49.0, 60.0],
                [10.0, 60.0],
                "stays as it is: chat_latency_p95_ms is 60, and was neither",
            ),
            (
                [24.0, 24.0],
                [26.0, 24.0],
                "stays as it is: chat_latency_p95_ms is 24, and was neither",
            ),
            ([24.0, 20.0], [24.0, 20.0], "not wanted: chat_latency_p95_ms was below 25 for 24h"),
        ] {
            let choice = presence(&when(Bound::Above(50.0)), &over(&recent), &over(&calm));
            assert!(choice.to_string().starts_with(word), "{choice}");
        }
        let choice = presence(&when(Bound::Below(5.0)), &over(&[11.0]), &over(&[11.0]));
        assert_eq!(choice.presence, Presence::Absent(Value::Exactly(11.0)));
    }

    #[test]
    fn it_stays_as_it_is_while_nobody_knows() {
        let nobody = Reading::Unknown(Unknown::NoSource);
        for (recent, calm) in [(&nobody, &over(&[1.0])), (&over(&[1.0]), &nobody)] {
            let choice = presence(&when(Bound::Above(50.0)), recent, calm);
            assert_eq!(choice.presence, Presence::Unknown(Unknown::NoSource));
        }
        let choice = presence(&when(Bound::Above(50.0)), &over(&[60.0]), &nobody);
        assert_eq!(choice.presence, Presence::Present(Value::Exactly(60.0)));
    }
}
