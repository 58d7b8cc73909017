//! `VectorDroplet`: a machine with a volume that runs Weaviate.

use std::collections::BTreeSet;

use crate::config::{
    kinds::{RECORDS, RecordSpec, WAS, records},
    reader::Reader,
    sections::{
        alerts::{self, AlertSpec},
        home::{self, Home},
        probes::{self, Probes, Runs},
        reserved_ip,
        resize::{self, Resize},
        runtime::{self, Runtime},
        snapshots::{self, Snapshots},
        volume::{self, VolumeSpec},
        weaviate::{self, Weaviate},
    },
    shape::Kind,
    tree::Node,
};

/// A machine with a volume that runs Weaviate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorDroplet {
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
    /// The vector store.
    pub weaviate: Weaviate,
    /// The agents beside it.
    pub agents: Option<Runtime>,
    /// When its volume is copied.
    pub snapshots: Option<Snapshots>,
}

/// The kind.
pub const KIND: Kind = Kind {
    name: "VectorDroplet",
    about: "A machine with a volume that runs Weaviate, and the agents beside it.",
    fields: &[
        WAS,
        home::DROPLET,
        home::ON,
        home::of_machine(alerts::FIELD),
        probes::FIELD,
        volume::STATED,
        weaviate::FIELD,
        runtime::AGENTS,
        home::of_machine(reserved_ip::FIELD),
        RECORDS,
        snapshots::FIELD,
        home::of_machine(resize::FIELD),
    ],
};

/// Reads a component of the kind.
pub fn read(node: &Node, reader: &mut Reader<'_>) -> Option<VectorDroplet> {
    let home = home::read(KIND.fields, node, reader);
    let volume = volume::read(node, reader);
    let alerts = alerts::read(node, reader);
    let probes = probes::read(node, Runs::Weaviate, reader);
    let records = records(node, reader);
    let resize = resize::read(node, reader);
    let weaviate = weaviate::read(node, reader);
    let agents = runtime::agents(node, reader);
    let snapshots = snapshots::read(node, reader);
    let (home, weaviate) = (home?, weaviate?);
    Some(VectorDroplet {
        home,
        alerts,
        probes,
        volume,
        records,
        resize,
        weaviate,
        agents,
        snapshots,
    })
}
