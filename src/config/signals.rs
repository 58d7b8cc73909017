//! Conditions against what they are read from: one that can never hold is a mistake.

use crate::{
    config::{
        reader::Reader,
        report::Diagnostic,
        sections::{
            condition::{self, Bound, Condition, Signal},
            metrics::Metrics,
            resize::{self, By},
        },
        source::Place,
        tree::Node,
    },
    values::MetricName,
};

/// Histograms of programs on our machines, and the last finite bound of their buckets (Weaviate
/// 1.30: `usecases/monitoring/prometheus.go`). No quantile of them is ever read to be larger.
const HIGHEST: &[(&str, f64)] =
    &[("queries_durations_ms", 300_000.0), ("batch_durations_ms", 300_000.0)];

/// How names of metrics end that are never negative (Prometheus: Metric and label naming).
const NEVER_NEGATIVE: &[&str] =
    &["_bytes", "_seconds", "_ms", "_milliseconds", "_total", "_count", "_ratio", "_percent"];

/// Tells conditions that can never hold.
///
/// Without `metrics` none does, and the file may say so: everything stays as it is.
pub fn check(root: &Node, metrics: Option<&Metrics>, reader: &mut Reader<'_>) {
    for entry in root.get("components").map(Node::entries).unwrap_or_default() {
        let rule = entry.value.get(resize::FIELD.name);
        if let Some(rule) = rule {
            remembered(rule, metrics, reader);
        }
        let asked = ["when", "down"].map(|name| rule.and_then(|rule| rule.get(name)));
        let auto = entry.value.get(condition::WHEN.name);
        for node in asked.into_iter().chain([auto]).flatten() {
            answerable(node, metrics, reader);
        }
    }
}

/// Tells a rule of a schedule that is read from pages: they tell the moment only, and a command that
/// looks once remembers nothing.
fn remembered(rule: &Node, metrics: Option<&Metrics>, reader: &mut Reader<'_>) {
    let (Some(by), Some(Metrics::Scrape(_))) = (rule.get(resize::BY.name), metrics) else { return };
    if resize::by(rule) == By::Schedule {
        let message = "pages of metrics tell the moment, and a schedule remembers nothing: give \
                       `metrics: { prometheus: … }`";
        reader.mistake(by.place, message);
    }
}

/// Tells a condition that its source cannot answer, or that no answer meets.
fn answerable(node: &Node, metrics: Option<&Metrics>, reader: &mut Reader<'_>) {
    if let (Some(query), Some(Metrics::Scrape(_))) = (node.get("query"), metrics) {
        let message = "a page of metrics answers no query: give a `metric`, or a `prometheus`";
        reader.mistake(query.place, message);
    }
    // What is wrong with the condition itself was told when it was read.
    let quiet = reader.diagnostics.len();
    let condition = condition::read(Some(node), reader);
    reader.diagnostics.truncate(quiet);
    let Some(condition) = condition else { return };
    let Some(why) = impossible(&condition) else { return };
    let bound = match condition.bound {
        Bound::Above(_) => node.get("above"),
        Bound::Below(_) => node.get("below"),
    };
    let place: Place = bound.map_or(node.place, |bound| bound.place);
    reader.tell(Diagnostic::error(place, format!("this can never hold: {why}")));
}

/// Why no reading is beyond a bound, if none is.
fn impossible(condition: &Condition) -> Option<String> {
    match condition.bound {
        Bound::Below(bound) => {
            let name = plain(&condition.signal)?.as_str();
            let floored = NEVER_NEGATIVE.iter().any(|end| name.ends_with(end));
            (floored && bound <= 0.0).then(|| format!("`{name}` is never below 0"))
        }
        Bound::Above(bound) => {
            let (name, highest) = highest(&condition.signal)?;
            (bound >= highest).then(|| format!("the highest bucket of `{name}` ends at {highest}"))
        }
    }
}

fn plain(signal: &Signal) -> Option<&MetricName> {
    match signal {
        Signal::Metric(name) => Some(name),
        Signal::Query(_) => None,
    }
}

/// The histogram a signal is a quantile of, and the last finite bound of its buckets.
fn highest(signal: &Signal) -> Option<(&'static str, f64)> {
    let is_read = |name: &str| match signal {
        Signal::Metric(metric) => {
            metric.quantile().is_some_and(|(_, histogram)| histogram.as_str() == name)
        }
        Signal::Query(query) => {
            let query = query.trim();
            query.starts_with("histogram_quantile(") && query.contains(&format!("{name}_bucket"))
        }
    };
    HIGHEST.iter().copied().find(|(name, _)| is_read(name))
}
