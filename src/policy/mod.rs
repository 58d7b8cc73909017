//! What readings mean for a machine's size: pure decisions, each with its reason.
//!
//! What is not known moves nothing. A machine grows when its condition has held for as long as the
//! file asks, and shrinks when the other one has and the load is proven to fit; by one rung, after
//! a rest, in its hours, within what it may cost, and never so often that it flaps.

mod condition;
mod decide;
mod decision;
mod history;
mod presence;
mod room;
mod window;

#[cfg(test)]
mod tests;

pub use self::{
    condition::{Held, held},
    decide::{Copies, Known, Rule, decide},
    decision::{Because, Decision, Hold},
    history::{History, Resized},
    presence::{CALM, Choice, Presence, presence},
    window::{Hours, hours},
};
