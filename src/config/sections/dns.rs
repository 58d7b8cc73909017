//! `dns`: the domain the stack's records belong to.

use crate::{
    config::{
        reader::Reader,
        shape::{Shape, optional, required},
        tree::Node,
    },
    values::DomainName,
};

/// The domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dns {
    /// As `example.com`.
    pub domain: DomainName,
    /// Seconds a record may be kept by resolvers.
    pub ttl: u32,
}

/// The section.
pub const SHAPE: Shape = Shape::Record(&[
    required(
        "domain",
        &Shape::Text,
        "A domain you own, as `example.com`; created if the account has none of that name, never deleted.",
    ),
    optional(
        "ttl",
        &Shape::Whole(LEAST_TTL, MOST_TTL),
        "Seconds a record may be kept by resolvers; 900 unless given.",
    ),
]);

/// The shortest time to live DigitalOcean takes (API description: `domain_record`, `ttl`).
const LEAST_TTL: u64 = 30;

/// A day: longer, and a moved machine stays lost for too long.
const MOST_TTL: u64 = 86_400;

/// What stands for a time to live that is not given.
const TTL: u32 = 900;

/// Reads the section.
pub fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Dns> {
    let domain = reader.parse(node.get("domain"), DomainName::parse)?;
    let ttl = node.get("ttl").and_then(Node::whole).and_then(|ttl| u32::try_from(ttl).ok());
    Some(Dns { domain, ttl: ttl.unwrap_or(TTL) })
}
