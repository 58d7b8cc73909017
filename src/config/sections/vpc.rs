//! `vpc`: the stack's private network.

use std::ops::RangeInclusive;

use crate::{
    config::{
        reader::Reader,
        sections::adopt::{self, Adopt},
        shape::{Shape, optional, required},
        tree::Node,
    },
    values::{Cidr, VpcName},
};

/// The stack's private network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcSpec {
    /// `<stack>` unless the file says otherwise.
    pub name: VpcName,
    /// RFC 1918, /16 to /28.
    pub ip_range: Cidr,
    /// An existing one to live in instead, never deleted.
    pub adopt: Option<Adopt>,
}

/// The section.
pub const SHAPE: Shape = Shape::Record(&[
    required("ip_range", &Shape::Text, "A private range, /16 to /28, as `10.120.0.0/16`."),
    optional("name", &Shape::Text, "Its name; the stack's own unless given."),
    adopt::FIELD,
]);

/// The prefixes a VPC may have (API description: `vpc_create`, `ip_range`).
const PREFIXES: RangeInclusive<u8> = 16..=28;

/// Reads the section.
pub fn read(node: &Node, reader: &mut Reader<'_>) -> Option<VpcSpec> {
    let given = node.get("name");
    let name = match given {
        Some(_) => reader.parse(given, VpcName::parse),
        None => reader.stack.as_ref().and_then(|stack| VpcName::parse(stack.as_str()).ok()),
    };
    let ip_range = reader.parse(node.get("ip_range"), ip_range);
    let adopt = adopt::read(node, reader);
    Some(VpcSpec { name: name?, ip_range: ip_range?, adopt })
}

fn ip_range(text: &str) -> Result<Cidr, String> {
    let range: Cidr = text.parse().map_err(|error| format!("{error}"))?;
    if !range.is_private() {
        return Err(format!(
            "`{text}` is no private range: a VPC lies in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 (RFC 1918)"
        ));
    }
    if PREFIXES.contains(&range.prefix()) {
        Ok(range)
    } else {
        Err(format!("a VPC's range is /16 to /28, not /{}", range.prefix()))
    }
}

#[cfg(test)]
mod tests {
    use super::ip_range;

    #[test]
    fn private_ranges_from_16_to_28_are_taken() {
        for text in ["10.120.0.0/16", "172.31.255.240/28", "192.168.0.0/24"] {
            assert!(ip_range(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn other_ranges_are_refused_with_the_rule() {
        for (text, rule) in [
            ("10.0.0.0/8", "/16 to /28, not /8"),
            ("10.0.0.0/29", "/16 to /28, not /29"),
            ("8.8.0.0/16", "RFC 1918"),
            ("fd00::/16", "RFC 1918"),
            ("10.120.0.1/16", "host bits"),
            ("10.0.0.0/16 ", "no address range"),
            ("::ffff:10.0.0.0/112", "RFC 1918"),
        ] {
            let refused = ip_range(text).unwrap_err();
            assert!(refused.contains(rule), "{text}: {refused}");
        }
    }
}
