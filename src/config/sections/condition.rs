//! `when` and `down`: a reading, a bound, and how long it must hold.

use std::{fmt, time::Duration};

use crate::{
    config::{
        reader::Reader,
        report::Diagnostic,
        shape::{Field, Shape, optional, required},
        time,
        tree::Node,
    },
    values::MetricName,
};

/// A reading beyond a bound for some time.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is read.
    pub signal: Signal,
    /// Beyond what.
    pub bound: Bound,
    /// For how long it must hold without a break.
    pub held_for: Duration,
}

/// Bounds are finite, so equality is whole.
impl Eq for Condition {}

/// What is read from the stack's `metrics`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A metric by its name.
    Metric(MetricName),
    /// A query in Prometheus' language.
    Query(String),
}

/// A finite bound and its side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// The reading is above it.
    Above(f64),
    /// The reading is below it.
    Below(f64),
}

impl fmt::Display for Signal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metric(name) => write!(out, "{name}"),
            Self::Query(query) => write!(out, "{}", query.trim()),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Above(bound) => write!(out, "above {bound}"),
            Self::Below(bound) => write!(out, "below {bound}"),
        }
    }
}

/// What a condition looks like wherever one stands.
pub const SHAPE: Shape = Shape::Record(&[
    optional("metric", &Shape::Text, "A metric by its name."),
    optional("query", &Shape::Text, "A query in Prometheus' language."),
    optional("above", &Shape::Number, "Holds while the reading is above this."),
    optional("below", &Shape::Number, "Holds while the reading is below this."),
    required("for", &Shape::Text, "How long it must hold, as `10m`."),
]);

/// The condition under which an `enabled: auto` component exists.
pub const WHEN: Field = optional("when", &SHAPE, "The condition of `enabled: auto`.");

/// Reads a condition.
pub fn read(node: Option<&Node>, reader: &mut Reader<'_>) -> Option<Condition> {
    let node = node?;
    let metric = reader.parse(node.get("metric"), MetricName::parse).map(Signal::Metric);
    let query = reader.parse(node.get("query"), query).map(Signal::Query);
    one_of(node, ["metric", "query"], reader);
    let above = node.get("above").and_then(Node::number).map(Bound::Above);
    let below = node.get("below").and_then(Node::number).map(Bound::Below);
    one_of(node, ["above", "below"], reader);
    let held_for = reader.parse(node.get("for"), time::length);
    Some(Condition { signal: metric.or(query)?, bound: above.or(below)?, held_for: held_for? })
}

fn query(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("the query is empty") } else { Ok(text.to_owned()) }
}

/// Tells when not exactly one of two fields is given.
fn one_of(node: &Node, names: [&str; 2], reader: &mut Reader<'_>) {
    let [one, other] = names;
    match (node.entry(one), node.entry(other)) {
        (None, None) => reader.mistake(node.place, format!("give `{one}` or `{other}`")),
        (Some(first), Some(second)) => reader.tell(
            Diagnostic::error(second.place, format!("give `{one}` or `{other}`, not both"))
                .also(first.place, "first given here"),
        ),
        (Some(_), None) | (None, Some(_)) => {}
    }
}
