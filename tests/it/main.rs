//! One binary for every test that drives the program or the sandbox from outside.
#![expect(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

mod adoption;
mod alerts;
mod backups;
mod calls;
mod clients;
mod commands;
mod faults;
mod init;
mod interrupted;
mod machines;
mod mistakes;
mod page;
mod picture;
mod probe;
mod project;
mod provision;
mod purge;
mod random;
mod renamed;
mod render;
mod replaced;
mod reserved_ip;
mod resize;
mod sandbox;
mod secrets;
mod serve;
mod session;
mod shell;
mod snapshots;
mod ssh;
mod stacks;
mod support;
mod terminal;
mod unknowns;
mod wire;
