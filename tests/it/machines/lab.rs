//! A project of its own with machines behind its droplets.

use crate::support::{
    env::{Env, SPEED},
    machine::Hall,
    sshd::new_key,
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
    new_key(&env.path("home/.ssh/own"), "ops", "");
    env.set("ORG_WEAVIATE_API_KEY", "first-key");
    env.set("ORG_POSTGRES_PW", "pass'word $1");
    let hall = Hall::open(env.cloud(), names, &env.read("home/.ssh/own.pub"));
    (env, hall)
}

/// What the Postgres of the component `app` answers on this machine.
pub fn sql(hall: &Hall, machine: &str, statement: &str) -> String {
    let psql = "docker exec -u postgres app-postgres-1 psql -qtA -d orchestrator -c";
    hall.run(machine, &format!("{psql} \"{statement}\"")).trim().to_owned()
}
