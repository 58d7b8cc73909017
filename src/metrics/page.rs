//! A page of metrics, as exporters show it.
//!
//! `prometheus-parse` leaves out or cuts, without a word, what it does not expect: labels with
//! commas, `=` or brackets in their values, blanks between them, pages that are none. So every line
//! is read strictly first, and what it is handed has one plain label of ours in place of the others:
//! which of the labels we keep it has.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io,
};

use prometheus_parse::{Scrape, Value};
use thiserror::Error;

use crate::metrics::{
    Histogram,
    line::{self, Sample},
};

/// A page of metrics.
#[derive(Debug)]
pub struct Page {
    scrape: Scrape,
    /// Labels by the number that stands in their place.
    labels: Vec<BTreeMap<String, String>>,
}

/// Why a text is no page of metrics.
#[derive(Debug, Error)]
pub enum PageError {
    /// A line that is no sample.
    #[error("line {line} is no metric: {expected}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What is wrong with it.
        expected: &'static str,
    },
    /// The text cannot be taken apart.
    #[error("this is no page of metrics")]
    Page(#[from] io::Error),
}

impl Page {
    /// Reads a page.
    pub fn parse(text: &str) -> Result<Self, PageError> {
        let (plain, labels) = plain(text)?;
        let lines = plain.lines().map(|line| Ok(line.to_owned()));
        // When it was read is nobody's question.
        Ok(Self { scrape: Scrape::parse_at(lines, <_>::default())?, labels })
    }

    /// The histogram of that name, all its series together; none where their buckets differ.
    pub fn histogram(&self, name: &str) -> Option<Histogram> {
        Histogram::sum(self.histograms(name).map(|(_, buckets)| buckets))
    }

    /// The histograms of that name with their labels, their buckets by bound.
    pub fn histograms(
        &self,
        name: &str,
    ) -> impl Iterator<Item = (BTreeMap<String, String>, Vec<(f64, f64)>)> {
        self.named(name).filter_map(|(labels, value)| match value {
            Value::Histogram(buckets) => {
                let each = buckets.iter().map(|bucket| (bucket.less_than, bucket.count));
                let mut all: Vec<(f64, f64)> = each.collect();
                all.sort_by(|(one, _), (other, _)| one.total_cmp(other));
                Some((labels, all))
            }
            Value::Counter(_) | Value::Gauge(_) | Value::Summary(_) | Value::Untyped(_) => None,
        })
    }

    /// The numbers of that name with their labels.
    pub fn values(&self, name: &str) -> impl Iterator<Item = (BTreeMap<String, String>, f64)> {
        self.named(name).filter_map(|(labels, value)| match value {
            Value::Counter(number) | Value::Gauge(number) | Value::Untyped(number) => {
                Some((labels, *number))
            }
            Value::Histogram(_) | Value::Summary(_) => None,
        })
    }

    /// What is of that name, with its labels as they stood on the page.
    fn named(&self, name: &str) -> impl Iterator<Item = (BTreeMap<String, String>, &Value)> {
        let series = self.scrape.samples.iter().filter(move |sample| sample.metric == name);
        series.map(|sample| {
            let number = sample.labels.get("labels").and_then(|number| number.parse().ok());
            let labels = number.and_then(|number: usize| self.labels.get(number));
            (labels.cloned().unwrap_or_default(), &sample.value)
        })
    }
}

/// The page in the form that is taken apart without a loss, and the labels that it has no more.
fn plain(text: &str) -> Result<(String, Vec<BTreeMap<String, String>>), PageError> {
    let mut known = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut plain = String::new();
    for (number, line) in (1..).zip(text.lines()) {
        let wrong = |expected| PageError::Line { line: number, expected };
        if line.trim_start().starts_with("# TYPE ") {
            let _ = writeln!(plain, "{line}");
        }
        let Some(sample) = line::read(line).map_err(wrong)? else { continue };
        let own = own(sample, &mut known);
        // Recording rules have names with colons, and are on no exporter's page.
        let Some((series, value)) = own else { continue };
        let _ = writeln!(plain, "{series} {value}");
        if !seen.insert(series) {
            return Err(wrong("it stands there twice"));
        }
    }
    let mut labels = vec![BTreeMap::new(); known.len()];
    for (own, number) in known {
        labels[number] = own;
    }
    Ok((plain, labels))
}

/// A series under the number of its labels, and its value.
fn own<'a>(
    mut sample: Sample<'a>,
    known: &mut BTreeMap<BTreeMap<String, String>, usize>,
) -> Option<(String, &'a str)> {
    if sample.name.contains(':') {
        return None;
    }
    let [bound, quantile] = ["le", "quantile"].map(|name| {
        sample.labels.remove(name).map(|value| format!(",{name}=\"{value}\"")).unwrap_or_default()
    });
    let next = known.len();
    let number = *known.entry(sample.labels).or_insert(next);
    Some((format!("{}{{labels=\"{number}\"{bound}{quantile}}}", sample.name), sample.value))
}

#[cfg(test)]
mod tests {
    use super::Page;

    /// As Weaviate 1.30 shows it, and a label that would lead astray.
    const PAGE: &str = r#"# HELP queries_durations_ms Duration of queries in milliseconds
# TYPE queries_durations_ms histogram
queries_durations_ms_bucket{class_name="n/a",query_type="get_graphql",le="10"} 60
queries_durations_ms_bucket{class_name="n/a",query_type="get_graphql",le="100"} 90
queries_durations_ms_bucket{class_name="n/a",query_type="get_graphql",le="+Inf"} 100
queries_durations_ms_sum{class_name="n/a",query_type="get_graphql"} 3000
queries_durations_ms_count{class_name="n/a",query_type="get_graphql"} 100
queries_durations_ms_bucket{class_name="a,b={}",query_type="get_graphql",le="1e1"} 0
queries_durations_ms_bucket{class_name="a,b={}",query_type="get_graphql",le="100.0"} 100
queries_durations_ms_bucket{class_name="a,b={}",query_type="get_graphql",le="+Inf"} 100
# TYPE go_goroutines gauge
go_goroutines 42
"#;

    #[test]
    fn the_series_of_a_histogram_are_one() {
        let histogram = Page::parse(PAGE).unwrap().histogram("queries_durations_ms").unwrap();
        assert!((histogram.count() - 200.0).abs() < 1e-9);
        assert_eq!(histogram.share_at_most(100.0), Some(0.95));
        assert_eq!(histogram.share_at_most(10.0), Some(0.3));
    }

    #[test]
    fn what_is_not_there_or_is_no_histogram_is_none() {
        let page = Page::parse(PAGE).unwrap();
        assert!(page.histogram("go_goroutines").is_none());
        assert!(page.histogram("queries_durations").is_none());
        assert!(Page::parse("").unwrap().histogram("a").is_none());
    }

    #[test]
    fn series_with_other_buckets_cannot_be_added_up() {
        let page = PAGE.replace("le=\"1e1\"", "le=\"20\"");
        assert!(Page::parse(&page).unwrap().histogram("queries_durations_ms").is_none());
    }

    #[test]
    fn a_page_that_is_none_is_told_with_its_line() {
        let told = |text: &str| Page::parse(text).unwrap_err().to_string();
        let html = "<html>502 Bad Gateway</html>";
        assert_eq!(told(html), "line 1 is no metric: expected a metric's name");
        assert_eq!(told("a 1\nb 2\na 3\n"), "line 3 is no metric: it stands there twice");
    }
}
