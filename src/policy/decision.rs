//! What was decided, and why, as a value and as a sentence.

use std::{fmt, time::Duration};

use jiff::{Timestamp, Zoned};

use crate::{
    config::{Bound, Condition, Signal, written},
    metrics::{Unknown, Value},
    values::{Money, SizeSlug},
};

/// What is to be done about a machine's size.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Nothing.
    Stay(Hold),
    /// It goes up by a rung.
    Grow(Step),
    /// It goes down by a rung.
    Shrink(Step),
}

/// One rung, and what moves the machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The size it has.
    pub from: SizeSlug,
    /// The size it is to have.
    pub to: SizeSlug,
    /// What moves it.
    pub because: Because,
}

/// A condition, and what was read last.
#[derive(Clone, Debug, PartialEq)]
pub struct Because {
    /// What was read.
    pub signal: Signal,
    /// What it was last.
    pub value: Value,
    /// The bound.
    pub bound: Bound,
    /// How long it has to be beyond it.
    pub held_for: Duration,
}

/// Why a machine stays as it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Hold {
    /// The file says no condition.
    NoRule,
    /// No condition holds.
    Calm(Because),
    /// A condition holds, and not for long enough.
    Briefly(Because),
    /// What a condition asks for is not known.
    Unknown(Signal, Unknown),
    /// A bound is beyond what a histogram can tell.
    BeyondBuckets(Because),
    /// Its size is no rung.
    OffLadder(SizeSlug),
    /// It stands on the highest rung.
    Top(SizeSlug),
    /// It stands on the size the file gives it.
    Bottom(SizeSlug),
    /// The account is not offered the next rung.
    UnknownSize(SizeSlug),
    /// The next rung's disk is smaller than the machine's.
    SmallerDisk(SizeSlug),
    /// Our clock is not the one that wrote the history; seconds.
    Clock(i64),
    /// It rests after the last change.
    Resting(Timestamp),
    /// It was resized this often within this time.
    TooOften(usize, Duration),
    /// The next rung costs more a month than the rule allows.
    TooDear(SizeSlug, Money),
    /// The next rung would take the stack over its budget, by this much a month.
    OverBudget(SizeSlug, Money),
    /// It might be off for longer than the rule allows.
    TooLong(Duration),
    /// It is not the time.
    Closed(Zoned),
    /// It is the time, but not for as long as the machine might be off.
    Closing(Duration),
    /// Nobody knows how much memory the load needs.
    NoProof(Unknown),
    /// Its volume was not copied within a day; when it was last.
    NoCopy(Option<Timestamp>),
    /// The load needs more memory than the lower rung has to spare; MiB.
    NoRoom(SizeSlug, u64),
}

impl Because {
    /// What a condition says of a value.
    pub fn new(condition: &Condition, value: Value) -> Self {
        let Condition { signal, bound, held_for } = condition;
        Self { signal: signal.clone(), value, bound: *bound, held_for: *held_for }
    }
}

impl Decision {
    /// One word for it, as metrics count it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Stay(_) => "stay",
            Self::Grow(_) => "grow",
            Self::Shrink(_) => "shrink",
        }
    }

    /// One word for its reason, as metrics count it.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Grow(_) | Self::Shrink(_) => "held",
            Self::Stay(hold) => hold.word(),
        }
    }

    /// The step to be taken, if there is one.
    pub const fn step(&self) -> Option<&Step> {
        match self {
            Self::Stay(_) => None,
            Self::Grow(step) | Self::Shrink(step) => Some(step),
        }
    }
}

impl Hold {
    /// One word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NoRule => "no-rule",
            Self::Calm(_) => "calm",
            Self::Briefly(_) => "briefly",
            Self::Unknown(..) => "unknown",
            Self::BeyondBuckets(_) => "beyond-buckets",
            Self::OffLadder(_) => "off-ladder",
            Self::Top(_) => "top",
            Self::Bottom(_) => "bottom",
            Self::UnknownSize(_) => "unknown-size",
            Self::SmallerDisk(_) => "smaller-disk",
            Self::Clock(_) => "clock",
            Self::Resting(_) => "resting",
            Self::TooOften(..) => "too-often",
            Self::TooDear(..) => "too-dear",
            Self::OverBudget(..) => "over-budget",
            Self::TooLong(_) => "too-long",
            Self::Closed(_) => "closed",
            Self::Closing(_) => "closing",
            Self::NoProof(_) => "no-proof",
            Self::NoCopy(_) => "no-copy",
            Self::NoRoom(..) => "no-room",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stay(hold) => write!(out, "stays: {hold}"),
            Self::Grow(step) => write!(out, "grows {step}"),
            Self::Shrink(step) => write!(out, "shrinks {step}"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, because } = self;
        let Because { signal, value, bound, held_for } = because;
        let time = written(*held_for);
        write!(out, "from {from} to {to}: {signal} was {bound} for {time} and is {value}")
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRule => out.pad("the file says no condition"),
            Self::Calm(Because { signal, value, bound, .. }) => {
                write!(out, "{signal} is {value}, not {bound}")
            }
            Self::Briefly(Because { signal, value, bound, held_for }) => {
                let time = written(*held_for);
                write!(out, "{signal} is {value}, and was not {bound} for all of {time}")
            }
            Self::Unknown(signal, why) => write!(out, "nobody knows {signal}: {why}"),
            Self::BeyondBuckets(Because { signal, value, bound, .. }) => {
                write!(out, "{signal} is {value}: its buckets never tell what is {bound}")
            }
            Self::OffLadder(size) => write!(out, "{size} is not on the ladder"),
            Self::Top(size) => write!(out, "{size} is the highest rung"),
            Self::Bottom(size) => write!(out, "{size} is the size the file gives it"),
            Self::UnknownSize(size) => write!(out, "{size} is not offered"),
            Self::SmallerDisk(size) => write!(out, "the disk of {size} is smaller than its own"),
            Self::Clock(seconds) => {
                write!(out, "this clock and the account's differ by {seconds} s")
            }
            Self::Resting(until) => write!(out, "it rests until {until:.0}"),
            Self::TooOften(times, span) => {
                write!(out, "it was resized {times} times in {}", written(*span))
            }
            Self::TooDear(size, limit) => {
                write!(out, "{size} costs more than the {limit} a month it may")
            }
            Self::OverBudget(size, by) => {
                write!(out, "{size} would take the stack {by} a month over its budget")
            }
            Self::TooLong(off) => write!(out, "it might be off for {}", written(*off)),
            Self::Closed(opens) => {
                write!(out, "its hours begin {}", opens.strftime("%Y-%m-%d %H:%M %Z"))
            }
            Self::Closing(off) => {
                write!(out, "its hours end before the {} it might be off", written(*off))
            }
            Self::NoProof(why) => {
                write!(out, "nothing proves that its load fits a smaller size: {why}")
            }
            Self::NoCopy(None) => out.pad("its volume has no good snapshot yet"),
            Self::NoCopy(Some(last)) => {
                write!(out, "the last good snapshot of its volume is of {last:.0}")
            }
            Self::NoRoom(size, used_mb) => {
                write!(out, "its load needs {used_mb} MiB, too much for {size}")
            }
        }
    }
}
