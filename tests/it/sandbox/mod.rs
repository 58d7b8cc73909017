//! The sandbox as its callers meet it: over HTTP, with the clock in the test's hands.

mod account;
mod droplets;
mod support;
