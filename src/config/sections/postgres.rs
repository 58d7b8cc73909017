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
    /// What shares its connections among many clients.
    pub pool: Option<Pool>,
}

/// `PgBouncer` in front of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Connections to the database at most.
    pub size: u64,
    /// Clients at most.
    pub clients: u64,
    /// How long a client keeps a connection.
    pub mode: PoolMode,
}

/// How long a client keeps a connection to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolMode {
    /// For a transaction.
    Transaction,
    /// Until it goes.
    Session,
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
    optional(
        "pool",
        &POOL,
        "PgBouncer in front of the database, on port 6432 of the private network; none unless given.",
    ),
]);

/// Postgres takes 200 connections, some of which are Langfuse's and a person's.
const POOL: Shape = Shape::Record(&[
    optional("size", &Shape::Whole(1, 150), "Connections to Postgres at most; 20 unless given."),
    optional("clients", &Shape::Whole(1, 10_000), "Clients at most; 500 unless given."),
    optional(
        "mode",
        &Shape::Word(&["transaction", "session"]),
        "How long a client keeps a connection; for a transaction unless given.",
    ),
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
            pool: None,
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
        pool: node.get("pool").map(pool),
    })
}

fn pool(node: &Node) -> Pool {
    let number = |name, usual| node.get(name).and_then(Node::whole).unwrap_or(usual);
    let mode = match node.get("mode").and_then(Node::text) {
        Some("session") => PoolMode::Session,
        Some(_) | None => PoolMode::Transaction,
    };
    Pool { size: number("size", 20), clients: number("clients", 500), mode }
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
