//! The sandbox as its callers meet it: over HTTP, with the clock in the test's hands.

mod access;
mod account;
mod alerts;
mod associated;
mod calls;
mod complete;
mod domains;
mod droplet_actions;
mod droplets;
mod faults;
mod firewalls;
mod images;
mod kept;
mod machines;
mod odd;
mod projects;
mod reserved_ips;
mod snapshots;
mod state;
mod support;
mod tags;
mod unknowns;
mod volumes;
mod vpcs;
