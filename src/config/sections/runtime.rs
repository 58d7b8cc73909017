//! `agents` and `orchestrator`: the user's own programs beside the services.

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
pub const AGENTS: Field =
    optional("agents", &SHAPE, "The agents' runtime beside the vector store.");

/// The orchestrator of an `AppStack`.
pub const ORCHESTRATOR: Field =
    optional("orchestrator", &SHAPE, "The orchestrator's Python environment and command.");

const SHAPE: Shape = Shape::Record(&[
    optional("requirements", &Shape::List(&Shape::Text), "Python packages, as pip names them."),
    optional("image", &Shape::Text, "A container image, instead of `requirements`."),
    optional("command", &Shape::Template, "What is run; needed with `requirements`."),
    optional("environment", &Shape::Names(&Shape::Setting), "Environment variables by name."),
]);

/// Reads one of the two fields of a component.
pub fn read(field: &Field, component: &Node, reader: &mut Reader<'_>) -> Option<Runtime> {
    let node = component.get(field.name)?;
    let requirements = reader.parse_all(node.get("requirements"), line);
    let image = reader.parse(node.get("image"), image);
    let command = node.get("command");
    let program = match (node.get("requirements"), node.get("image")) {
        (Some(_), None) => Some(Program::Python(requirements)),
        (None, Some(_)) => image.map(Program::Image),
        (Some(_), Some(_)) | (None, None) => {
            reader.mistake(node.place, "give either `requirements` or `image`");
            None
        }
    };
    if let (Some(Program::Python(_)), None) = (&program, command) {
        reader.mistake(node.place, "the field `command` is missing: packages alone run nothing");
    }
    let environment = environment(node, reader);
    Some(Runtime { program: program?, command: command.and_then(Node::template), environment })
}

fn environment(node: &Node, reader: &mut Reader<'_>) -> BTreeMap<String, Setting> {
    let mut all = BTreeMap::new();
    let entries = node.get("environment").map(Node::entries).unwrap_or_default();
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
