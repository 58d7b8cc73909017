//! What in an account belongs to no stack: told with its age and price, deleted when it is named.
//!
//! ```text
//! account -> survey -> Survey -> things -> Thing… -> choose -> remove
//! ```
//!
//! Nothing of a stack is touched, so no stack's lock is taken; and nothing is made, so there is
//! nothing a killed run could make twice and nothing a journal would have to remember. What is
//! deleted is gone at DigitalOcean, and a second run does not find it any more.

mod choice;
mod error;
mod removal;
mod survey;
mod thing;
mod things;

pub use self::choice::choose;
pub use self::error::PurgeError;
pub use self::removal::{Ending, remove};
pub use self::survey::{Survey, survey};
pub use self::thing::{Group, Key, Sort, Standing, Thing, groups};
pub use self::things::things;

#[cfg(test)]
mod tests;
