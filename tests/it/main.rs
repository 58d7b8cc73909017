//! One binary for every test that drives the program or the sandbox from outside.
#![expect(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

mod adoption;
mod backups;
mod calls;
mod clients;
mod commands;
mod faults;
mod interrupted;
mod mistakes;
mod page;
mod project;
mod purge;
mod random;
mod renamed;
mod render;
mod replaced;
mod reserved_ip;
mod sandbox;
mod session;
mod snapshots;
mod stacks;
mod support;
mod unknowns;
mod wire;
