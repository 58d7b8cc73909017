//! What pages of metrics told, kept for a day: the moments in a row are time.
//!
//! Counters of a histogram are kept as what they grew by between two looks. A program that was
//! started anew counts from nothing again, which is seen by any of its counters having fallen: then
//! all they have is what they grew by.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::metrics::{Histogram, Page, Quantile, Series, Unknown, Value};

/// What is kept of pages, for one set of names that is looked for again and again.
#[derive(Clone, Debug, Default)]
pub struct Scrapes {
    /// Oldest first.
    looks: VecDeque<Look>,
    /// The counters of each histogram as they were last seen, by program and labels.
    last: BTreeMap<Counter, Buckets>,
}

/// One look at all pages.
#[derive(Clone, Debug)]
struct Look {
    at: Timestamp,
    /// Values by name, each with its labels.
    values: BTreeMap<String, Vec<(Labels, f64)>>,
    /// What each histogram grew by since the look before, or why nobody knows.
    growth: BTreeMap<String, Result<Vec<Buckets>, Unknown>>,
}

type Labels = BTreeMap<String, String>;

/// Bounds, and how many were at most so large.
type Buckets = Vec<(f64, f64)>;

/// A histogram's name and its labels, with the program it was read from.
type Counter = (String, Labels);

/// The label that says where a value was read.
const INSTANCE: &str = "instance";

/// How long is kept: a little more than the longest that is asked about without a server.
const KEPT: SignedDuration = SignedDuration::from_hours(25);

/// Over how long a quantile is taken; what Prometheus is asked for is the same.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);

impl Scrapes {
    /// Adds a look at all pages: of each the program, and what it showed. Kept are these names.
    ///
    /// A clock that went back makes all that was kept worthless.
    pub fn add(
        &mut self,
        at: Timestamp,
        pages: &[(String, Result<Page, Unknown>)],
        names: BTreeSet<String>,
    ) {
        if self.looks.back().is_some_and(|last| last.at >= at) {
            *self = Self::default();
        }
        let is_first = self.looks.is_empty();
        let mut look = Look { at, values: BTreeMap::new(), growth: BTreeMap::new() };
        for name in names {
            let values = pages.iter().filter_map(|(instance, page)| {
                Some(
                    page.as_ref()
                        .ok()?
                        .values(&name)
                        .map(|(labels, value)| (labelled(labels, instance), value)),
                )
            });
            look.values.insert(name.clone(), values.flatten().collect());
            let growth = self.growth(&name, pages);
            if !is_first {
                look.growth.insert(name, growth);
            }
        }
        self.looks.push_back(look);
        self.looks.retain(|look| at.duration_since(look.at) <= KEPT);
    }

    /// What the series of a histogram grew by since they were last seen.
    fn growth(
        &mut self,
        name: &str,
        pages: &[(String, Result<Page, Unknown>)],
    ) -> Result<Vec<Buckets>, Unknown> {
        let mut growth = Ok(Vec::new());
        for (instance, page) in pages {
            let page = match page {
                Ok(page) => page,
                // What it did not tell would be missing in the sum.
                Err(why) => {
                    growth = Err(why.clone());
                    self.last.retain(|(_, labels), _| labels.get(INSTANCE) != Some(instance));
                    continue;
                }
            };
            for (labels, buckets) in page.histograms(name) {
                let counter = (name.to_owned(), labelled(labels, instance));
                let before = self.last.insert(counter, buckets.clone());
                if let (Some(before), Ok(all)) = (before, &mut growth) {
                    all.push(grown(&before, &buckets));
                }
            }
        }
        growth
    }

    /// Every series of a name.
    pub fn series(&self, name: &str) -> Vec<Series> {
        let mut all: BTreeMap<Labels, Vec<(Timestamp, Value)>> = BTreeMap::new();
        for look in &self.looks {
            for (labels, value) in look.values.get(name).into_iter().flatten() {
                all.entry(labels.clone()).or_default().push((look.at, Value::Exactly(*value)));
            }
        }
        all.into_iter().map(|(labels, values)| Series { labels, values }).collect()
    }

    /// The series of one name less those of another with the same labels.
    pub fn difference(&self, [whole, less]: [&str; 2]) -> Vec<Series> {
        let less: BTreeMap<Labels, Series> =
            self.series(less).into_iter().map(|series| (series.labels.clone(), series)).collect();
        let apart = |series: Series| {
            let other: BTreeMap<Timestamp, Value> =
                less.get(&series.labels)?.values.iter().copied().collect();
            let values = series.values.iter().filter_map(|(at, value)| {
                Some((*at, Value::Exactly(value.number() - other.get(at)?.number())))
            });
            Some(Series { values: values.collect(), labels: series.labels.clone() })
        };
        self.series(whole).into_iter().filter_map(apart).collect()
    }

    /// A quantile of a histogram, all its series together, at every look that has one before it.
    pub fn quantiles(&self, name: &str, part: f64) -> Result<Series, Unknown> {
        let mut values = Vec::new();
        for (place, look) in self.looks.iter().enumerate() {
            let recent = self.looks.range(..=place).rev();
            let recent = recent.take_while(|other| look.at.duration_since(other.at) < WINDOW);
            let growth = recent.filter_map(|other| other.growth.get(name));
            let growth: Vec<&Vec<Buckets>> =
                match growth.map(Result::as_ref).collect::<Result<_, _>>() {
                    Ok(growth) => growth,
                    // A look at which somebody did not answer is a gap.
                    Err(_) => continue,
                };
            let mut all = growth.into_iter().flatten().cloned().peekable();
            if all.peek().is_none() {
                continue;
            }
            let histogram = Histogram::sum(all).ok_or(Unknown::Buckets)?;
            let value = match histogram.quantile(part) {
                Some(Quantile::About(value)) => Value::Exactly(value),
                Some(Quantile::Above(bound)) => Value::MoreThan(bound),
                None => Value::Exactly(f64::NAN),
            };
            values.push((look.at, value));
        }
        if values.is_empty() {
            return Err(Unknown::NoSeries);
        }
        Ok(Series { labels: Labels::new(), values })
    }
}

