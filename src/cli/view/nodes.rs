//! Machines and how they are, as a table.

use std::fmt::Write as _;

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::{
    cli::view::style,
    probe::{Disk, Health, Service, State},
    resources::{LiveDroplet, Status},
    values::{Address, Money},
};

/// A machine and how it is.
#[derive(Clone, Debug, Serialize)]
pub struct Node {
    /// Its place in the stack.
    pub address: Address,
    /// What it is called at DigitalOcean.
    pub name: String,
    /// What the account says of it, if it is there.
    pub droplet: Option<LiveDroplet>,
    /// What it costs a month, with its volume and its addresses.
    pub monthly: Money,
    /// How it is, as it tells itself.
    pub state: Option<State>,
    /// Why it does not tell.
    pub silent: Option<String>,
}

/// From how full a disk on it is worth a colour: at 90 of a hundred Weaviate takes no more data
/// (its `DISK_USE_READONLY_PERCENTAGE`).
const FULL: u64 = 80;

/// How many days before its end a certificate is worth a colour: an authority's is renewed before.
const SOON: i64 = 20;

/// Each machine in a line, and below it what it tells.
pub fn table(nodes: &[Node]) -> String {
    let mut text = String::new();
    for node in nodes {
        let heading = format!("{}  {}", node.address, node.name);
        let _ = writeln!(text, "{}", style::heading(&heading));
        match &node.droplet {
            Some(droplet) => machine(node, droplet, &mut text),
            None => text.push_str("  is not there: `dostack up` makes it\n"),
        }
        if let Some(state) = &node.state {
            told(state, &mut text);
        }
        if let Some(why) = &node.silent {
            let _ = writeln!(text, "  {}: {why}", style::warning("does not tell"));
        }
    }
    let all: Money = nodes.iter().map(|node| node.monthly).sum();
    let _ = writeln!(text, "{} with what belongs to them: {all} a month.", counted(nodes));
    text
}

fn counted(nodes: &[Node]) -> String {
    match nodes.len() {
        1 => "1 machine".to_owned(),
        count => format!("{count} machines"),
    }
}

fn machine(node: &Node, droplet: &LiveDroplet, text: &mut String) {
    let status = match droplet.status {
        Status::Active => style::good("active"),
        Status::New => style::warning("new"),
        Status::Off | Status::Archive | Status::Other(_) => {
            style::error(&droplet.status.to_string())
        }
    };
    let ip = droplet.public_ip.map(|ip| format!("  {ip}")).unwrap_or_default();
    let _ = writeln!(text, "  {status}  {}{ip}  {} a month", droplet.size, node.monthly);
}

/// What a machine tells of itself.
fn told(state: &State, text: &mut String) {
    let mut parts = vec![format!("up {}", length(state.up_seconds))];
    parts.extend(state.memory.map(|memory| {
        let used = memory.total_kb.saturating_sub(memory.available_kb);
        format!("memory {} of {}", gigabytes(used), gigabytes(memory.total_kb))
    }));
    parts.extend(state.disks.iter().map(disk));
    let _ = writeln!(text, "  {}", parts.join("  "));
    services(&state.services, text);
    for certificate in &state.certificates {
        let days = certificate.days;
        let line = match days {
            ..0 => style::error(&format!("certificate of {} has ended", certificate.project)),
            0..SOON => style::warning(&format!("certificate ends in {days} days")),
            _ => format!("certificate ends in {days} days"),
        };
        let _ = writeln!(text, "  {line}");
    }
    for trouble in &state.troubles {
        let _ = writeln!(text, "  {}: {trouble}", style::warning("trouble"));
    }
}

fn services(services: &[Service], text: &mut String) {
    let name = |service: &Service| format!("{}/{}", service.project, service.name);
    let names = services.iter().map(|service| name(service).width()).max().unwrap_or_default();
    let images = services.iter().map(|service| short(&service.image).width()).max();
    let images = images.unwrap_or_default();
    for service in services {
        let word = match service.health {
            Health::Healthy => style::good("healthy  "),
            Health::Running => style::good("running  "),
            Health::Starting => style::warning("starting "),
            Health::Unhealthy => style::error("unhealthy"),
            Health::Stopped => style::error("stopped  "),
        };
        let (name, image, status) = (name(service), short(&service.image), &service.status);
        let status = style::faint(status);
        let _ = writeln!(text, "  {word}  {name:<names$}  {image:<images$}  {status}");
    }
}

