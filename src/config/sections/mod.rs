//! The sections of a stack file: each with its type, its shape, and how it is read.

pub mod adopt;
pub mod alerts;
pub mod backups;
pub mod budget;
pub mod condition;
pub mod dns;
pub mod droplet;
pub mod firewall;
pub mod home;
pub mod ladder;
pub mod metrics;
pub mod monitoring;
pub mod orchestrator;
pub mod postgres;
pub mod probes;
pub mod project;
pub mod reserved_ip;
pub mod resize;
pub mod runtime;
pub mod secrets;
pub mod snapshots;
pub mod ssh;
pub mod volume;
pub mod vpc;
pub mod weaviate;
pub mod web;
