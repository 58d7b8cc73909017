//! `budget`: a bound on the month.

use crate::{
    config::{
        shape::{Shape, required},
        tree::Node,
    },
    values::Money,
};

/// A bound on the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Above it `up` refuses the plan.
    pub monthly: Money,
}

/// The section.
pub const SHAPE: Shape = Shape::Record(&[required(
    "monthly_usd",
    &Shape::Amount,
    "Dollars a month; `up` refuses a plan above it.",
)]);

/// Reads the section.
pub fn read(node: &Node) -> Option<Budget> {
    let monthly = node.get("monthly_usd").and_then(Node::number).map(Money::dollars)?;
    Some(Budget { monthly })
}
