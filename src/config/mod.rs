//! What the user wrote, and whether it can be meant.
//!
//! A text becomes a tree in which every value knows its place (`yaml`, `tree`); files that extend
//! each other become one tree (`extends`), its variables are filled (`variables`), its shape is
//! checked (`shape`), and its sections are read into types that cannot be wrong (`sections`,
//! `kinds`, `stack`). Nothing stops at the first mistake.

mod claims;
mod extends;
mod images;
mod kinds;
mod outputs;
mod ports;
mod reader;
mod report;
mod schema;
mod sections;
mod shape;
mod sharing;
mod signals;
mod source;
mod stack;
mod support;
mod template;
mod time;
mod tree;
mod variables;
mod veil;
mod watch;
mod whole;
mod yaml;

#[cfg(test)]
mod tests;

pub use self::{
    kinds::{
        AppStack, Component, MicroCache, NetworkFirewall, PlainDroplet, RecordSpec, Switch,
        VectorDroplet,
    },
    ports::{Reach, of_machines},
    reader::MissingKeys,
    report::{Located, Look, Report},
    schema::schema,
    sections::{
        adopt::{Adopt, Otherwise},
        alerts::AlertSpec,
        backups::BackupsSpec,
        condition::{Bound, Condition, Signal},
        droplet::{DataSpec, DockerSource, DropletSpec, Monitoring},
        firewall::{InboundRule, OutboundRule, Peer, Protocol},
        metrics::Metrics,
        monitoring::{MonitoringSpec, PROMETHEUS},
        orchestrator::{Orchestrator, Server, service as mcp_service},
        postgres::{LANGFUSE, Pool, PoolMode, Postgres},
        probes::{Certificate, Check, Collection, HttpCheck},
        reserved_ip::ReservedIp,
        resize::{By, Resize, Window},
        runtime::{Program, Runtime, Setting},
        snapshots::{Consistency, Hook, Keep, Snapshots},
        volume::VolumeSpec,
        weaviate::Weaviate,
        web::{Acme, Bucket, Langfuse, Tls},
    },
    source::{OneFile, SourceError, Sources},
    stack::Stack,
    template::{Fragment, OutputField, Template},
    time::written,
};

#[cfg(test)]
pub use self::{
    images::{Images, Product},
    sections::{dns::Dns, home::Home, project::ProjectSpec, resize::Cooldown, volume::Filesystem},
    time::ZoneName,
};

use self::reader::Reader;

/// A stack, and what is worth knowing about its file.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the user wants to exist.
    pub stack: Stack,
    /// Warnings and notes; none of them a mistake.
    pub warnings: Report,
}

/// Everything that is wrong with a stack file.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Mistakes(pub Report);

/// Reads the stack file at a path from the project folder.
pub fn load(
    path: &str,
    sources: &dyn Sources,
    missing_keys: MissingKeys,
) -> Result<Loaded, Mistakes> {
    let mut reader = Reader::new(sources, missing_keys);
    let stack = extends::read(path, &mut reader).and_then(|mut root| {
        variables::fill(&mut root, &mut reader);
        stack::read(&root, &mut reader)
    });
    let wrong = reader.has_mistakes();
    let report = Report::new(reader.files, reader.diagnostics);
    match stack {
        Some(stack) if !wrong => Ok(Loaded { stack, warnings: report }),
        Some(_) | None => Err(Mistakes(report)),
    }
}
