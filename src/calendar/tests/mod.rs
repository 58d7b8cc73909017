//! Retention against restic's own answers, and years of nights.

mod restic;
mod rules;
mod years;

use std::time::Duration;

use jiff::{Timestamp, civil::time};

use crate::{
    calendar::{Copy, Slot},
    config::{Consistency, Keep, Snapshots, ZoneName},
};

/// A policy at 03:00 of a zone.
fn policy(zone: &str, keep: [u32; 4]) -> Snapshots {
    let [last, daily, weekly, monthly] = keep;
    Snapshots {
        at: time(3, 0, 0, 0),
        time_zone: ZoneName::parse(zone).unwrap(),
        keep: Keep { last, daily, weekly, monthly },
        consistency: Consistency::Crash,
        catch_up: Duration::from_hours(20),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A good copy of a slot, taken in time.
fn copy(slot: Slot) -> Copy {
    Copy {
        id: slot.to_string(),
        name: slot.name("core-vector-data"),
        slot: Some(slot),
        place: None,
        taken: slot.moment(),
        size_gb: 10.0,
        volume_gb: 10,
        is_held: false,
    }
}