fn labelled(mut labels: Labels, instance: &str) -> Labels {
    labels.insert(INSTANCE.to_owned(), instance.to_owned());
    labels
}

/// What counters grew by; counted anew if any of them fell, or their bounds are others.
#[expect(clippy::float_cmp, reason = "bounds are written, not reckoned")]
fn grown(before: &[(f64, f64)], now: &[(f64, f64)]) -> Buckets {
    let pairs = || before.iter().zip(now);
    let same = before.len() == now.len() && pairs().all(|((a, _), (b, _))| a == b);
    if !same || pairs().any(|((_, before), (_, now))| now < before) {
        return now.to_vec();
    }
    pairs().map(|((_, before), (bound, now))| (*bound, now - before)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::{SignedDuration, Timestamp};

    use super::Scrapes;
    use crate::metrics::{Page, Unknown, Value};

    fn start() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    /// A page whose requests took at most 10, at most 100, and any time, in ms.
    fn page(counts: [u32; 3]) -> String {
        let [ten, hundred, all] = counts;
        format!(
            "# TYPE took_ms histogram\ntook_ms_bucket{{le=\"10\"}} {ten}\n\
             took_ms_bucket{{le=\"1e2\"}} {hundred}\ntook_ms_bucket{{le=\"+Inf\"}} {all}\n\
             took_ms_count {all}\ntook_ms_sum 1\n# TYPE busy gauge\nbusy {ten}\n"
        )
    }

    /// A look each minute, at one program or two; an empty page is no answer.
    fn looks(each: &[&[&str]]) -> Scrapes {
        let mut scrapes = Scrapes::default();
        for (minute, pages) in (0..).zip(each) {
            let at = start() + SignedDuration::from_mins(minute);
            let pages = pages.iter().enumerate().map(|(number, text)| {
                let page = Page::parse(text).map_err(|_| Unknown::NoSeries);
                let down = Err(Unknown::Unanswered("refused".to_owned()));
                (format!("10.0.0.{number}:1"), if text.is_empty() { down } else { page })
            });
            let names = ["took_ms", "busy", "idle"].map(str::to_owned);
            scrapes.add(at, &pages.collect::<Vec<_>>(), BTreeSet::from(names));
        }
        scrapes
    }

    fn p95(scrapes: &Scrapes) -> Vec<Value> {
        let series = scrapes.quantiles("took_ms", 0.95).unwrap();
        series.values.iter().map(|(_, value)| *value).collect()
    }

    #[test]
    fn a_quantile_is_of_what_came_between_two_looks() {
        let (one, two) = (page([900, 1000, 1000]), page([900, 1100, 1100]));
        assert_eq!(p95(&looks(&[&[&one], &[&two]])), [Value::Exactly(95.5)]);
        assert_eq!(
            looks(&[&[&one]]).quantiles("took_ms", 0.95),
            Err(Unknown::NoSeries),
            "one look tells nothing"
        );
    }

    #[test]
    fn a_program_begun_anew_counts_from_nothing() {
        let (one, two) = (page([900, 1000, 1000]), page([0, 50, 100]));
        assert_eq!(p95(&looks(&[&[&one], &[&two]])), [Value::MoreThan(100.0)]);
    }

    #[test]
    fn nothing_between_two_looks_has_no_quantile() {
        let one = page([1, 2, 3]);
        assert!(p95(&looks(&[&[&one], &[&one]]))[0].number().is_nan());
    }

    #[test]
    fn programs_are_added_up_unless_one_is_silent_or_counts_otherwise() {
        let (one, two) = (page([0, 0, 0]), page([100, 100, 100]));
        let slow = page([0, 100, 100]);
        assert_eq!(p95(&looks(&[&[&one, &one], &[&two, &slow]])), [Value::Exactly(91.0)]);
        let silent = looks(&[&[&one, &one], &[&two, ""]]);
        assert_eq!(silent.quantiles("took_ms", 0.95), Err(Unknown::NoSeries));
        let other = |text: &str| text.replace("\"10\"", "\"20\"");
        let differ = looks(&[&[&one, &other(&one)], &[&two, &other(&slow)]]);
        assert_eq!(differ.quantiles("took_ms", 0.95), Err(Unknown::Buckets));
    }

    #[test]
    fn values_are_series_by_program() {
        let (one, two) = (page([1, 2, 3]), page([4, 5, 6]));
        let scrapes = looks(&[&[&one, &two], &[&two, &one]]);
        let busy = scrapes.series("busy");
        assert_eq!(busy.len(), 2);
        assert_eq!(busy[1].labels["instance"], "10.0.0.1:1");
        assert_eq!(busy[1].values[1].1, Value::Exactly(1.0));
        assert_eq!(scrapes.difference(["busy", "busy"])[0].values[0].1, Value::Exactly(0.0));
        assert_eq!(scrapes.difference(["busy", "idle"]), []);
    }

    #[test]
    fn a_clock_that_goes_back_begins_anew() {
        let mut scrapes = looks(&[&[&page([1, 2, 3])]]);
        scrapes.add(start(), &[], BTreeSet::new());
        assert_eq!(scrapes.series("busy"), []);
    }
}
