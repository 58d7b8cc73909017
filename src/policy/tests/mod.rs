//! Decisions about one machine, and about a machine over a year.

mod holds;
mod year;

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;

use crate::{
    config::{Bound, By, Condition, Cooldown, Resize, Signal},
    metrics::{Reading, Span, Value},
    policy::{Copies, Known, Rule},
    resources::{Catalog, Size},
    values::{MetricName, Money, Region, SizeSlug},
};

/// The rungs of the tests.
pub const RUNGS: [&str; 3] = ["s-2vcpu-4gb", "s-4vcpu-8gb", "s-8vcpu-16gb"];

/// A size as the account is offered it.
pub fn size(memory_mb: u32, disk_gb: u32, dollars: i64) -> Size {
    Size {
        monthly: Money::cents(dollars * 100),
        memory_mb,
        vcpus: memory_mb / 2048,
        disk_gb,
        regions: BTreeSet::from([Region::new("sfo2")]),
        available: true,
    }
}

fn catalog() -> Catalog {
    let [small, middle, large] = RUNGS.map(SizeSlug::new);
    Catalog::new([
        (small, size(4096, 80, 24)),
        (middle, size(8192, 160, 48)),
        (large, size(16384, 320, 96)),
    ])
}

fn condition(bound: Bound, held_for: Duration) -> Condition {
    let signal = Signal::Metric(MetricName::parse("load").unwrap());
    Condition { signal, bound, held_for }
}

/// Grows above 8 for ten minutes, shrinks below 3 for a day.
fn resize() -> Resize {
    Resize {
        ladder: RUNGS.map(SizeSlug::new).to_vec(),
        by: By::Serve,
        on_alerts: Vec::new(),
        when: Some(condition(Bound::Above(8.0), Duration::from_mins(10))),
        down: Some(condition(Bound::Below(3.0), Duration::from_hours(24))),
        cooldown: Cooldown { up: Duration::from_hours(1), down: Duration::from_hours(24) },
        window: None,
        max_per_day: 3,
        max_monthly: None,
        max_outage: None,
    }
}

fn rule<'a>(resize: &'a Resize, base: &'a SizeSlug, catalog: &'a Catalog) -> Rule<'a> {
    Rule { resize, base, catalog, spare: None }
}

fn constant(number: f64) -> Reading {
    Reading::Known(Span::constant(Value::Exactly(number)))
}

/// A machine whose signal has been the same for ever, with little on its disk and in its memory.
fn known(size: &str, load: f64) -> Known {
    let gib = f64::from(1 << 30);
    Known {
        size: SizeSlug::new(size),
        disk_gb: 80,
        when: constant(load),
        down: constant(load),
        memory: constant(gib),
        disk: constant(10.0 * gib),
        copies: Copies::Unasked,
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
