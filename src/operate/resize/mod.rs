//! Machines that grow and shrink: what is read, what is decided, what is done.
//!
//! A resize is a plan of one step, carried out as every plan is: under the stack's lock, with a
//! journal, and with a debt in the account before anything is off. Before it come the debts that
//! earlier runs left, and a look at everything that can be known to fail while the machine is on.

mod explain;
mod guard;
mod preflight;
mod prepare;
mod reconcile;
mod report;

pub use self::{
    explain::{Explained, Watched, explain},
    guard::{Debtor, debtors, pay},
    prepare::{Errand, ResizeError, named, owed, prepare, propose, rule, scheduled},
    reconcile::{Health, Means, reconcile},
    report::{Decided, Done, Report},
};
