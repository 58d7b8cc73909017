//! `resize`: when a machine may grow, and how far.

use std::time::Duration;

use jiff::civil::Time;

use crate::{
    config::{
        reader::Reader,
        report::Diagnostic,
        sections::{
            condition::{self, Bound, Condition},
            ladder,
        },
        shape::{Field, Shape, optional, required},
        time::{self, ZoneName},
        tree::Node,
    },
    values::{Money, SizeSlug},
};

/// When a machine may grow: the rungs, smallest first, and what moves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resize {
    /// Sizes it may stand on; the droplet's own size is one of them.
    pub ladder: Vec<SizeSlug>,
    /// Who looks at it, and resizes the machine.
    pub by: By,
    /// Alerts that make it look at its condition.
    pub on_alerts: Vec<String>,
    /// When it grows by a rung.
    pub when: Option<Condition>,
    /// When it shrinks by a rung.
    pub down: Option<Condition>,
    /// How long it rests after a change.
    pub cooldown: Cooldown,
    /// The hours in which it may be switched off.
    pub window: Option<Window>,
    /// How many changes a day are still no flapping.
    pub max_per_day: u32,
    /// What the machine may cost a month.
    pub max_monthly: Option<Money>,
    /// How long it may be off.
    pub max_outage: Option<Duration>,
}

/// Who carries a rule out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// `dostack serve`, every minute and when an alert wakes it.
    Serve,
    /// `dostack resize`, which a scheduler runs somewhere else.
    Schedule,
}

/// How long a machine rests after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cooldown {
    /// Before it grows again.
    pub up: Duration,
    /// Before it shrinks again.
    pub down: Duration,
}

/// Hours of the day; they may go over midnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// When they begin.
    pub from: Time,
    /// When they end.
    pub to: Time,
    /// By which clock.
    pub time_zone: ZoneName,
}

/// The field of a component that may grow.
pub const FIELD: Field = optional("resize", &SHAPE, "When the machine may grow, and how far.");

const SHAPE: Shape = Shape::Record(&[
    required(
        "ladder",
        &Shape::List(&Shape::Text),
        "Sizes from smallest to largest; the machine's own is one of them.",
    ),
    BY,
    optional(
        "on_alerts",
        &Shape::List(&Shape::Text),
        "Names of alerts that make it look at its condition.",
    ),
    optional("when", &condition::SHAPE, "When it grows by a rung."),
    optional("down", &condition::SHAPE, "When it shrinks by a rung."),
    optional(
        "cooldown",
        &COOLDOWN,
        "How long it rests after a change; an hour up and a day down unless given.",
    ),
    optional("window", &WINDOW, "The hours in which it may be switched off."),
    optional("max_per_day", &Shape::Whole(1, 24), "Changes a day; 3 unless given."),
    optional("max_monthly_usd", &Shape::Amount, "Dollars a month the machine may cost."),
    optional("max_outage", &Shape::Text, "How long it may be off, as `15m`."),
]);

/// Who carries the rule out.
pub const BY: Field = optional(
    "by",
    &Shape::Word(&["serve", "schedule"]),
    "Who resizes it: `serve`, unless given, or a `schedule` that runs `dostack resize`.",
);

const COOLDOWN: Shape = Shape::Record(&[
    optional("up", &Shape::Text, "Before it grows again, as `60m`."),
    optional("down", &Shape::Text, "Before it shrinks again, as `24h`."),
]);

const WINDOW: Shape = Shape::Record(&[
    required("from", &Shape::Text, "When it opens, as \"00:00\"."),
    required("to", &Shape::Text, "When it closes, as \"06:00\"."),
    required("time_zone", &Shape::Text, "By which clock, as `Europe/Berlin`."),
]);

/// What stands for a cooldown that is not given.
const COOLDOWN_DEFAULT: Cooldown =
    Cooldown { up: Duration::from_hours(1), down: Duration::from_hours(24) };

