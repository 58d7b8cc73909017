//! The kinds of components: each with its type, its fields, and how it is read.

mod app_stack;
mod micro_cache;
mod network_firewall;
mod plain_droplet;
mod vector_droplet;

use std::collections::BTreeSet;

use crate::{
    config::{
        reader::Reader,
        sections::{
            alerts::AlertSpec, droplet::DropletSpec, monitoring::MonitoringSpec, probes::Probes,
            resize::Resize, snapshots::Snapshots, volume::VolumeSpec,
        },
        shape::{FLAG, Field, Shape, optional, required},
        tree::Node,
    },
    values::{ComponentName, RecordName},
};

pub use self::{
    app_stack::AppStack,
    micro_cache::{MicroCache, Switch},
    network_firewall::NetworkFirewall,
    plain_droplet::PlainDroplet,
    vector_droplet::VectorDroplet,
};

/// One component of the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Component {
    /// Weaviate and the agents beside it.
    VectorDroplet(VectorDroplet),
    /// Postgres, the orchestrator, Nginx and Langfuse.
    AppStack(AppStack),
    /// An optional Dragonfly cache.
    MicroCache(MicroCache),
    /// Rules shared by every machine of the stack.
    NetworkFirewall(NetworkFirewall),
    /// A plain machine, or several.
    Droplet(PlainDroplet),
}

/// What a component looks like.
pub const SHAPE: Shape = Shape::Kinds(&[
    vector_droplet::KIND,
    app_stack::KIND,
    micro_cache::KIND,
    network_firewall::KIND,
    plain_droplet::KIND,
]);

/// What a component was called before.
pub const WAS: Field = optional(
    "was",
    &Shape::Text,
    "What the component was called before, so that it is renamed and not replaced.",
);

/// The names in the domain that point at a component.
const RECORDS: Field = optional(
    "records",
    &Shape::List(&Shape::Either(&RECORD, &Shape::Text)),
    "Names under `dns.domain` that point at it, as `app` or `{ name: app, adopt: true }`; `@` is the domain itself.",
);

const RECORD: Shape = Shape::Record(&[
    required("name", &Shape::Text, "The name; `@` is the domain itself."),
    optional(
        "adopt",
        &FLAG,
        "Whether an A record of that name that exists is taken over; a release restores it.",
    ),
]);

/// A name in the domain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordSpec {
    /// The name, relative to the domain.
    pub name: RecordName,
    /// Whether a record of that name that exists is taken over.
    pub adopts: bool,
}

impl From<RecordName> for RecordSpec {
    fn from(name: RecordName) -> Self {
        Self { name, adopts: false }
    }
}

/// Reads a component; an unknown kind has been told already.
pub fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Component> {
    match node.get("kind").and_then(Node::text)? {
        "VectorDroplet" => vector_droplet::read(node, reader).map(Component::VectorDroplet),
        "AppStack" => app_stack::read(node, reader).map(Component::AppStack),
        "MicroCache" => micro_cache::read(node, reader).map(Component::MicroCache),
        "NetworkFirewall" => Some(Component::NetworkFirewall(network_firewall::read(node, reader))),
        "Droplet" => plain_droplet::read(node, reader).map(Component::Droplet),
        _ => None,
    }
}

impl Component {
    /// Its machine, if it has one of its own.
    pub fn droplet(&self) -> Option<&DropletSpec> {
        match self {
            Self::VectorDroplet(this) => this.home.own(),
            Self::AppStack(this) => this.home.own(),
            Self::MicroCache(this) => this.home.own(),
            Self::NetworkFirewall(_) => None,
            Self::Droplet(this) => Some(&this.droplet),
        }
    }

    /// The component whose machine it shares, if it does.
    pub const fn host(&self) -> Option<&ComponentName> {
        match self {
            Self::VectorDroplet(this) => this.home.host(),
            Self::AppStack(this) => this.home.host(),
            Self::MicroCache(this) => this.home.host(),
            Self::NetworkFirewall(_) | Self::Droplet(_) => None,
        }
    }

    /// Whether it runs on a machine, its own or another's.
    pub fn has_machine(&self) -> bool {
        self.droplet().is_some() || self.host().is_some()
    }

