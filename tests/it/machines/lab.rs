//! A project of its own with machines behind its droplets.

use std::process::Command;

use crate::support::{
    env::{Env, SPEED},
    machine::Hall,
};

/// A project with a key of its own, this stack and values for its secrets, and machines for droplets
/// of these names.
pub fn lab(stack: &str, names: &[&str]) -> (Env, Hall) {
    lab_at(SPEED, stack, names)
}

/// The same where time runs so many times faster than at DigitalOcean: machines take their own time,
/// and what waits for one that was just made waits by that clock.
pub fn lab_at(speed: u32, stack: &str, names: &[&str]) -> (Env, Hall) {
    let mut env = Env::at_speed(speed);
    env.stack(stack);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "ops", "-f"])
        .arg(env.path("home/.ssh/own"))
        .status()
        .unwrap();
    assert!(made.success());
    env.set("ORG_WEAVIATE_API_KEY", "first-key");
    env.set("ORG_POSTGRES_PW", "pass'word $1");
    let hall = Hall::open(env.cloud(), names, &env.read("home/.ssh/own.pub"));
    (env, hall)
}