/// How many changes a day are still no flapping, where the file does not say.
const MAX_PER_DAY: u32 = 3;

/// Reads the field of a component.
pub fn read(component: &Node, reader: &mut Reader<'_>) -> Option<Resize> {
    let node = component.get(FIELD.name)?;
    let ladder = ladder::read(component, node, reader);
    let per_day = node.get("max_per_day").and_then(Node::whole);
    let resize = Resize {
        ladder: ladder?,
        by: by(node),
        on_alerts: reader.parse_all(node.get("on_alerts"), alert),
        when: condition::read(node.get("when"), reader),
        down: condition::read(node.get("down"), reader),
        cooldown: cooldown(node, reader),
        window: window(node, reader),
        max_per_day: per_day.and_then(|most| u32::try_from(most).ok()).unwrap_or(MAX_PER_DAY),
        max_monthly: node.get("max_monthly_usd").and_then(Node::number).map(Money::dollars),
        max_outage: reader.parse(node.get("max_outage"), time::length),
    };
    if let (Some(when), Some(down)) = (&resize.when, &resize.down) {
        apart(when, down, node, reader);
    }
    if let Some(alerts) = node.get("on_alerts") {
        idle_alerts(alerts, node, reader);
    }
    Some(resize)
}

/// Who carries out the rule of a `resize`.
pub fn by(resize: &Node) -> By {
    match resize.get(BY.name).and_then(Node::text) {
        Some("schedule") => By::Schedule,
        Some(_) | None => By::Serve,
    }
}

/// Tells alerts that bring nothing about.
fn idle_alerts(alerts: &Node, resize: &Node, reader: &mut Reader<'_>) {
    if by(resize) == By::Schedule {
        let message = "an alert wakes `dostack serve`, and this rule is looked at by a schedule";
        reader.mistake(alerts.place, message);
    } else if resize.get("when").is_none() {
        let message = "an alert only wakes the rule: without `when` it never grows";
        reader.warn(alerts.place, message);
    }
}

/// Tells bounds of one signal between which no reading is quiet: each change would bring the other.
fn apart(when: &Condition, down: &Condition, node: &Node, reader: &mut Reader<'_>) {
    let (Some(up_at), Some(down_at)) = (node.get("when"), node.get("down")) else { return };
    let overlap = when.signal == down.signal
        && match (when.bound, down.bound) {
            (Bound::Above(up), Bound::Below(down)) => down > up,
            (Bound::Below(up), Bound::Above(down)) => down < up,
            (Bound::Above(_), Bound::Above(_)) | (Bound::Below(_), Bound::Below(_)) => true,
        };
    if overlap {
        let message = "it may shrink at readings at which it grows: the bounds overlap";
        reader.tell(Diagnostic::error(down_at.place, message).also(up_at.place, "when it grows"));
    }
}

fn alert(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("the alert has no name") } else { Ok(text.to_owned()) }
}

fn cooldown(resize: &Node, reader: &mut Reader<'_>) -> Cooldown {
    let Some(node) = resize.get("cooldown") else { return COOLDOWN_DEFAULT };
    Cooldown {
        up: reader.parse(node.get("up"), time::length).unwrap_or(COOLDOWN_DEFAULT.up),
        down: reader.parse(node.get("down"), time::length).unwrap_or(COOLDOWN_DEFAULT.down),
    }
}

fn window(resize: &Node, reader: &mut Reader<'_>) -> Option<Window> {
    let node = resize.get("window")?;
    let from = reader.parse(node.get("from"), time::of_day);
    let to = reader.parse(node.get("to"), time::of_day);
    let time_zone = reader.parse(node.get("time_zone"), ZoneName::parse);
    let window = Window { from: from?, to: to?, time_zone: time_zone? };
    if window.from == window.to {
        reader.mistake(node.place, "the window never opens: it ends when it begins");
    }
    Some(window)
}
