//! `project`: where the stack stands in the control panel.

use crate::{
    config::{
        reader::Reader,
        shape::{Field, Shape, optional, required},
        tree::Node,
    },
    values::{Environment, ProjectName},
};

/// The project that the stack's machines, volumes and addresses are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectSpec {
    /// Its name; one that exists is used as it is.
    pub name: ProjectName,
    /// What it is for.
    pub purpose: Option<String>,
    /// How serious it is.
    pub environment: Option<Environment>,
}

/// The field of the file.
pub const FIELD: Field = optional(
    "project",
    &SHAPE,
    "The project the stack's things are in: one that exists is used, else it is created.",
);

const SHAPE: Shape = Shape::Either(&Shape::Record(FIELDS), &Shape::Text);

const FIELDS: &[Field] = &[
    required("name", &Shape::Text, "Its name."),
    optional("purpose", &Shape::Text, "What it is for; `Service or API` unless given."),
    optional("environment", &Shape::Word(&Environment::WORDS), "How serious it is."),
];

/// The longest purpose DigitalOcean takes (API description: `project_base`, `purpose`).
const MAX_PURPOSE: usize = 255;

/// Reads the field of the file.
pub fn read(root: &Node, reader: &mut Reader<'_>) -> Option<ProjectSpec> {
    let node = root.get(FIELD.name)?;
    let name = reader.parse(Some(node.get("name").unwrap_or(node)), ProjectName::parse);
    let purpose = reader.parse(node.get("purpose"), purpose);
    let environment = node.get("environment").and_then(Node::text).and_then(Environment::from_word);
    Some(ProjectSpec { name: name?, purpose, environment })
}

fn purpose(text: &str) -> Result<String, String> {
    if !text.trim().is_empty() && text.chars().count() <= MAX_PURPOSE {
        Ok(text.to_owned())
    } else {
        Err(format!("a purpose has 1 to {MAX_PURPOSE} characters"))
    }
}
