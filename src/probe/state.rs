//! How a machine is: its memory, its disks, its services and its certificates.

use std::time::Duration;

use futures_util::future::join_all;
use serde::Serialize;

use crate::ssh::{Command, Remote};

/// The script that tells.
const SCRIPT: &str = include_str!("state.sh");

/// How long it may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// How a machine is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// Seconds since it started.
    pub up_seconds: u64,
    /// KiB of memory, and how many of them are free for programs.
    pub memory: Option<Memory>,
    /// Its own disk, and its volumes.
    pub disks: Vec<Disk>,
    /// Its containers.
    pub services: Vec<Service>,
    /// Its certificates.
    pub certificates: Vec<Certificate>,
    /// What keeps it from telling more.
    pub troubles: Vec<String>,
}

/// Memory, in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// All of it.
    pub total_kb: u64,
    /// What programs can have.
    pub available_kb: u64,
}

/// A file system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disk {
    /// Where it is mounted.
    pub mount: String,
    /// KiB of it.
    pub total_kb: u64,
    /// KiB of it that are taken.
    pub used_kb: u64,
}

/// A service in its container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// The compose project it belongs to: the component.
    pub project: String,
    /// Its name there.
    pub name: String,
    /// Its image, which tells its version.
    pub image: String,
    /// How it is.
    pub health: Health,
    /// How it is in Docker's words, as `Up 3 hours (healthy)`.
    pub status: String,
}

/// How a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// It serves.
    Healthy,
    /// It runs, and nobody checks its health.
    Running,
    /// It has just started.
    Starting,
    /// It runs and does not serve.
    Unhealthy,
    /// It does not run.
    Stopped,
}

/// A certificate of the web server's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// The component it belongs to.
    pub project: String,
    /// Whole days until it ends; less than none when it has.
    pub days: i64,
}

/// Asks every machine how it is, all of them at once; one that does not answer is told by why.
pub async fn states<R: Remote>(machines: &[Result<&R, String>]) -> Vec<Result<State, String>> {
    join_all(machines.iter().map(state)).await
}

async fn state<R: Remote>(machine: &Result<&R, String>) -> Result<State, String> {
    let machine = machine.as_ref().map_err(Clone::clone)?;
    let output = machine.run(&Command::new(SCRIPT).within(DEADLINE)).await;
    let output = output.map_err(|error| error.to_string())?;
    let state = read(&output.text());
    if state == State::default() { Err(output.complaint()) } else { Ok(state) }
}

/// Reads what the script says; a line that is none of its own is left out.
fn read(said: &str) -> State {
    let mut state = State::default();
    for line in said.lines() {
        let _: Option<()> = take(&line.split('\t').collect::<Vec<_>>(), &mut state);
    }
    state
}

fn take(parts: &[&str], state: &mut State) -> Option<()> {
    match *parts {
        ["up", seconds] => state.up_seconds = seconds.parse().ok()?,
        ["memory", total, available] => {
            let (total_kb, available_kb) = (total.parse().ok()?, available.parse().ok()?);
            state.memory = Some(Memory { total_kb, available_kb });
        }
        ["disk", mount, total, used] => state.disks.push(Disk {
            mount: mount.to_owned(),
            total_kb: total.parse().ok()?,
            used_kb: used.parse().ok()?,
        }),
        ["service", project, name, image, now, status] => state.services.push(Service {
            project: project.to_owned(),
            name: name.to_owned(),
            image: image.to_owned(),
            health: health(now, status),
            status: status.to_owned(),
        }),
        ["certificate", project, days] => {
            let days = days.parse().ok()?;
            state.certificates.push(Certificate { project: project.to_owned(), days });
        }
        ["trouble", what] => state.troubles.push(what.to_owned()),
        _ => {}
    }
    state
        .services
        .sort_by(|one, other| (&one.project, &one.name).cmp(&(&other.project, &other.name)));
    Some(())
}

/// What Docker's words for a container mean (docs: `docker ps`).
fn health(now: &str, status: &str) -> Health {
    if now != "running" {
        Health::Stopped
    } else if status.contains("(healthy)") {
        Health::Healthy
    } else if status.contains("(unhealthy)") {
        Health::Unhealthy
    } else if status.contains("(health: starting)") {
        Health::Starting
    } else {
        Health::Running
    }
}

#[cfg(test)]
mod tests {
    use super::{Certificate, Disk, Health, Memory, read};

    #[test]
    fn a_machine_tells_how_it_is() {
        let state = read(
            "up\t4000\nmemory\t8000000\t5000000\ndisk\t/\t100\t40\nrubbish\n\
             service\tvector\tweaviate\tcr.weaviate.io/a:1.30.23\trunning\tUp 2 hours (healthy)\n\
             service\tvector\tagents\tpython:3.12\trestarting\tRestarting (1) 2 seconds ago\n\
             certificate\tapp\t-2\ntrouble\tdocker does not answer\n",
        );
        assert_eq!(state.up_seconds, 4000);
        assert_eq!(state.memory, Some(Memory { total_kb: 8_000_000, available_kb: 5_000_000 }));
        assert_eq!(state.disks, [Disk { mount: "/".to_owned(), total_kb: 100, used_kb: 40 }]);
        let services = state.services.iter().map(|it| (it.name.as_str(), it.health));
        let wanted = [("agents", Health::Stopped), ("weaviate", Health::Healthy)];
        assert_eq!(services.collect::<Vec<_>>(), wanted);
        assert_eq!(state.certificates, [Certificate { project: "app".to_owned(), days: -2 }]);
        assert_eq!(state.troubles, ["docker does not answer"]);
    }

    #[test]
    fn health_is_what_docker_says() {
        for (status, health) in [
            ("Up 2 hours", Health::Running),
            ("Up 2 seconds (health: starting)", Health::Starting),
            ("Up 2 hours (unhealthy)", Health::Unhealthy),
        ] {
            assert_eq!(super::health("running", status), health, "{status}");
        }
        assert_eq!(super::health("exited", "Exited (0) 2 hours ago"), Health::Stopped);
    }
}
