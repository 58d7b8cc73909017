//! `AppStack`: a machine with a volume that runs Postgres and what uses it.

use std::collections::BTreeSet;

use crate::config::{
    kinds::{RECORDS, RecordSpec, WAS, records},
    reader::Reader,
    sections::{
        alerts::{self, AlertSpec},
        home::{self, Home},
        monitoring::{self, MonitoringSpec},
        orchestrator::{self, Orchestrator},
        postgres::{self, Postgres},
        probes::{self, Probes, Runs},
        reserved_ip,
        resize::{self, Resize},
        snapshots::{self, Snapshots},
        volume::{self, VolumeSpec},
        web::{self, Admin, Langfuse, Nginx},
    },
    shape::Kind,
    tree::Node,
};

/// A machine with a volume that runs Postgres and what uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppStack {
    /// The machine.
    pub home: Home,
    /// When somebody is told about it.
    pub alerts: Vec<AlertSpec>,
    /// What has to be true of its software.
    pub probes: Probes,
    /// Its data; `None` stands for `volume: none`.
    pub volume: Option<VolumeSpec>,
    /// Names in the stack's domain that point at it.
    pub records: BTreeSet<RecordSpec>,
    /// When it may grow.
    pub resize: Option<Resize>,
    /// The database.
    pub postgres: Postgres,
    /// The orchestrator.
    pub orchestrator: Option<Box<Orchestrator>>,
    /// The admin pages.
    pub admin: Option<Admin>,
    /// The web server in front.
    pub nginx: Nginx,
    /// Traces of the agents' work.
    pub langfuse: Option<Box<Langfuse>>,
    /// When its volume is copied.
    pub snapshots: Option<Snapshots>,
    /// What watches the stack from here.
    pub monitoring: Option<MonitoringSpec>,
}

/// The kind.
pub const KIND: Kind = Kind {
    name: "AppStack",
    about: "A machine with a volume that runs Postgres, the orchestrator, Nginx and Langfuse.",
    fields: &[
        WAS,
        home::DROPLET,
        home::ON,
        home::of_machine(alerts::FIELD),
        probes::FIELD,
        volume::STATED,
        postgres::FIELD,
        orchestrator::FIELD,
        web::ADMIN,
        web::NGINX,
        web::LANGFUSE,
        home::of_machine(reserved_ip::FIELD),
        RECORDS,
        snapshots::FIELD,
        home::of_machine(resize::FIELD),
        monitoring::FIELD,
    ],
};

/// Reads a component of the kind.
pub fn read(node: &Node, reader: &mut Reader<'_>) -> Option<AppStack> {
    let home = home::read(KIND.fields, node, reader);
    let volume = volume::read(node, reader);
    let alerts = alerts::read(node, reader);
    let probes = probes::read(node, Runs::Postgres, reader);
    let records = records(node, reader);
    let resize = resize::read(node, reader);
    let postgres = postgres::read(node, reader);
    let orchestrator = orchestrator::read(node, reader);
    let admin = web::admin(node, reader);
    let nginx = web::nginx(node, reader);
    let langfuse = web::langfuse(node, reader);
    let snapshots = snapshots::read(node, reader);
    let monitoring = monitoring::read(node, reader);
    Some(AppStack {
        home: home?,
        alerts,
        probes,
        volume,
        records,
        resize,
        postgres: postgres?,
        orchestrator: orchestrator.map(Box::new),
        admin,
        nginx,
        langfuse: langfuse.map(Box::new),
        snapshots,
        monitoring,
    })
}