/// An image without where it comes from.
fn short(image: &str) -> &str {
    image.rsplit_once('/').map_or(image, |(_, name)| name)
}

fn disk(disk: &Disk) -> String {
    let percent = disk.used_kb * 100 / disk.total_kb.max(1);
    let text = format!("{} {percent} % of {}", disk.mount, gigabytes(disk.total_kb));
    if percent < FULL { text } else { style::warning(&text) }
}

/// KiB as GB, with a digit where it is little.
fn gigabytes(kilobytes: u64) -> String {
    let tenths = kilobytes * 1024 / 100_000_000;
    match tenths {
        0..100 => format!("{}.{} GB", tenths / 10, tenths % 10),
        _ => format!("{} GB", tenths / 10),
    }
}

/// Seconds in the largest unit that fits.
fn length(seconds: u64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "min")];
    match units.iter().find(|(size, _)| seconds >= *size) {
        Some((size, unit)) => format!("{} {unit}", seconds / size),
        None => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, gigabytes, length, table};
    use crate::{
        probe::{Certificate, Disk, Health, Memory, Service, State},
        values::{Address, ComponentName, Money},
    };

    fn service(name: &str, health: Health, status: &str) -> Service {
        Service {
            project: "app".to_owned(),
            name: name.to_owned(),
            image: format!("docker.io/library/{name}:1.30"),
            health,
            status: status.to_owned(),
        }
    }

    fn node(component: &str, state: Option<State>) -> Node {
        Node {
            address: Address::component(ComponentName::parse(component).unwrap()),
            name: format!("core-dev-{component}"),
            droplet: None,
            monthly: Money::dollars(12.0),
            state,
            silent: None,
        }
    }

    #[test]
    fn a_machine_shows_what_it_tells() {
        let disk =
            |mount: &str, used_kb| Disk { mount: mount.to_owned(), total_kb: 160_000_000, used_kb };
        let certificate = |days| Certificate { project: "app".to_owned(), days };
        let state = State {
            up_seconds: 4000,
            memory: Some(Memory { total_kb: 8_000_000, available_kb: 5_000_000 }),
            disks: vec![disk("/", 16_000_000), disk("/mnt/data", 140_000_000)],
            services: vec![
                service("nginx", Health::Healthy, "Up 2 hours (healthy)"),
                service("postgres", Health::Stopped, "Exited (1) 2 seconds ago"),
            ],
            certificates: vec![certificate(89), certificate(3), certificate(-1)],
            troubles: vec!["docker does not answer".to_owned()],
        };
        let silent = Some("cannot connect".to_owned());
        let silent = Node { silent, ..node("vector", None) };
        let all = [node("app", Some(state)), silent, node("web", None)];
        let plain = anstream::adapter::strip_str(&table(&all)).to_string();
        insta::assert_snapshot!(plain, @"
        app  core-dev-app
          is not there: `dostack up` makes it
          up 1 h  memory 3.0 GB of 8.1 GB  / 10 % of 163 GB  /mnt/data 87 % of 163 GB
          healthy    app/nginx     nginx:1.30     Up 2 hours (healthy)
          stopped    app/postgres  postgres:1.30  Exited (1) 2 seconds ago
          certificate ends in 89 days
          certificate ends in 3 days
          certificate of app has ended
          trouble: docker does not answer
        vector  core-dev-vector
          is not there: `dostack up` makes it
          does not tell: cannot connect
        web  core-dev-web
          is not there: `dostack up` makes it
        3 machines with what belongs to them: $36.00 a month.
        ");
    }

    #[test]
    fn lengths_and_sizes_are_short() {
        assert_eq!([length(59), length(3600), length(200_000)], ["59 s", "1 h", "2 d"]);
        assert_eq!([gigabytes(500_000), gigabytes(160_000_000)], ["0.5 GB", "163 GB"]);
    }
}
