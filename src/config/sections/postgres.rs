//! `postgres`: the database of an `AppStack`.

use crate::{
    config::{
        reader::Reader,
        shape::{Field, Shape, optional},
        tree::Node,
    },
    values::SecretName,
};

/// The database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postgres {
    /// Its major version.
    pub version: u16,
    /// The database that is made in it.
    pub database: String,
    /// Its password; one is made on the machine when absent.
    pub password: Option<SecretName>,
    /// Extensions that are made in the database.
    pub extensions: Vec<String>,
}

/// The field of an `AppStack`.
pub const FIELD: Field = optional("postgres", &SHAPE, "The database.");

const SHAPE: Shape = Shape::Record(&[
    optional("version", &Shape::Whole(14, 18), "Its major version; 16 unless given."),
    optional(
        "database",
        &Shape::Text,
        "The database that is made in it; `orchestrator` unless given.",
    ),
    optional("password", &Shape::Secret, "Its password; one is made on the machine unless given."),
    optional("extensions", &Shape::List(&Shape::Text), "Extensions of the database, as `vector`."),
]);

/// The version in the user's own documents.
const VERSION: u16 = 16;

/// The database in the user's own documents.
const DATABASE: &str = "orchestrator";

/// Names that Postgres needs for itself.
const RESERVED: [&str; 3] = ["postgres", "template0", "template1"];

/// The database and the role of Langfuse.
pub const LANGFUSE: &str = "langfuse";

impl Default for Postgres {
    fn default() -> Self {
        Self {
            version: VERSION,
            database: DATABASE.to_owned(),
            password: None,
            extensions: Vec::new(),
        }
    }
}

/// Reads the field of a component.
pub fn read(component: &Node, reader: &mut Reader<'_>) -> Option<Postgres> {
    let Some(node) = component.get(FIELD.name) else { return Some(Postgres::default()) };
    let version = node.get("version").and_then(Node::whole);
    let database = match node.get("database") {
        Some(given) => reader.parse(Some(given), database),
        None => Some(DATABASE.to_owned()),
    };
    Some(Postgres {
        version: version.and_then(|version| u16::try_from(version).ok()).unwrap_or(VERSION),
        database: database?,
        password: node.get("password").and_then(Node::secret).cloned(),
        extensions: reader.parse_all(node.get("extensions"), identifier),
    })
}

/// Reads the name of a database of the user's.
fn database(text: &str) -> Result<String, String> {
    if RESERVED.contains(&text) || text.starts_with("pg_") {
        return Err(format!("`{text}` is taken by Postgres itself"));
    }
    if text == LANGFUSE {
        return Err(format!("`{text}` is the database of Langfuse"));
    }
    identifier(text)
}

/// Reads a name that needs no quotes in SQL (its limit is NAMEDATALEN, 63 bytes).
fn identifier(text: &str) -> Result<String, String> {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let first = text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    if first && text.len() <= 63 && text.bytes().all(word) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "`{text}` is no name in Postgres: lower-case letters, digits and `_`, at most 63 characters"
        ))
    }
}
