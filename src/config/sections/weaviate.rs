//! `weaviate`: the vector store of a `VectorDroplet`.

use crate::{
    config::{
        reader::Reader,
        sections::droplet::slug,
        shape::{FLAG, Field, Shape, optional},
        tree::Node,
    },
    values::SecretName,
};

/// The vector store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weaviate {
    /// Its version, as `1.40` or `1.40.4`.
    pub version: String,
    /// The key it asks for; one is made on the machine when absent.
    pub api_key: Option<SecretName>,
    /// The key its `text2vec-openai` module uses.
    pub openai_api_key: Option<SecretName>,
    /// Modules that are switched on.
    pub modules: Vec<String>,
    /// Whether filtered searches walk the graph by ACORN.
    pub acorn: bool,
    /// What its node is called, which is part of its data.
    pub node: String,
}

/// The field of a `VectorDroplet`.
pub const FIELD: Field = optional("weaviate", &SHAPE, "The vector store.");

const SHAPE: Shape = Shape::Record(&[
    optional("version", &Shape::Text, "Its version, as \"1.40\"; that unless given."),
    optional(
        "api_key",
        &Shape::Secret,
        "The key it asks for; one is made on the machine unless given.",
    ),
    optional("openai_api_key", &Shape::Secret, "The key its OpenAI modules use."),
    optional(
        "modules",
        &Shape::List(&Shape::Text),
        "Modules that are switched on, as `text2vec-openai`.",
    ),
    optional("acorn", &FLAG, "Whether filtered searches use ACORN; false unless given."),
    optional(
        "node",
        &Shape::Text,
        "What its node is called, as the data of an adopted one knows it; `node1` unless given.",
    ),
]);

/// What a node is called unless the file says otherwise.
const NODE: &str = "node1";

/// The newest version that was tried.
pub const VERSION: &str = "1.40";

impl Default for Weaviate {
    fn default() -> Self {
        Self {
            version: VERSION.to_owned(),
            api_key: None,
            openai_api_key: None,
            modules: Vec::new(),
            acorn: false,
            node: NODE.to_owned(),
        }
    }
}

/// Reads the field of a component.
pub fn read(component: &Node, reader: &mut Reader<'_>) -> Option<Weaviate> {
    let Some(node) = component.get(FIELD.name) else { return Some(Weaviate::default()) };
    let version = match node.get("version") {
        Some(given) => reader.parse(Some(given), version),
        None => Some(VERSION.to_owned()),
    };
    let node_name = match node.get("node") {
        Some(given) => reader.parse(Some(given), node_name),
        None => Some(NODE.to_owned()),
    };
    Some(Weaviate {
        version: version?,
        api_key: node.get("api_key").and_then(Node::secret).cloned(),
        openai_api_key: node.get("openai_api_key").and_then(Node::secret).cloned(),
        modules: reader
            .parse_all(node.get("modules"), |text| slug(text, "a module").map(str::to_owned)),
        acorn: node.get("acorn").and_then(Node::text) == Some("true"),
        node: node_name?,
    })
}

/// Reads numbers joined by dots.
fn version(text: &str) -> Result<String, String> {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if (2..=3).contains(&text.split('.').count()) && text.split('.').all(number) && text.len() < 20
    {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no version: write it as \"1.40\" or \"1.40.4\""))
    }
}

/// Reads the name of a host.
fn node_name(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !text.is_empty() && text.len() < 64 && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no name of a node: letters, digits, `-`, `_` and `.`"))
    }
}
