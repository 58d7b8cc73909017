//! `Droplet`: a plain machine, or several of one make.

use std::collections::BTreeSet;

use crate::config::{
    kinds::{RECORDS, RecordSpec, WAS, records},
    reader::Reader,
    report::Diagnostic,
    sections::{
        alerts::{self, AlertSpec},
        droplet::{self, DropletSpec},
        firewall::{self, InboundRule},
        probes::{self, Probes, Runs},
        reserved_ip,
        resize::{self, Resize},
        snapshots::{self, Snapshots},
        volume::{self, VolumeSpec},
    },
    shape::{Field, Kind, Shape, optional},
    tree::Node,
};

/// A plain machine, or several of one make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainDroplet {
    /// How many; `None` is one without a number in its name.
    pub count: Option<u16>,
    /// The machine.
    pub droplet: DropletSpec,
    /// When somebody is told about it.
    pub alerts: Vec<AlertSpec>,
    /// What has to be true of its software.
    pub probes: Probes,
    /// A data volume for each.
    pub volume: Option<VolumeSpec>,
    /// What may come in besides SSH.
    pub inbound: Vec<InboundRule>,
    /// Names in the stack's domain that point at it; only without `count`.
    pub records: BTreeSet<RecordSpec>,
    /// When it may grow.
    pub resize: Option<Resize>,
    /// When its volume is copied.
    pub snapshots: Option<Snapshots>,
}

/// The kind.
pub const KIND: Kind = Kind {
    name: "Droplet",
    about: "A plain machine, or several of one make.",
    fields: &[
        WAS,
        COUNT,
        droplet::FIELD,
        alerts::FIELD,
        probes::FIELD,
        volume::FIELD,
        firewall::INBOUND,
        reserved_ip::FIELD,
        RECORDS,
        snapshots::FIELD,
        resize::FIELD,
    ],
};

/// More machines of one make than any stack of a small team has, and fewer than an account's limit stands in the way of.
const COUNT: Field = optional(
    "count",
    &Shape::Whole(1, 1000),
    "How many, numbered from 1; one without a number unless given.",
);

/// Reads a component of the kind.
pub fn read(node: &Node, reader: &mut Reader<'_>) -> Option<PlainDroplet> {
    let count = node.get(COUNT.name);
    only_for_one(node, count, reader);
    let droplet = droplet::read(node, reader);
    let volume = volume::read(node, reader);
    let inbound = firewall::inbound(node, reader);
    firewall::limit(node, &inbound, None, reader);
    let alerts = alerts::read(node, reader);
    let probes = probes::read(node, Runs::Nothing, reader);
    let records = records(node, reader);
    let resize = resize::read(node, reader);
    let snapshots = snapshots::read(node, reader);
    let count = count.and_then(Node::whole).and_then(|count| u16::try_from(count).ok());
    Some(PlainDroplet {
        count,
        droplet: droplet?,
        alerts,
        probes,
        volume,
        inbound,
        records,
        resize,
        snapshots,
    })
}

/// Tells what cannot be said of several machines at once.
fn only_for_one(node: &Node, count: Option<&Node>, reader: &mut Reader<'_>) {
    let Some(count) = count else { return };
    let sections = [droplet::FIELD, volume::FIELD].into_iter();
    let adopt = sections.filter_map(|field| node.get(field.name)?.entry("adopt"));
    for entry in node.entry(RECORDS.name).into_iter().chain(adopt) {
        let message = format!("`{}` cannot be used with `count`: it means one machine", entry.key);
        reader.tell(Diagnostic::error(entry.place, message).also(count.place, "here are several"));
    }
}
