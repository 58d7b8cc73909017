//! `NetworkFirewall`: one firewall on every machine of the stack.

use crate::{
    config::{
        kinds::WAS,
        reader::Reader,
        sections::{
            adopt::{self, Adopt},
            firewall::{self, InboundRule, OutboundRule},
        },
        shape::{Kind, Shape, optional},
        tree::Node,
    },
    values::FirewallName,
};

/// One firewall on every machine of the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkFirewall {
    /// `<stack>-<component>` unless the file says otherwise.
    pub name: Option<FirewallName>,
    /// An existing one to take in; it keeps its name and whatever else it covers.
    pub adopt: Option<Adopt>,
    /// What may come in.
    pub inbound: Vec<InboundRule>,
    /// What may go out; everything when the file says nothing.
    pub outbound: Option<Vec<OutboundRule>>,
}

/// The kind.
pub const KIND: Kind = Kind {
    name: "NetworkFirewall",
    about: "One firewall on every machine of the stack.",
    fields: &[
        WAS,
        optional("name", &Shape::Text, "Its name; `<stack>-<component>` unless given."),
        adopt::FIELD,
        firewall::INBOUND,
        firewall::OUTBOUND,
    ],
};

/// Reads a component of the kind.
pub fn read(node: &Node, reader: &mut Reader<'_>) -> NetworkFirewall {
    let name = reader.parse(node.get("name"), FirewallName::parse);
    let adopt = adopt::read(node, reader);
    let inbound = firewall::inbound(node, reader);
    let outbound = firewall::outbound(node, reader);
    firewall::limit(node, &inbound, outbound.as_deref(), reader);
    if let Some(list) = node.get(firewall::OUTBOUND.name).filter(|list| list.items().is_empty()) {
        let message = "nothing may go out: no machine could install or update anything";
        reader.warn(list.place, message);
    }
    NetworkFirewall { name, adopt, inbound, outbound }
}
