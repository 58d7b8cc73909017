//! Quantiles of histograms by chance: Prometheus' and ours.

use std::{collections::BTreeSet, fmt::Write as _};

use jiff::{SignedDuration, Timestamp};

use crate::{
    metrics::{Histogram, Page, Quantile, Scrapes, Series, Value},
    readings::{
        fetch::Fetcher,
        prometheus,
        tests::server::{self, Server},
    },
};

/// How many histograms are compared.
const CASES: usize = 300;

/// Numbers by chance, the same each time (Steele, Lea, Flood: `SplitMix64`).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }

    /// Bounds that rise, the first sometimes negative, the last infinite for the most part.
    fn bounds(&mut self) -> Vec<String> {
        let mut bound = i64::try_from(self.below(60)).unwrap() - 15;
        let finite: Vec<String> = (0..self.below(7))
            .map(|_| {
                bound += 1 + i64::try_from(self.below(200)).unwrap();
                bound.to_string()
            })
            .collect();
        finite.into_iter().chain(["+Inf".to_owned()]).collect()
    }

    /// Counts of buckets that rise.
    fn counts(&mut self, buckets: usize) -> Vec<u64> {
        let mut all = 0;
        let steps = (0..buckets).map(|_| if self.below(3) == 0 { 0 } else { self.below(1000) });
        let counts: Vec<u64> = steps
            .map(|step| {
                all += step;
                all
            })
            .collect();
        counts
    }
}

/// The same data as a server is given it and as pages show it.
#[derive(Default)]
struct Data {
    samples: String,
    /// By case, the pages of its programs at both looks.
    pages: Vec<[Vec<String>; 2]>,
}

/// Histograms of one program or several, at two moments; some programs are begun anew in between.
fn grown(chance: &mut Chance, [before, now]: [Timestamp; 2]) -> Data {
    let mut data = Data::default();
    for case in 0..CASES {
        let bounds = chance.bounds();
        let mut pages = [Vec::new(), Vec::new()];
        for program in 0..=chance.below(3) {
            let first = chance.counts(bounds.len());
            let second: Vec<u64> = if chance.below(4) == 0 {
                first.iter().map(|count| count / 3).collect()
            } else {
                let more = chance.counts(bounds.len());
                first.iter().zip(more).map(|(count, more)| count + more).collect()
            };
            for (page, (counts, at)) in pages.iter_mut().zip([(first, before), (second, now)]) {
                let mut text = "# TYPE took histogram\n".to_owned();
                for (bound, count) in bounds.iter().zip(&counts) {
                    let _ = writeln!(text, "took_bucket{{le=\"{bound}\"}} {count}");
                    let _ = writeln!(
                        data.samples,
                        "took_bucket{{case=\"{case}\",program=\"{program}\",le=\"{bound}\"}} \
                         {count} {}",
                        at.as_second()
                    );
                }
                page.push(text);
            }
        }
        data.pages.push(pages);
    }
    data
}

/// What a server says of each case at that moment.
async fn said(server: &Server, query: &str, now: Timestamp) -> Vec<f64> {
    let query = format!("({query})[1s:1s]");
    let form = prometheus::form(&query, now);
    let answer = Fetcher::new().get(&prometheus::address(&server.address), &form).await.unwrap();
    let series = prometheus::read(&answer, now).unwrap();
    let of = |case: usize| {
        let is_it = |series: &&Series| series.labels["case"] == case.to_string();
        let series = series.iter().find(is_it);
        series.map_or(f64::NAN, |series| series.values.last().unwrap().1.number())
    };
    (0..CASES).map(of).collect()
}

fn assert_same(case: usize, ours: Value, theirs: f64) {
    let ours = ours.number();
    let same = ours.is_nan() && theirs.is_nan() || (ours - theirs).abs() <= 1e-9 * theirs.abs();
    assert!(same, "case {case}: ours {ours}, Prometheus' {theirs}");
}

#[tokio::test]
async fn a_quantile_of_two_looks_is_the_one_that_a_server_has() {
    let now = server::now();
    let before = now - SignedDuration::from_secs(300);
    let data = grown(&mut Chance(7), [before, now]);
    let Some(server) = Server::start(&data.samples) else { return };
    let query = "histogram_quantile(0.95, sum by (case, le) (rate(took_bucket[5m])))";
    let theirs = said(&server, query, now).await;
    let numbers = theirs.iter().filter(|number| number.is_finite()).count();
    assert!(numbers > CASES / 2, "{numbers} of {CASES} are numbers");
    for (case, pages) in data.pages.iter().enumerate() {
        let mut scrapes = Scrapes::default();
        for (at, pages) in [before, now].into_iter().zip(pages) {
            let pages = pages.iter().enumerate().map(|(program, text)| {
                (format!("program-{program}"), Ok(Page::parse(text).unwrap()))
            });
            let pages: Vec<_> = pages.collect();
            scrapes.add(at, &pages, BTreeSet::from(["took".to_owned()]));
        }
        let ours = scrapes.quantiles("took", 0.95).unwrap();
        assert_same(case, ours.values.last().unwrap().1, theirs[case]);
    }
}

#[tokio::test]
async fn a_quantile_of_torn_buckets_is_the_one_that_a_server_has() {
    let (now, mut chance) = (server::now(), Chance(11));
    let (mut samples, mut ours) = (String::new(), Vec::new());
    for case in 0..CASES {
        let mut bounds = chance.bounds();
        if chance.below(8) == 0 {
            bounds.pop();
        }
        let counts: Vec<u64> = bounds.iter().map(|_| chance.below(50)).collect();
        for (bound, count) in bounds.iter().zip(&counts) {
            let labels = format!("case=\"{case}\",le=\"{bound}\"");
            let _ = writeln!(samples, "torn_bucket{{{labels}}} {count} {}", now.as_second());
        }
        let bounds = bounds.iter().map(|bound| bound.parse::<f64>().unwrap());
        let counts = counts.iter().map(|count| f64::from(u32::try_from(*count).unwrap()));
        let histogram = Histogram::sum([bounds.zip(counts).collect()].into_iter());
        ours.push(histogram.and_then(|histogram| histogram.quantile(0.9)));
    }
    let Some(server) = Server::start(&samples) else { return };
    let theirs = said(&server, "histogram_quantile(0.9, torn_bucket)", now).await;
    for (case, (ours, theirs)) in ours.into_iter().zip(theirs).enumerate() {
        let ours = match ours {
            Some(Quantile::About(value)) => Value::Exactly(value),
            Some(Quantile::Above(bound)) => Value::MoreThan(bound),
            None => Value::Exactly(f64::NAN),
        };
        assert_same(case, ours, theirs);
    }
}
