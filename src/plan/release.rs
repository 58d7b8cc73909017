//! Taking something in and letting go of it: the marks, and the order in which they change.
//!
//! In between it carries a claim, `dostack-claim:<stack>:<address>`, which no firewall targets. The
//! claim is put on first and taken off last, so that whoever finds a half-done one knows whose it
//! is, and that it is not ours to delete.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    inventory::Id,
    plan::PowerCycle,
    resources::{Kind, LiveRecord},
    values::Tag,
};

/// The last step of taking a droplet in: the marks by which firewalls cover it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Marking {
    /// The droplet's id.
    pub droplet: u64,
    /// The tags it gets, in this order.
    pub add_tags: Vec<Tag>,
    /// The claims that go when they are on: one, unless its component was renamed meanwhile.
    pub claims: BTreeSet<Tag>,
}

/// Taking all our tags off something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unmarking {
    /// The claim, on before the first tag is off, and off after the last.
    pub claim: Tag,
    /// The tags it loses, in this order.
    pub tags: Vec<Tag>,
}

/// Letting go of something that was adopted, which stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Release {
    /// A droplet.
    Droplet {
        /// Its id.
        id: u64,
        /// How its marks come off.
        marks: Unmarking,
        /// The debt that is paid before.
        power_cycle: Option<PowerCycle>,
    },
    /// A volume, which stays where it is attached.
    Volume {
        /// Its id.
        id: String,
        /// How its marks come off.
        marks: Unmarking,
    },
    /// A firewall, which keeps its rules and whatever else it covers.
    Firewall {
        /// Its id.
        id: String,
        /// The tags it no longer covers.
        tags: Vec<Tag>,
    },
    /// Records, which get back what they held before.
    Records(Vec<LiveRecord>),
}

impl Release {
    /// The kind of what is let go of.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Droplet { .. } => Kind::Droplet,
            Self::Volume { .. } => Kind::Volume,
            Self::Firewall { .. } => Kind::Firewall,
            Self::Records(_) => Kind::Record,
        }
    }

    /// The id of what is let go of; none where several things are, or only a mark.
    pub fn id(&self) -> Option<Id> {
        match self {
            Self::Droplet { id, .. } => Some(Id::Number(*id)),
            Self::Volume { id, .. } | Self::Firewall { id, .. } => Some(Id::Text(id.clone())),
            Self::Records(records) => match records.as_slice() {
                [only] => only.id.map(Id::Number),
                [] | [_, _, ..] => None,
            },
        }
    }
}
