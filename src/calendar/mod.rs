//! Which nights a volume is copied in, and which copies stay: pure.
//!
//! A night is a [`Slot`]: one moment in UTC, found from the wall clock of the policy's time zone. The
//! slot is in the copy's name, and DigitalOcean refuses a second snapshot of one name, so neither a
//! crash nor a second daemon makes two of a night.
//!
//! ```text
//! policy + copies + now -> night   -> the slot to take now, the nights that were missed
//! policy + copies + now -> pruning -> why each copy stays, or that it goes
//! ```

mod copy;
mod night;
mod pruning;
mod retention;
mod schedule;
mod slot;

pub use self::{
    copy::{Copy, Standing},
    night::night,
    pruning::{Fate, Pruning, Wait, pruning},
    retention::{Rule, most, retain},
    schedule::Schedule,
    slot::Slot,
};

#[cfg(test)]
mod tests;
