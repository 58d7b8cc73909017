//! `snapshots`: copies of a volume, when and how many.

use std::time::Duration;

use jiff::civil::Time;

use crate::config::{
    reader::Reader,
    report::Diagnostic,
    sections::volume,
    shape::{Field, Shape, optional, required},
    time::{self, ZoneName},
    tree::Node,
};

/// When a volume is copied, and which copies stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshots {
    /// The time of day.
    pub at: Time,
    /// By which clock.
    pub time_zone: ZoneName,
    /// Which copies stay.
    pub keep: Keep,
    /// What is done so that a copy can be used.
    pub consistency: Consistency,
    /// How late a missed copy is still taken.
    pub catch_up: Duration,
}

/// How many copies stay by each rule; a copy stays if one rule wants it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// The newest ones.
    pub last: u32,
    /// One a day.
    pub daily: u32,
    /// One a week.
    pub weekly: u32,
    /// One a month.
    pub monthly: u32,
}

/// What is done on the machine before a copy is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// Nothing: the copy is what a power cut would leave.
    Crash,
    /// What is in memory is written out first.
    Sync,
    /// The filesystem stands still meanwhile.
    Freeze,
    /// Postgres writes a checkpoint first.
    Pg,
}

/// The field of a component that stores data.
pub const FIELD: Field =
    optional("snapshots", &SHAPE, "When the volume is copied, and which copies stay.");

const SHAPE: Shape = Shape::Record(&[
    required("at", &Shape::Text, "The time of day, as \"03:00\"."),
    optional("time_zone", &Shape::Text, "By which clock, as `Europe/Berlin`; UTC unless given."),
    required("keep", &KEEP, "Which copies stay."),
    optional(
        "consistency",
        &Shape::Word(&["crash", "sync", "freeze", "pg"]),
        "What is done before a copy; `crash`, nothing, unless given.",
    ),
    optional("catch_up", &Shape::Text, "How late a missed copy is still taken; 20h unless given."),
]);

const KEEP: Shape = Shape::Record(&[
    optional("last", &Shape::Whole(0, 100), "The newest copies."),
    optional("daily", &Shape::Whole(0, 100), "One a day for so many days."),
    optional("weekly", &Shape::Whole(0, 100), "One a week for so many weeks."),
    optional("monthly", &Shape::Whole(0, 100), "One a month for so many months."),
]);

/// A volume holds 25 (docs: Volumes, limits); one place stays free, for the next comes before the oldest goes.
const MOST: u32 = 24;

/// Short of a day, so that tonight's copy is never taken twice.
const CATCH_UP: Duration = Duration::from_hours(20);

/// Reads the field of a component.
pub fn read(component: &Node, reader: &mut Reader<'_>) -> Option<Snapshots> {
    let node = component.get(FIELD.name)?;
    if component.get(volume::FIELD.name).is_none_or(|volume| volume.text() == Some("none")) {
        reader.mistake(node.place, "there is no volume to take snapshots of");
    }
    let at = reader.parse(node.get("at"), time::of_day);
    let time_zone = match node.get("time_zone") {
        Some(given) => reader.parse(Some(given), ZoneName::parse),
        None => ZoneName::parse("UTC").ok(),
    };
    let keep = node.get("keep").map(|keep| keep_of(keep, reader));
    let consistency = match node.get("consistency").and_then(Node::text) {
        Some("sync") => Consistency::Sync,
        Some("freeze") => Consistency::Freeze,
        Some("pg") => Consistency::Pg,
        Some(_) | None => Consistency::Crash,
    };
    let catch_up = reader.parse(node.get("catch_up"), time::length).unwrap_or(CATCH_UP);
    Some(Snapshots { at: at?, time_zone: time_zone?, keep: keep?, consistency, catch_up })
}

fn keep_of(node: &Node, reader: &mut Reader<'_>) -> Keep {
    let count = |name| {
        let whole = node.get(name).and_then(Node::whole).unwrap_or(0);
        u32::try_from(whole).unwrap_or(u32::MAX)
    };
    let keep = Keep {
        last: count("last"),
        daily: count("daily"),
        weekly: count("weekly"),
        monthly: count("monthly"),
    };
    let Keep { last, daily, weekly, monthly } = keep;
    let sum = [last, daily, weekly, monthly].into_iter().fold(0, u32::saturating_add);
    if sum > MOST {
        let message = format!(
            "this may need {sum} snapshots (last {last} + daily {daily} + weekly {weekly} + monthly {monthly}), and a volume keeps at most {MOST}"
        );
        let help =
            "DigitalOcean holds 25 a volume, and one place stays free for the next".to_owned();
        reader.tell(Diagnostic::error(node.place, message).help(help));
    }
    if sum == 0 {
        reader.mistake(node.place, "no snapshot would stay: keep at least one");
    }
    keep
}
