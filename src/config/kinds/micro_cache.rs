//! `MicroCache`: a machine that caches, if it is wanted.

use std::collections::BTreeSet;

use crate::{
    config::{
        kinds::{RECORDS, RecordSpec, WAS, records},
        reader::Reader,
        sections::{
            alerts::{self, AlertSpec},
            condition::{self, Condition},
            home::{self, Home},
            probes::{self, Probes, Runs},
            reserved_ip,
        },
        shape::{Field, Kind, Shape, optional},
        tree::Node,
    },
    values::SecretName,
};

/// A machine that caches, if it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MicroCache {
    /// Whether it exists.
    pub enabled: Switch,
    /// The machine.
    pub home: Home,
    /// The password it asks for; one is made on the machine when absent.
    pub password: Option<SecretName>,
    /// When somebody is told about it.
    pub alerts: Vec<AlertSpec>,
    /// What has to be true of its software.
    pub probes: Probes,
    /// Names in the stack's domain that point at it.
    pub records: BTreeSet<RecordSpec>,
    /// The condition of [`Switch::Auto`].
    pub when: Option<Condition>,
}

/// On, off, or when a metric says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Present.
    On,
    /// Absent.
    Off,
    /// Present since its condition held, until it has been quiet for a day.
    Auto,
}

/// The kind.
pub const KIND: Kind = Kind {
    name: "MicroCache",
    about: "A machine with a Dragonfly cache, if it is wanted.",
    fields: &[
        WAS,
        ENABLED,
        condition::WHEN,
        home::DROPLET,
        home::ON,
        PASSWORD,
        home::of_machine(alerts::FIELD),
        probes::FIELD,
        home::of_machine(reserved_ip::FIELD),
        RECORDS,
    ],
};

const ENABLED: Field = optional(
    "enabled",
    &Shape::Word(&["true", "false", "auto"]),
    "Whether it exists; `auto` leaves it to `when`; true unless given.",
);

const PASSWORD: Field = optional(
    "password",
    &Shape::Secret,
    "The password it asks for; one is made on the machine unless given, for programs there.",
);

/// Reads a component of the kind.
pub fn read(node: &Node, reader: &mut Reader<'_>) -> Option<MicroCache> {
    let enabled = match node.get(ENABLED.name).and_then(Node::text) {
        Some("auto") => Switch::Auto,
        Some("false") => Switch::Off,
        Some(_) | None => Switch::On,
    };
    let condition = node.get(condition::WHEN.name);
    if let (Switch::Auto, None, Some(auto)) = (enabled, condition, node.get(ENABLED.name)) {
        reader.mistake(auto.place, "the field `when` is missing: `auto` needs its condition");
    }
    let when = condition::read(condition, reader);
    let home = home::read(KIND.fields, node, reader);
    let probes = probes::read(node, Runs::Cache, reader);
    let records = records(node, reader);
    let alerts = alerts::read(node, reader);
    let password = node.get(PASSWORD.name).and_then(Node::secret).cloned();
    Some(MicroCache { enabled, home: home?, password, alerts, probes, records, when })
}
