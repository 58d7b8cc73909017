//! What belongs on the machines: files, services, and what has to be there before they start.
//!
//! A component's software is one compose project in a folder of its own, so that several components
//! can share a machine. It is a pure function of the stack, the templates and what only the account
//! knows of a machine: its size and its addresses. Secrets are named, never held.

mod acme;
mod alerts;
mod app;
mod cache;
mod files;
mod host;
mod langfuse;
mod mcp;
mod monitoring;
mod needs;
mod neighbours;
mod nginx;
mod pool;
mod postgres;
mod runtime;
mod targets;
mod tuning;
mod vector;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    config::{Component, Stack},
    render::{RenderError, Templates},
    values::Address,
};

pub use self::{
    files::{Content, File, Generated, PROGRAM_VERSION, Value},
    host::{Host, Hosts, by_name as size_by_name, rehearsed, shared},
    pool::port as database_port,
};

/// The folder on a machine that holds a folder for each component.
pub const ROOT: &str = "/opt/dostack";

/// A component's software on one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The component, or one of several.
    pub component: Address,
    /// Its files by their names in the component's folder.
    pub files: BTreeMap<String, File>,
    /// Its services by name.
    pub services: BTreeMap<String, Service>,
    /// Folders for the services' data, and who owns them.
    pub data: BTreeSet<DataFolder>,
}

/// A service of a compose project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// The files it reads when it starts: it is started anew when one of them changes.
    pub inputs: BTreeSet<String>,
    /// Whether it may ask services of other machines for something, and so comes up after them.
    pub asks_others: bool,
}

impl Service {
    /// One that needs nothing of another machine.
    pub const fn own(inputs: BTreeSet<String>) -> Self {
        Self { inputs, asks_others: false }
    }

    /// A program of the user's, of which nobody knows what it asks.
    pub const fn of_the_user(inputs: BTreeSet<String>) -> Self {
        Self { inputs, asks_others: true }
    }
}

/// A folder for data, made before anything starts; what is in it is never touched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataFolder {
    /// Its whole path.
    pub path: String,
    /// The user and the group it belongs to, by number, inside and outside of the container.
    pub owner: (u32, u32),
    /// Its mode.
    pub mode: u32,
}

/// The software of every machine that is there; a component without software has none.
pub fn bundles(
    stack: &Stack,
    templates: &Templates,
    hosts: &Hosts,
) -> Result<Vec<Bundle>, RenderError> {
    let mut all = Vec::new();
    for (name, component) in &stack.components {
        let address = Address::component(name.clone());
        let Some(host) = hosts.get(&address) else { continue };
        let place = Place { address: &address, host, hosts, stack, templates };
        all.extend(match component {
            Component::VectorDroplet(vector) => Some(vector::bundle(&place, vector)?),
            Component::AppStack(app) => Some(app::bundle(&place, app)?),
            Component::MicroCache(cache) => Some(cache::bundle(&place, cache)?),
            Component::NetworkFirewall(_) | Component::Droplet(_) => None,
        });
    }
    Ok(all)
}

/// What is run in a service each time it serves after it was started anew, as arguments of `docker
/// compose exec`; nothing for most.
pub fn afterwards(service: &str) -> Option<&'static [&'static str]> {
    (service == "postgres").then_some(postgres::AFTERWARDS)
}

/// Where a bundle goes, and what it is made from.
struct Place<'a> {
    address: &'a Address,
    host: &'a Host,
    hosts: &'a Hosts,
    stack: &'a Stack,
    templates: &'a Templates,
}

impl Place<'_> {
    /// The name of the compose project, and of the component's folder.
    fn project(&self) -> String {
        self.address.owner().to_string()
    }

    /// The whole path of one of the component's files.
    fn path(&self, file: &str) -> String {
        format!("{ROOT}/{}/{file}", self.project())
    }

    /// What compose fills in: the address that ports open on.
    fn addresses(&self) -> File {
        File::text(format!("BIND_IP={}\n", self.private_ip()))
    }

    /// The machine's address in the private network; empty while it has none.
    fn private_ip(&self) -> String {
        self.host.private_ip.map(|ip| ip.to_string()).unwrap_or_default()
    }

    /// Where a service keeps its data: on the volume, or on the machine's own disk.
    fn data(&self, service: &str) -> String {
        match &self.host.mount {
            Some(mount) => format!("{mount}/{service}"),
            None => format!("/var/lib/dostack/{}/{service}", self.project()),
        }
    }
}

#[cfg(test)]
mod tests;
