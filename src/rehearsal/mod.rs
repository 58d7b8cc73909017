//! What benchmarks measure, without a wire: planning, and posts to the daemon.

mod planning;

pub use self::planning::Rehearsal;
pub use crate::operate::serve::Posts;
