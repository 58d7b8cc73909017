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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// Nothing: the copy is what a power cut would leave.
    Crash,
    /// What is in memory is written out first.
    Sync,
    /// The filesystem stands still meanwhile.
    Freeze,
    /// Postgres writes a checkpoint first.
    Pg,
    /// What the stack file says is run before and after.
    Hook(Hook),
}

/// Commands of the stack file's own, run as root around a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Run before; where it fails no copy is taken.
    pub before: String,
    /// Run after, whatever became of the copy.
    pub after: Option<String>,
    /// How long each of them may take.
    pub deadline: Duration,
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
        &Shape::Word(&["crash", "sync", "freeze", "pg", "hook"]),
        "What is done before a copy; `crash`, nothing, unless given.",
    ),
    HOOK,
    optional("catch_up", &Shape::Text, "How late a missed copy is still taken; 20h unless given."),
]);

const HOOK: Field = optional(
    "hook",
    &Shape::Record(&[
        required("before", &Shape::Text, "Run as root before a copy; no copy where it fails."),
        optional("after", &Shape::Text, "Run as root afterwards, whatever became of the copy."),
        optional("deadline", &Shape::Text, "How long each may take; 30s unless given."),
    ]),
    "The commands of `consistency: hook`.",
);

const KEEP: Shape = Shape::Record(&[
    optional("last", &Shape::Whole(0, 100), "The newest copies."),
    optional("daily", &Shape::Whole(0, 100), "One a day for so many days."),
    optional("weekly", &Shape::Whole(0, 100), "One a week for so many weeks."),
    optional("monthly", &Shape::Whole(0, 100), "One a month for so many months."),
]);

/// A volume holds 25 (docs: Volumes, limits); one place stays free, for the next comes before the oldest goes.
const MOST: u32 = 24;

/// What flushes and stops writing takes seconds; who waits longer holds the application up.
const HOOK_DEADLINE: Duration = Duration::from_secs(30);

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
    let consistency = consistency(component, node, reader);
    let catch_up = reader.parse(node.get("catch_up"), time::length).unwrap_or(CATCH_UP);
    Some(Snapshots { at: at?, time_zone: time_zone?, keep: keep?, consistency, catch_up })
}

fn consistency(component: &Node, node: &Node, reader: &mut Reader<'_>) -> Consistency {
    let asked = node.get("consistency");
    let hook = node.get(HOOK.name).and_then(|hook| hook_of(hook, reader));
    let told = asked.and_then(Node::text);
    if let (Some(node), false) = (node.get(HOOK.name), told == Some("hook")) {
        reader.mistake(node.place, "these commands are run with `consistency: hook` only");
    }
    match (told, asked) {
        (Some("sync"), _) => Consistency::Sync,
        (Some("freeze"), _) => Consistency::Freeze,
        (Some("pg"), Some(asked)) => {
            if component.get("kind").and_then(Node::text) != Some("AppStack") {
                reader.mistake(asked.place, "only an `AppStack` has a Postgres of ours");
            }
            Consistency::Pg
        }
        (Some("hook"), Some(asked)) => {
            if node.get(HOOK.name).is_none() {
                reader.mistake(asked.place, "say which commands: `hook: { before: … }`");
            }
            hook.map_or(Consistency::Crash, Consistency::Hook)
        }
        (Some(_) | None, _) => Consistency::Crash,
    }
}

/// The commands; what is missing or mistyped among them has been told already.
fn hook_of(node: &Node, reader: &mut Reader<'_>) -> Option<Hook> {
    let text = |name| node.get(name).and_then(Node::text).map(str::to_owned);
    let deadline = reader.parse(node.get("deadline"), time::length).unwrap_or(HOOK_DEADLINE);
    Some(Hook { before: text("before")?, after: text("after"), deadline })
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
