//! Infrastructure as code for DigitalOcean droplets.
//!
//! The modules stand in the order of their floors: each uses only those above it in this list.
//! `ARCHITECTURE.md` draws the way of the data through them.

mod values;

mod config;
mod graph;
mod render;
mod resources;

mod components;

mod journal;

pub mod sandbox;
