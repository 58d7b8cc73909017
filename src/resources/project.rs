//! Projects, and what is put into one.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    resources::{Effect, FieldChange},
    values::{Address, DomainName, Environment, ProjectName},
};

/// A project that is to exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Project {
    /// Unique in the account.
    pub name: ProjectName,
    /// What it is for; as it is where the file does not say.
    pub purpose: Option<String>,
    /// How serious it is; as it is where the file does not say.
    pub environment: Option<Environment>,
    /// The stack's mark, kept in the description.
    pub mark: String,
}

/// A project that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveProject {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description, which holds the mark.
    pub description: String,
    /// What it is for.
    pub purpose: String,
    /// How serious it is, in DigitalOcean's word.
    pub environment: String,
    /// Whether what is new comes here.
    pub is_default: bool,
    /// What is in it, by URN.
    pub members: BTreeSet<String>,
}

impl Project {
    /// What DigitalOcean is told where the file says nothing.
    pub const PURPOSE: &'static str = "Service or API";

    /// The fields that differ; what the file does not say may be anything.
    pub fn diff(&self, live: &LiveProject) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        let mut compare = |field: &str, before: &str, after: &str| {
            if before != after {
                changes.push(FieldChange::new(field, &before, &after, Effect::InPlace));
            }
        };
        compare("name", &live.name, self.name.as_str());
        if let Some(purpose) = &self.purpose {
            compare("purpose", &live.purpose, purpose);
        }
        if let Some(environment) = self.environment {
            compare("environment", &live.environment, environment.for_api());
        }
        changes
    }
}

/// Things of the stack's that are to be in its project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Membership {
    /// The project's name.
    pub name: ProjectName,
    /// The project's address.
    pub project: Address,
    /// What is to be in it.
    pub members: BTreeSet<Member>,
}

/// Something that can be in a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Member {
    /// A machine.
    Droplet(Address),
    /// A volume.
    Volume(Address),
    /// A reserved IP.
    ReservedIp(Address),
    /// The stack's domain.
    Domain(DomainName),
}

/// The names of things across kinds (API description: `urn`).
pub mod urn {
    use std::fmt::Display;

    /// A droplet's.
    pub fn droplet(id: u64) -> String {
        format!("do:droplet:{id}")
    }

    /// A volume's.
    pub fn volume(id: &str) -> String {
        format!("do:volume:{id}")
    }

    /// A reserved IP's, which goes by the name reserved IPs once had.
    pub fn reserved_ip(ip: impl Display) -> String {
        format!("do:floatingip:{ip}")
    }

    /// A domain's.
    pub fn domain(name: &str) -> String {
        format!("do:domain:{name}")
    }
}
