//! A typed client of the DigitalOcean API; it knows no stacks.
//!
//! Every call leaves through `request`: it passes the `gate` (calls a minute), goes out once over
//! `transport`, and `retry` decides what its answer means. Reads, replacements and deletions are
//! repeated until patience ends; a create is never sent twice after its answer was lost, its caller
//! looks it up. A family of endpoints is one file: its wire types and its calls.

mod answer;
mod call;
mod client;
mod dice;
mod envelope;
mod error;
mod gate;
mod pages;
mod request;
mod retry;
mod settings;
mod transport;
mod wire;

pub mod account;
pub mod actions;
pub mod alerts;
pub mod backups;
pub mod domains;
pub mod droplets;
pub mod firewalls;
pub mod images;
pub mod keys;
pub mod metadata;
pub mod projects;
pub mod records;
pub mod regions;
pub mod reserved_ips;
pub mod sizes;
pub mod snapshots;
pub mod tags;
pub mod volumes;
pub mod vpcs;

pub use client::{Client, install_cryptography};
pub use error::ApiError;
pub use settings::{BuildError, Pace, Settings};

#[cfg(test)]
pub use call::{Call, Method};
#[cfg(test)]
pub use settings::{Exchange, Recorder};

#[cfg(test)]
mod tests;
