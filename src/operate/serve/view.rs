//! How a stack is, as values for people: what the page shows, whoever found it out.

use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use crate::values::Money;

/// A stack at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Its picture, as SVG.
    pub picture: String,
    /// What it costs a month.
    pub monthly: Money,
    /// Its machines.
    pub machines: Vec<Machine>,
    /// Machines that must be on again.
    pub debts: Vec<Debt>,
    /// What was copied of each volume.
    pub calendars: Vec<Calendar>,
    /// What comes next, the soonest first.
    pub upcoming: Vec<Upcoming>,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Its place in the stack.
    pub address: String,
    /// What it is called at DigitalOcean.
    pub name: String,
    /// `active`, say.
    pub state: String,
    /// Whether that is as it should be.
    pub tone: Tone,
    /// Its size.
    pub size: String,
    /// What it costs a month, with what belongs to it.
    pub monthly: Money,
    /// Its last readings, a line each.
    pub readings: Vec<String>,
}

/// A colour with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// As it should be.
    Good,
    /// On its way.
    Busy,
    /// Went wrong.
    Bad,
    /// At rest.
    Off,
}

/// A machine that must be on again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Debt {
    /// Which.
    pub machine: String,
    /// The size it was to get.
    pub size: String,
    /// Until when.
    pub deadline: Timestamp,
}

/// What was copied of a volume, a night a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Calendar {
    /// Which volume.
    pub volume: String,
    /// How many copies there are, and of how many.
    pub told: String,
    /// The nights, the earliest first.
    pub nights: Vec<Night>,
}

/// A night in which a volume was to be copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Night {
    /// Its date, where the schedule's clock is.
    pub date: Date,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// Its copy is there.
    Kept,
    /// Its copy made room for newer ones.
    Pruned,
    /// It has none, and should have.
    Missed,
    /// It has not come yet, or its copy is being taken.
    Open,
}

/// Something that is to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Upcoming {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: String,
}
