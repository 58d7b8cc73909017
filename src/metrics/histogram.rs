//! A histogram: how many were at most so large.

/// How many were at most so large, all of one kind together.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Bounds, the last infinite, and how many were at most so large; both rise.
    buckets: Vec<(f64, f64)>,
}

/// A value that a part of all stays below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantile {
    /// As near as the buckets tell, on a straight line between two bounds.
    About(f64),
    /// Beyond the last finite bound.
    Above(f64),
}

/// What two sums may differ by without one being the smaller (Prometheus: `promql/quantile.go`).
const NOISE: f64 = 1e-12;

impl Histogram {
    /// Adds series up; none where there is none, or where their buckets differ.
    pub fn sum(series: impl Iterator<Item = Vec<(f64, f64)>>) -> Option<Self> {
        let mut all: Option<Vec<(f64, f64)>> = None;
        for mut one in series {
            one.sort_by(|(one, _), (other, _)| one.total_cmp(other));
            all = Some(match all {
                None => one,
                Some(sum) => add(&sum, &one)?,
            });
        }
        let mut buckets = all.filter(|buckets| is_whole(buckets))?;
        rise(&mut buckets);
        Some(Self { buckets })
    }

    /// How many there were.
    pub fn count(&self) -> f64 {
        self.buckets.last().map_or(0.0, |(_, count)| *count)
    }

    /// Which part of all was at most so large; none where that is no bucket's bound, or there was
    /// nothing yet.
    pub fn share_at_most(&self, bound: f64) -> Option<f64> {
        let same = |other: f64| (other - bound).abs() <= bound.abs() * NOISE;
        let (_, count) = self.buckets.iter().find(|(other, _)| same(*other))?;
        (self.count() > 0.0).then(|| count / self.count())
    }

    /// The bounds that are no infinity.
    pub fn bounds(&self) -> impl Iterator<Item = f64> {
        self.buckets.iter().map(|(bound, _)| *bound).filter(|bound| bound.is_finite())
    }

    /// The value that a part of all stays below, from 0 to 1, as Prometheus' `histogram_quantile`
    /// has it; none where there was nothing yet.
    pub fn quantile(&self, part: f64) -> Option<Quantile> {
        let (_, finite) = self.buckets.split_last()?;
        let rank = part * self.count();
        if self.count() <= 0.0 || finite.is_empty() {
            return None;
        }
        let Some(place) = finite.iter().position(|(_, count)| *count >= rank) else {
            return finite.last().map(|(bound, _)| Quantile::Above(*bound));
        };
        let (bound, count) = finite[place];
        let (start, below) = match place.checked_sub(1) {
            Some(before) => finite[before],
            None if bound <= 0.0 => return Some(Quantile::About(bound)),
            None => (0.0, 0.0),
        };
        let way = if count > below { (rank - below) / (count - below) } else { 0.0 };
        Some(Quantile::About(start + (bound - start) * way))
    }
}

/// Two series added up, if they have the same bounds.
#[expect(clippy::float_cmp, reason = "bounds are written, not reckoned")]
fn add(one: &[(f64, f64)], other: &[(f64, f64)]) -> Option<Vec<(f64, f64)>> {
    let pairs = one.iter().zip(other);
    let same = one.len() == other.len() && pairs.clone().all(|((a, _), (b, _))| a == b);
    same.then(|| pairs.map(|((bound, a), (_, b))| (*bound, a + b)).collect())
}

/// Whether the last bucket holds everything, and every count is a number.
fn is_whole(buckets: &[(f64, f64)]) -> bool {
    let endless = buckets.last().is_some_and(|(bound, _)| *bound == f64::INFINITY);
    endless && buckets.iter().all(|(bound, count)| !bound.is_nan() && count.is_finite())
}

/// Counts that fall, because they were read at slightly different moments, are held up.
fn rise(buckets: &mut [(f64, f64)]) {
    let mut before = 0.0_f64;
    for (_, count) in buckets {
        *count = count.max(before);
        before = *count;
    }
}

#[cfg(test)]
mod tests {
    use super::{Histogram, Quantile};

    fn histogram(buckets: &[(f64, f64)]) -> Histogram {
        Histogram::sum([buckets.to_vec()].into_iter()).unwrap()
    }

    const END: f64 = f64::INFINITY;

    #[test]
    fn a_quantile_lies_on_the_line_between_two_bounds() {
        let slow = histogram(&[(100.0, 30.0), (500.0, 100.0), (END, 100.0)]);
        let Some(Quantile::About(p95)) = slow.quantile(0.95) else { unreachable!() };
        // What promtool says of the same buckets.
        assert!((p95 - 471.428_571).abs() < 1e-6, "{p95}");
        let first = histogram(&[(10.0, 100.0), (END, 100.0)]);
        assert_eq!(first.quantile(0.5), Some(Quantile::About(5.0)));
    }

    #[test]
    fn a_quantile_beyond_the_last_bound_is_at_least_that() {
        let slow = histogram(&[(100.0, 50.0), (END, 100.0)]);
        assert_eq!(slow.quantile(0.95), Some(Quantile::Above(100.0)));
    }

    #[test]
    fn nothing_has_no_quantile_and_no_share() {
        let none = histogram(&[(100.0, 0.0), (END, 0.0)]);
        assert_eq!((none.quantile(0.95), none.share_at_most(100.0)), (None, None));
        assert_eq!(histogram(&[(END, 5.0)]).quantile(0.95), None);
        assert!(Histogram::sum([].into_iter()).is_none());
        assert!(Histogram::sum([vec![(1.0, 2.0)]].into_iter()).is_none(), "no end");
        assert!(Histogram::sum([vec![(END, f64::NAN)]].into_iter()).is_none());
    }

    #[test]
    fn only_a_bound_tells_a_share() {
        let some = histogram(&[(END, 10.0), (100.0, 9.0)]);
        assert_eq!(some.share_at_most(100.0), Some(0.9));
        assert_eq!(some.share_at_most(150.0), None);
        assert_eq!(some.bounds().collect::<Vec<_>>(), [100.0]);
    }

    #[test]
    fn counts_that_fall_are_held_up() {
        let torn = histogram(&[(1.0, 5.0), (2.0, 4.0), (END, 10.0)]);
        assert_eq!(torn.share_at_most(2.0), Some(0.5));
        assert_eq!(torn.quantile(0.5), Some(Quantile::About(1.0)));
    }
}
