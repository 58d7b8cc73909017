//! One run at a time, from any machine.
//!
//! The lock is a firewall of the account that covers nothing and is called `dostack-lock-<stack>`:
//! DigitalOcean has no compare-and-set, but it refuses a second firewall of one name. Who holds it
//! is written in its rules. It is a courtesy to people: nothing is ever doubled without it either.

mod claim;
mod error;
mod holder;
mod taking;
mod verdict;

use std::time::Duration;

pub use self::claim::Claim;
pub use self::error::LockError;
pub use self::holder::Holder;
pub use self::taking::{Held, Taking, acquire, find, unlock};

/// How long a claim holds without being renewed.
pub const LEASE: Duration = Duration::from_mins(15);

/// How often a claim is renewed.
pub const RENEWAL: Duration = Duration::from_mins(5);

#[cfg(test)]
mod tests;
