//! Day two: sizes that follow readings, copies by night, and the daemon that sees to both.

pub mod resize;
pub mod serve;
pub mod snapshots;
