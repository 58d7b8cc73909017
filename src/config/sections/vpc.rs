//! `vpc`: the stack's private network.

use std::ops::RangeInclusive;

use crate::{
    config::{
        reader::Reader,
        report::Diagnostic,
        sections::adopt::{self, Adopt, Otherwise},
        shape::{Shape, optional},
        tree::Node,
    },
    values::{Cidr, VpcName},
};

/// The stack's private network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcSpec {
    /// `<stack>` unless the file says otherwise.
    pub name: VpcName,
    /// RFC 1918, /16 to /28; an adopted one may be taken as it is.
    pub ip_range: Option<Cidr>,
    /// An existing one to live in instead, never deleted.
    pub adopt: Option<Adopt>,
}

/// The section.
pub const SHAPE: Shape = Shape::Record(&[
    optional(
        "ip_range",
        &Shape::Text,
        "A private range, /16 to /28, as `10.120.0.0/16`; required unless an existing VPC is adopted.",
    ),
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
    if node.get("ip_range").is_none() {
        tell_missing_range(node, adopt.as_ref(), reader);
    }
    Some(VpcSpec { name: name?, ip_range, adopt })
}

/// Only a network that is there for certain has a range already.
fn tell_missing_range(node: &Node, adopt: Option<&Adopt>, reader: &mut Reader<'_>) {
    let help = match adopt.map(|adopt| adopt.otherwise) {
        Some(Otherwise::Refuse) => return,
        Some(Otherwise::Create) => {
            "with `else: create` a VPC may have to be made: give its range, as `10.120.0.0/16`"
        }
        None => {
            "A private range, /16 to /28, as `10.120.0.0/16`; or `adopt: NAME` for a VPC that exists."
        }
    };
    let message = "the field `ip_range` is missing";
    reader.tell(Diagnostic::error(node.place, message).help(help.to_owned()));
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
