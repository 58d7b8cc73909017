//! The difference between what is wanted and what there is, as steps that leave no choice.
//!
//! A plan is a pure function of the wanted graph, the inventory and what was asked. It says of
//! each step what changes, why, what it waits for, whether it can be undone, how long something is
//! off, and what the month costs; and it says what it refuses, and with which exit code.

mod action;
mod adoption;
mod check;
mod diff;
mod doubt;
mod judge;
mod network;
mod note;
mod power;
mod quota;
mod release;
mod removal;
mod replacement;
mod size;
mod step;
mod target;
mod wait;

pub use self::action::Action;
pub use self::check::{Flaw, check};
pub use self::diff::{Asked, NewData, Purpose, diff};
pub use self::judge::OUTAGE;
pub use self::note::{Copies, Kept, Note, Refusal, Refused};
pub use self::power::{resize, switch_on};
pub use self::release::{Marking, Release, Unmarking};
pub use self::replacement::{Replacement, Succeed, Successor};
pub use self::size::size_refusal;
pub use self::step::{
    Deletion, DropletUpdate, Plan, PowerCycle, Reason, Step, Undo, Update, VolumeUpdate, Work,
};

#[cfg(test)]
mod tests;
