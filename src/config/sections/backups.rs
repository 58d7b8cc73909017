//! `backups`: whether DigitalOcean backs a machine up, and when.

use crate::{
    config::{
        reader::Reader,
        shape::{FLAG, Field, Shape, optional, required},
        tree::Node,
    },
    values::{BackupPolicy, Weekday},
};

/// What the file says about the backups of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupsSpec {
    /// Nothing.
    Unsaid,
    /// There are to be none.
    Off,
    /// There are to be some; without a policy, when DigitalOcean likes.
    On(Option<BackupPolicy>),
}

/// The field of a machine's section.
pub const FIELD: Field = optional(
    "backups",
    &Shape::Either(&POLICY, &FLAG),
    "Whether DigitalOcean backs the machine's disk up, for a fifth of its price weekly and three tenths daily.",
);

const POLICY: Shape = Shape::Record(&[
    required("plan", &Shape::Word(&["daily", "weekly"]), "How often."),
    optional(
        "weekday",
        &Shape::Word(&["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
        "The day of weekly backups; sun unless given.",
    ),
    optional(
        "hour",
        &Shape::Whole(0, 20),
        "When they begin, in UTC: 0, 4, 8, … 20; 0 unless given.",
    ),
]);

/// Reads the field of a machine's section.
pub fn read(droplet: &Node, reader: &mut Reader<'_>) -> BackupsSpec {
    let Some(node) = droplet.get(FIELD.name) else { return BackupsSpec::Unsaid };
    let Some(plan) = node.get("plan").and_then(Node::text) else {
        return match node.text() {
            Some("true") => BackupsSpec::On(None),
            Some(_) => BackupsSpec::Off,
            None => BackupsSpec::Unsaid,
        };
    };
    if let Some(entry) = node.entry("weekday").filter(|_| plan == "daily") {
        reader.mistake(entry.place, "daily backups have no `weekday`");
    }
    let weekday = node.get("weekday").and_then(Node::text).and_then(Weekday::parse);
    let hour = node.get("hour").and_then(Node::whole).and_then(|hour| u8::try_from(hour).ok());
    let policy = BackupPolicy::of(plan, weekday.unwrap_or(Weekday::Sun), hour.unwrap_or_default());
    let place = node.get("hour").map_or(node.place, |hour| hour.place);
    reader.keep(place, policy).map_or(BackupsSpec::Unsaid, BackupsSpec::On)
}
