//! Infrastructure as code for DigitalOcean droplets.
//!
//! The modules stand in the order of their floors: each uses only those above it in this list.
//! `ARCHITECTURE.md` draws the way of the data through them.

mod values;

mod config;
mod digitalocean;
mod graph;
mod metrics;
mod render;
mod resources;
mod secrets;
mod ssh;

mod components;
mod inventory;

mod calendar;
mod policy;
mod readings;

mod picture;
mod software;

mod matrix;

mod plan;

mod journal;

mod apply;
mod lock;
mod probe;
mod provision;

mod engine;
mod purge;

mod operate;

pub mod rehearsal;
pub mod sandbox;

pub mod cli;
