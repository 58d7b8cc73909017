//! What a metric was over a span of time, or why nobody knows.

use std::fmt;

use thiserror::Error;

/// What a metric was over a span of time.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// It was read all the time.
    Known(Span),
    /// Nobody knows, so nothing is done.
    Unknown(Unknown),
}

/// What a metric was, over all of a span of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// What it was at the end.
    pub last: Value,
    /// The least it was.
    pub least: Value,
    /// The most it was.
    pub most: Value,
}

/// A number that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// It is that.
    Exactly(f64),
    /// It is more than that, and nobody knows how much: beyond a histogram's last finite bound.
    MoreThan(f64),
}

/// Why nobody knows what a metric was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Unknown {
    /// The rule has no such condition.
    #[error("the rule does not ask for it")]
    Unasked,
    /// The stack says no `metrics`.
    #[error("the stack has no `metrics`")]
    NoSource,
    /// Who knows did not answer, or not with what was asked.
    #[error("{0}")]
    Unanswered(String),
    /// There was an answer, and a warning with it.
    #[error("the answer came with a warning: {0}")]
    Doubtful(String),
    /// Nothing of that name was there.
    #[error("there is no such series")]
    NoSeries,
    /// More than one series, and nothing says which is meant.
    #[error("there are {0} series, and one is needed")]
    SeveralSeries(usize),
    /// A value that is no finite number: mostly a quantile of nothing.
    #[error("it was {0} for a while, which is no number")]
    NoNumber(String),
    /// Values are missing in between.
    #[error("nothing was read for {0} s")]
    Gap(i64),
    /// The newest value is too old.
    #[error("the newest value is {0} s old")]
    Stale(i64),
    /// It was read once in the time that is asked about, and two values make a span.
    #[error("it was read only once in that time, which has to be longer than between two scrapes")]
    Once,
    /// It has not been read for as long as is asked about.
    #[error("it has been read for {0} s only")]
    TooShort(i64),
    /// The clocks differ.
    #[error("the clocks differ by {0} s")]
    Skew(i64),
    /// Buckets of one histogram that cannot be added up.
    #[error("its buckets are no histogram, or differ between its series")]
    Buckets,
}

impl Value {
    /// The number that was read.
    pub const fn number(self) -> f64 {
        match self {
            Self::Exactly(number) | Self::MoreThan(number) => number,
        }
    }

    /// The least that both say.
    pub fn least(self, other: Self) -> Self {
        // Of equal numbers the exact one is the lesser.
        let rank = |value: Self| (value.number(), matches!(value, Self::MoreThan(_)));
        if rank(self) <= rank(other) { self } else { other }
    }

    /// The most that both say: beyond all bounds if one of them is.
    pub fn most(self, other: Self) -> Self {
        let number = self.number().max(other.number());
        match (self, other) {
            (Self::Exactly(_), Self::Exactly(_)) => Self::Exactly(number),
            (Self::MoreThan(_), _) | (_, Self::MoreThan(_)) => Self::MoreThan(number),
        }
    }
}

impl Span {
    /// The span of values in their order; none where there are none.
    pub fn of(values: impl IntoIterator<Item = Value>) -> Option<Self> {
        values.into_iter().fold(None, |span, last| {
            Some(span.map_or_else(
                || Self::constant(last),
                |Self { least, most, .. }| Self {
                    last,
                    least: least.least(last),
                    most: most.most(last),
                },
            ))
        })
    }

    /// One value all the time.
    pub const fn constant(value: Value) -> Self {
        Self { last: value, least: value, most: value }
    }
}

impl fmt::Display for Value {
    /// Large numbers are rounded to six digits that count.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number();
        let size = number.abs();
        let text = if size >= 100_000.0 || size.fract() == 0.0 {
            format!("{number:.0}")
        } else {
            let text = format!("{number:.3}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        match self {
            Self::Exactly(_) => out.pad(&text),
            Self::MoreThan(_) => write!(out, "more than {text}"),
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(span) if span.least == span.most => write!(out, "{}", span.last),
            Self::Known(Span { last, least, most }) => {
                write!(out, "{last}, between {least} and {most}")
            }
            Self::Unknown(why) => write!(out, "unknown: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Span, Value};

    #[test]
    fn a_span_is_as_sure_as_its_values() {
        let exact = [3.0, 1.0, 2.0].map(Value::Exactly);
        let span = Span::of(exact).unwrap();
        assert_eq!((span.last, span.least), (Value::Exactly(2.0), Value::Exactly(1.0)));
        assert_eq!(span.most, Value::Exactly(3.0));
        let beyond = Span::of([Value::Exactly(10.0), Value::MoreThan(10.0)]).unwrap();
        assert_eq!((beyond.least, beyond.most), (Value::Exactly(10.0), Value::MoreThan(10.0)));
        assert_eq!(Span::of([]), None);
    }

    #[test]
    fn numbers_are_short() {
        for (number, text) in
            [(0.95, "0.95"), (50.0, "50"), (471.428_571, "471.429"), (812_345_678.5, "812345678")]
        {
            assert_eq!(Value::Exactly(number).to_string(), text);
        }
        assert_eq!(Value::MoreThan(100.0).to_string(), "more than 100");
    }
}
