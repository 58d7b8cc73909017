//! `adopt`: something that exists already and is to be taken in.

use crate::config::{
    reader::Reader,
    shape::{Field, Shape, optional, required},
    tree::Node,
};

/// Something that exists already and is to be taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopt {
    /// Its name or id at DigitalOcean.
    pub target: String,
    /// Whether one is created when there is none.
    pub otherwise: Otherwise,
}

/// What happens when nothing of the adopted name exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// The plan is refused.
    Refuse,
    /// One is created.
    Create,
}

/// The field in every section that knows adoption.
pub const FIELD: Field = optional(
    "adopt",
    &SHAPE,
    "The name or id of an existing one to take in; never deleted unasked.",
);

const SHAPE: Shape = Shape::Either(&Shape::Record(FIELDS), &Shape::Text);

const FIELDS: &[Field] = &[
    required("name", &Shape::Text, "Its name or id at DigitalOcean."),
    optional("else", &Shape::Word(&["refuse", "create"]), "What happens when there is none."),
];

/// Reads the field of a section.
pub fn read(section: &Node, reader: &mut Reader<'_>) -> Option<Adopt> {
    let node = section.get(FIELD.name)?;
    let name = node.get("name").unwrap_or(node);
    let target = reader.parse(Some(name), |text| match text.trim() {
        "" => Err("there is no name here"),
        name => Ok(name.to_owned()),
    })?;
    let otherwise = match node.get("else").and_then(Node::text) {
        Some("create") => Otherwise::Create,
        Some(_) | None => Otherwise::Refuse,
    };
    Some(Adopt { target, otherwise })
}
