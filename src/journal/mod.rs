//! What a run set out to do, on disk before it does it.
//!
//! One file a stack, `.dostack/<stack>/journal.jsonl`: a record a line, only ever appended, each on
//! disk before its `append` returns. Every line carries a hash over itself and the line before, so
//! that a changed byte is found; a line torn by a crash is dropped. The account remains the state:
//! without its journal a stack loses its history and nothing else.

mod append;
mod chain;
mod error;
mod file;
mod history;
mod open_ends;
mod read;
mod record;

use std::sync::Arc;

use jiff::Timestamp;

pub use self::append::Journal;
pub use self::chain::{Link, encode as chained};
pub use self::error::JournalError;
pub use self::history::{Run, history};
pub use self::open_ends::{OpenDebt, OpenIntent};
pub use self::record::{Entry, Record, Via};

/// Tells the time of day.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The file's name in the stack's folder.
pub const FILE: &str = "journal.jsonl";

/// The version of the file's form; a journal of a later one is refused.
const VERSION: u32 = 1;

#[cfg(test)]
pub use self::chain::decode as unchained;

#[cfg(test)]
mod tests;
