//! Values of a metric over time, and what they come to.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use crate::metrics::{Reading, Span, Unknown, Value};

/// A metric's values under one set of labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its values, oldest first.
    pub values: Vec<(Timestamp, Value)>,
}

/// The addresses and names under which a machine may be known to who reads it.
pub type Host = BTreeSet<String>;

/// Whose series a reading may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose<'a> {
    /// The machine's and no other's.
    Own(&'a Host),
    /// The machine's where it has one, or else the only one there is.
    OwnFirst(&'a Host),
    /// The only one there is.
    Only,
}

/// The oldest a newest value is always good for, however often it is read.
const FRESH: SignedDuration = SignedDuration::from_secs(30);

/// The longest nothing may be read within a long time (Prometheus: the look-back of a query).
const LONGEST_GAP: SignedDuration = SignedDuration::from_mins(5);

/// The one series that is meant.
pub fn pick<'a>(all: &'a [Series], whose: Whose<'_>) -> Result<&'a Series, Unknown> {
    let own = |host: &Host| all.iter().filter(|one| one.is_of(host)).collect::<Vec<_>>();
    let every = || all.iter().collect::<Vec<_>>();
    let candidates = match whose {
        Whose::Own(host) => own(host),
        Whose::OwnFirst(host) => {
            Some(own(host)).filter(|own| !own.is_empty()).unwrap_or_else(every)
        }
        Whose::Only => every(),
    };
    match candidates.as_slice() {
        [] => Err(Unknown::NoSeries),
        [one] => Ok(one),
        several => Err(Unknown::SeveralSeries(several.len())),
    }
}

impl Series {
    /// Whether it was read from a machine, as its `instance` says.
    fn is_of(&self, host: &Host) -> bool {
        let Some(instance) = self.labels.get("instance") else { return false };
        let without_port = instance.rsplit_once(':').map(|(name, _)| name);
        let names = [Some(instance.as_str()), without_port].into_iter().flatten();
        names.map(|name| name.trim_matches(['[', ']'])).any(|name| host.contains(name))
    }

    /// What its values were over a span of time that ends now.
    ///
    /// Known only if they cover all of it: a value that is missing, or too old, may have been
    /// anything.
    pub fn reading(&self, over: Duration, now: Timestamp) -> Reading {
        self.span(over, now).map_or_else(Reading::Unknown, Reading::Known)
    }

    fn span(&self, over: Duration, now: Timestamp) -> Result<Span, Unknown> {
        let over = SignedDuration::try_from(over).unwrap_or(SignedDuration::MAX);
        let start = now.checked_sub(over).unwrap_or(Timestamp::MIN);
        let within = |at: Timestamp| start <= at && at <= now;
        let values: Vec<(Timestamp, Value)> =
            self.values.iter().copied().filter(|(at, _)| within(*at)).collect();
        let Some((last, _)) = self.values.last() else { return Err(Unknown::NoSeries) };
        let age = now.duration_since(*last);
        let (Some((first, _)), Some(usual)) = (values.first(), usual_distance(&values)) else {
            let stale = age > over;
            return Err(if stale { Unknown::Stale(age.as_secs()) } else { Unknown::Once });
        };
        if let Some((_, odd)) = values.iter().find(|(_, value)| !value.number().is_finite()) {
            return Err(Unknown::NoNumber(odd.number().to_string()));
        }
        if age > (usual * 2).max(FRESH) {
            return Err(Unknown::Stale(age.as_secs()));
        }
        let allowed = (usual * 3).max((over / 20).min(LONGEST_GAP));
        let gap = distances(&values).max().filter(|gap| *gap > allowed);
        if let Some(gap) = gap {
            return Err(Unknown::Gap(gap.as_secs()));
        }
        if first.duration_since(start) > allowed {
            return Err(Unknown::TooShort(now.duration_since(*first).as_secs()));
        }
        Span::of(values.iter().map(|(_, value)| *value)).ok_or(Unknown::NoSeries)
    }
}

fn distances(values: &[(Timestamp, Value)]) -> impl Iterator<Item = SignedDuration> {
    values.windows(2).map(|pair| pair[1].0.duration_since(pair[0].0))
}

/// How far values are apart for the most part; none for fewer than two.
fn usual_distance(values: &[(Timestamp, Value)]) -> Option<SignedDuration> {
    let mut all: Vec<SignedDuration> = distances(values).collect();
    all.sort();
    all.get(all.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use jiff::{SignedDuration, Timestamp};

    use super::{Host, Series, Whose, pick};
    use crate::metrics::{Reading, Span, Unknown, Value};

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    /// A value at each of these many seconds ago.
    fn series(ago: &[(i64, f64)]) -> Series {
        let values = ago.iter().map(|(seconds, number)| {
            (now() - SignedDuration::from_secs(*seconds), Value::Exactly(*number))
        });
        Series { values: values.collect(), ..Series::default() }
    }

    /// A value every half a minute, from so many seconds ago.
    fn steady(from: i64) -> Vec<(i64, f64)> {
        (0..=from / 30).rev().map(|at| (at * 30, 1.0)).collect()
    }

    fn over_ten_minutes(ago: &[(i64, f64)]) -> Reading {
        series(ago).reading(Duration::from_mins(10), now())
    }

    #[test]
    fn values_without_a_gap_are_a_reading() {
        let one = Reading::Known(Span::constant(Value::Exactly(1.0)));
        assert_eq!(over_ten_minutes(&steady(600)), one);
        assert_eq!(over_ten_minutes(&steady(3600)), one);
        let mut missed = steady(600);
        missed.remove(7);
        assert_eq!(over_ten_minutes(&missed), one);
    }

    #[test]
    fn what_may_have_been_anything_is_unknown() {
        let unknown = |ago: &[(i64, f64)]| match over_ten_minutes(ago) {
            Reading::Unknown(why) => why,
            Reading::Known(span) => panic!("{span:?}"),
        };
        assert_eq!(unknown(&[]), Unknown::NoSeries);
        assert_eq!(unknown(&steady(300)), Unknown::TooShort(300));
        assert_eq!(unknown(&[(0, 1.0)]), Unknown::Once);
        let old: Vec<_> = steady(900).into_iter().filter(|(ago, _)| *ago >= 90).collect();
        assert_eq!(unknown(&old), Unknown::Stale(90));
        let long: Vec<_> = steady(3600).into_iter().filter(|(ago, _)| *ago >= 1200).collect();
        assert_eq!(unknown(&long), Unknown::Stale(1200));
        let torn: Vec<_> =
            steady(600).into_iter().filter(|(ago, _)| !(120..=240).contains(ago)).collect();
        assert_eq!(unknown(&torn), Unknown::Gap(180));
        let mut odd = steady(600);
        odd[3].1 = f64::NAN;
        assert_eq!(unknown(&odd), Unknown::NoNumber("NaN".to_owned()));
        odd[3].1 = f64::INFINITY;
        assert_eq!(unknown(&odd), Unknown::NoNumber("inf".to_owned()));
    }

    #[test]
    fn a_machine_has_the_series_that_was_read_from_it() {
        let of = |instance: &str| Series {
            labels: BTreeMap::from([("instance".to_owned(), instance.to_owned())]),
            ..series(&[])
        };
        let host = Host::from(["10.0.0.3".to_owned(), "core-vector".to_owned()]);
        let all = [of("10.0.0.2:9100"), of("10.0.0.3:9100")];
        assert_eq!(pick(&all, Whose::Own(&host)), Ok(&all[1]));
        assert_eq!(pick(&all, Whose::OwnFirst(&host)), Ok(&all[1]));
        assert_eq!(pick(&all, Whose::Only), Err(Unknown::SeveralSeries(2)));
        assert_eq!(pick(&all[..1], Whose::Own(&host)), Err(Unknown::NoSeries));
        assert_eq!(pick(&all[..1], Whose::OwnFirst(&host)), Ok(&all[0]));
        let named = [of("core-vector"), of("core-vector:9100")];
        assert_eq!(pick(&named, Whose::Own(&host)), Err(Unknown::SeveralSeries(2)));
    }
}
