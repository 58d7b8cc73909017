//! Whole runs against a sandbox, and the executor with a crew of its own.

mod adoption;
mod bed;
mod executor;
mod faults;
mod killed;
mod replacement;
mod reserved_ip;
mod resize;
mod whole;