    /// Whether the file wants it to be there.
    pub fn is_wanted(&self) -> bool {
        match self {
            Self::MicroCache(this) => this.enabled == Switch::On,
            Self::VectorDroplet(_)
            | Self::AppStack(_)
            | Self::NetworkFirewall(_)
            | Self::Droplet(_) => true,
        }
    }

    /// The names in the stack's domain that point at its machine.
    pub const fn records(&self) -> Option<&BTreeSet<RecordSpec>> {
        match self {
            Self::VectorDroplet(this) => Some(&this.records),
            Self::AppStack(this) => Some(&this.records),
            Self::MicroCache(this) => Some(&this.records),
            Self::NetworkFirewall(_) => None,
            Self::Droplet(this) => Some(&this.records),
        }
    }

    /// Its data volume, if it has one.
    pub const fn volume(&self) -> Option<&VolumeSpec> {
        match self {
            Self::VectorDroplet(this) => this.volume.as_ref(),
            Self::AppStack(this) => this.volume.as_ref(),
            Self::MicroCache(_) | Self::NetworkFirewall(_) => None,
            Self::Droplet(this) => this.volume.as_ref(),
        }
    }

    /// When its machine may grow, and how far.
    pub const fn resize(&self) -> Option<&Resize> {
        match self {
            Self::VectorDroplet(this) => this.resize.as_ref(),
            Self::AppStack(this) => this.resize.as_ref(),
            Self::MicroCache(_) | Self::NetworkFirewall(_) => None,
            Self::Droplet(this) => this.resize.as_ref(),
        }
    }

    /// What watches the stack from its machine.
    pub const fn monitoring(&self) -> Option<&MonitoringSpec> {
        match self {
            Self::AppStack(this) => this.monitoring.as_ref(),
            Self::VectorDroplet(_)
            | Self::MicroCache(_)
            | Self::NetworkFirewall(_)
            | Self::Droplet(_) => None,
        }
    }

    /// When its volume is copied, if it has one that is.
    pub const fn snapshots(&self) -> Option<&Snapshots> {
        match self {
            Self::VectorDroplet(this) => this.snapshots.as_ref(),
            Self::AppStack(this) => this.snapshots.as_ref(),
            Self::MicroCache(_) | Self::NetworkFirewall(_) => None,
            Self::Droplet(this) => this.snapshots.as_ref(),
        }
    }

    /// When somebody is told about its machines.
    pub fn alerts(&self) -> &[AlertSpec] {
        match self {
            Self::VectorDroplet(this) => &this.alerts,
            Self::AppStack(this) => &this.alerts,
            Self::MicroCache(this) => &this.alerts,
            Self::NetworkFirewall(_) => &[],
            Self::Droplet(this) => &this.alerts,
        }
    }

    /// What has to be true of its software, if it has a machine.
    pub const fn probes(&self) -> Option<&Probes> {
        match self {
            Self::VectorDroplet(this) => Some(&this.probes),
            Self::AppStack(this) => Some(&this.probes),
            Self::MicroCache(this) => Some(&this.probes),
            Self::NetworkFirewall(_) => None,
            Self::Droplet(this) => Some(&this.probes),
        }
    }

    /// How many machines it is; none stands for one without a number in its name.
    pub const fn count(&self) -> Option<u16> {
        match self {
            Self::Droplet(this) => this.count,
            Self::VectorDroplet(_)
            | Self::AppStack(_)
            | Self::MicroCache(_)
            | Self::NetworkFirewall(_) => None,
        }
    }
}

/// Reads the names that point at a component.
fn records(node: &Node, reader: &mut Reader<'_>) -> BTreeSet<RecordSpec> {
    let items = node.get(RECORDS.name).map(Node::items).unwrap_or_default();
    let read = |item: &Node| {
        let name = reader.parse(Some(item.get("name").unwrap_or(item)), RecordName::parse)?;
        Some(RecordSpec { name, adopts: item.get("adopt").and_then(Node::text) == Some("true") })
    };
    items.iter().filter_map(read).collect()
}
