//! The user's own programs beside the services: `agents`, and what the orchestrator is made of.

use std::collections::BTreeMap;

use crate::{
    config::{
        reader::Reader,
        shape::{Field, Shape, optional},
        template::Template,
        tree::Node,
    },
    values::SecretName,
};

/// A program of the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// What is run.
    pub program: Program,
    /// Its command; the image's own when absent.
    pub command: Option<Template>,
    /// What it finds in its environment.
    pub environment: BTreeMap<String, Setting>,
}

/// What a program is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// Python with these packages.
    Python(Vec<String>),
    /// A container image.
    Image(String),
}

/// The value of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A text, perhaps with outputs in it.
    Text(Template),
    /// The value of a secret.
    Secret(SecretName),
}

/// The agents of a `VectorDroplet`.
pub const AGENTS: Field = optional(
    "agents",
    &Shape::Record(&[REQUIREMENTS, IMAGE, COMMAND, ENVIRONMENT]),
    "The agents' runtime beside the vector store.",
);

/// What a program made of packages needs.
pub const REQUIREMENTS: Field =
    optional("requirements", &Shape::List(&Shape::Text), "Python packages, as pip names them.");

/// What any other program is made of.
pub const IMAGE: Field =
    optional("image", &Shape::Text, "A container image, instead of `requirements`.");

/// What is run.
pub const COMMAND: Field =
    optional("command", &Shape::Template, "What is run; an image has its own unless it is given.");

/// What a program finds in its environment.
pub const ENVIRONMENT: Field =
    optional("environment", &Shape::Names(&Shape::Setting), "Environment variables by name.");

/// Reads the agents of a component.
pub fn agents(component: &Node, reader: &mut Reader<'_>) -> Option<Runtime> {
    component.get(AGENTS.name).and_then(|node| read(node, reader))
}

/// Reads a program that says itself what it is made of.
pub fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Runtime> {
    let program = program(node, reader);
    if node.get(REQUIREMENTS.name).is_none() && node.get(IMAGE.name).is_none() {
        reader.mistake(node.place, EITHER);
    }
    if let (Some(Program::Python(_)), None) = (&program, node.get(COMMAND.name)) {
        reader.mistake(node.place, "the field `command` is missing: packages alone run nothing");
    }
    let environment = environment(node, reader);
    Some(Runtime { program: program?, command: command(node), environment })
}

const EITHER: &str = "give either `requirements` or `image`";

/// What a program is made of, if it says so.
pub fn program(node: &Node, reader: &mut Reader<'_>) -> Option<Program> {
    let requirements = reader.parse_all(node.get(REQUIREMENTS.name), line);
    let image = reader.parse(node.get(IMAGE.name), image);
    match (node.get(REQUIREMENTS.name), node.get(IMAGE.name)) {
        (Some(_), None) => Some(Program::Python(requirements)),
        (None, Some(_)) => image.map(Program::Image),
        (None, None) => None,
        (Some(_), Some(_)) => {
            reader.mistake(node.place, EITHER);
            None
        }
    }
}

/// What a program is run by, if it says so.
pub fn command(node: &Node) -> Option<Template> {
    node.get(COMMAND.name).and_then(Node::template)
}

/// Reads what a program finds in its environment.
pub fn environment(node: &Node, reader: &mut Reader<'_>) -> BTreeMap<String, Setting> {
    let mut all = BTreeMap::new();
    let entries = node.get(ENVIRONMENT.name).map(Node::entries).unwrap_or_default();
    for entry in entries {
        let name = reader.keep(entry.place, variable(&entry.key));
        let secret = entry.value.secret().cloned().map(Setting::Secret);
        let setting = secret.or_else(|| entry.value.template().map(Setting::Text));
        all.extend(name.zip(setting));
    }
    all
}

fn variable(name: &str) -> Result<String, String> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let digit = name.starts_with(|first: char| first.is_ascii_digit());
    if !name.is_empty() && !digit && name.bytes().all(word) {
        Ok(name.to_owned())
    } else {
        Err(format!("`{name}` is no name of an environment variable: letters, digits and `_`"))
    }
}

/// Reads the name of a container image.
pub fn image(text: &str) -> Result<String, String> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/@".contains(&byte);
    if !text.is_empty() && text.bytes().all(word) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no container image: write it as `ghcr.io/me/agents:1.2`"))
    }
}

fn line(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() || text.contains('\n') || text.starts_with('-') {
        return Err("a requirement is one package, as `weaviate-client>=4`");
    }
    Ok(text.to_owned())
}
