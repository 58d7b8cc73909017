//! Whether a condition holds, by what was read.

use crate::{
    config::{Bound, Condition},
    metrics::{Reading, Span, Unknown, Value},
};

/// Whether a condition holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// All the time it is asked to.
    Long(Value),
    /// Now, and not all the time.
    Briefly(Value),
    /// Not now.
    Not(Value),
    /// Nobody knows.
    Unknown(Unknown),
    /// It was beyond what its buckets can tell, and so is the bound.
    Unsure(Value),
}

/// Where a value stands to a bound.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Beyond,
    Within,
    Unsure,
}

/// Whether a condition holds, by a reading over the time it is to hold for.
pub fn held(condition: &Condition, reading: &Reading) -> Held {
    let span = match reading {
        Reading::Unknown(why) => return Held::Unknown(why.clone()),
        Reading::Known(span) => span,
    };
    let mildest = mildest(condition.bound, *span);
    match (side(condition.bound, mildest), side(condition.bound, span.last)) {
        (Side::Beyond, Side::Beyond) => Held::Long(span.last),
        (Side::Within | Side::Unsure, Side::Beyond) => Held::Briefly(span.last),
        (_, Side::Within) => Held::Not(span.last),
        (_, Side::Unsure) => Held::Unsure(span.last),
    }
}

/// The value of a span that is the least beyond a bound.
const fn mildest(bound: Bound, span: Span) -> Value {
    match bound {
        Bound::Above(_) => span.least,
        Bound::Below(_) => span.most,
    }
}

fn side(bound: Bound, value: Value) -> Side {
    match (bound, value) {
        (Bound::Above(bound), Value::Exactly(number)) if number > bound => Side::Beyond,
        (Bound::Above(bound), Value::MoreThan(number)) if number >= bound => Side::Beyond,
        (Bound::Below(bound), Value::Exactly(number)) if number < bound => Side::Beyond,
        (Bound::Below(bound), Value::MoreThan(number)) if number >= bound => Side::Within,
        (_, Value::MoreThan(_)) => Side::Unsure,
        (_, Value::Exactly(_)) => Side::Within,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Held, held};
    use crate::{
        config::{Bound, Condition, Signal},
        metrics::{Reading, Span, Unknown, Value},
        values::MetricName,
    };

    fn condition(bound: Bound) -> Condition {
        let signal = Signal::Metric(MetricName::parse("a").unwrap());
        Condition { signal, bound, held_for: Duration::from_mins(10) }
    }

    fn of(bound: Bound, values: &[Value]) -> Held {
        let span = Span::of(values.iter().copied()).unwrap();
        held(&condition(bound), &Reading::Known(span))
    }

    #[test]
    fn a_condition_holds_when_it_did_all_the_time() {
        let exact =
            |numbers: &[f64]| numbers.iter().copied().map(Value::Exactly).collect::<Vec<_>>();
        for (bound, numbers, holds) in [
            (Bound::Above(5.0), [6.0, 7.0], Held::Long(Value::Exactly(7.0))),
            (Bound::Above(5.0), [5.0, 7.0], Held::Briefly(Value::Exactly(7.0))),
            (Bound::Above(5.0), [9.0, 5.0], Held::Not(Value::Exactly(5.0))),
            (Bound::Below(5.0), [4.0, 3.0], Held::Long(Value::Exactly(3.0))),
            (Bound::Below(5.0), [5.0, 3.0], Held::Briefly(Value::Exactly(3.0))),
            (Bound::Below(5.0), [1.0, 5.0], Held::Not(Value::Exactly(5.0))),
        ] {
            assert_eq!(of(bound, &exact(&numbers)), holds, "{bound} {numbers:?}");
        }
    }

    #[test]
    fn beyond_the_last_bucket_is_above_what_the_buckets_reach() {
        let beyond = Value::MoreThan(10.0);
        assert_eq!(of(Bound::Above(10.0), &[beyond]), Held::Long(beyond));
        assert_eq!(of(Bound::Above(11.0), &[beyond]), Held::Unsure(beyond));
        assert_eq!(of(Bound::Below(10.0), &[beyond]), Held::Not(beyond));
        assert_eq!(of(Bound::Below(11.0), &[beyond]), Held::Unsure(beyond));
    }

    #[test]
    fn what_is_unknown_holds_nothing() {
        let unknown = Reading::Unknown(Unknown::NoSeries);
        let told = held(&condition(Bound::Above(0.0)), &unknown);
        assert_eq!(told, Held::Unknown(Unknown::NoSeries));
    }
}
