//! `reserved_ip`: a public address that outlives its machine.

use crate::config::{
    shape::{FLAG, Field, optional},
    tree::Node,
};

/// Whether a machine has a reserved IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservedIp {
    /// It has one, and its records point there.
    One,
    /// It has its own address only, which goes with it.
    None,
}

/// The field of every component with a machine.
pub const FIELD: Field = optional(
    "reserved_ip",
    &FLAG,
    "Whether it has a public address that survives the machine; false unless given.",
);

/// Reads the field of a component.
pub fn read(component: &Node) -> ReservedIp {
    match component.get(FIELD.name).and_then(Node::text) {
        Some("true") => ReservedIp::One,
        Some(_) | None => ReservedIp::None,
    }
}
