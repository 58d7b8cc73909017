//! `orchestrator`: the user's program in front of everything, and the MCP servers beside it.
//!
//! Each server is a service of its own, so that one can be changed without the others. Unless it
//! says what it is made of, it is made of what the orchestrator is, with another command.

use std::collections::BTreeMap;

use crate::{
    config::{
        reader::Reader,
        report::Diagnostic,
        sections::runtime::{
            self, COMMAND, ENVIRONMENT, IMAGE, Program, REQUIREMENTS, Runtime, Setting,
        },
        shape::{Field, Shape, optional, required},
        template::Template,
        tree::{Entry, Node},
    },
    values::ServerName,
};

/// The user's program in front of everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orchestrator {
    /// What is run.
    pub runtime: Runtime,
    /// The MCP servers it asks, by name.
    pub servers: BTreeMap<ServerName, Server>,
}

/// An MCP server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// What it is made of, where it is not the orchestrator's environment.
    pub program: Option<Program>,
    /// Its command; the image's own when absent.
    pub command: Option<Template>,
    /// What it finds in its environment.
    pub environment: BTreeMap<String, Setting>,
    /// Where it listens on the machine itself.
    pub port: u16,
    /// Where it answers there.
    pub path: String,
}

/// The section.
pub const FIELD: Field = optional(
    "orchestrator",
    &Shape::Record(&[REQUIREMENTS, IMAGE, COMMAND, ENVIRONMENT, MCP]),
    "The orchestrator's Python environment and command, and the MCP servers beside it.",
);

const MCP: Field = optional(
    "mcp",
    &Shape::Names(&SERVER),
    "MCP servers by name, each a service of its own; the orchestrator finds one at `MCP_<NAME>_URL`.",
);

const SERVER: Shape = Shape::Record(&[
    REQUIREMENTS,
    IMAGE,
    COMMAND,
    ENVIRONMENT,
    required(
        "port",
        &Shape::Whole(1, 65_535),
        "Where it listens on 127.0.0.1: it finds it as `PORT`.",
    ),
    optional("path", &Shape::Text, "Where it answers there; `/mcp` unless given."),
]);

/// Where a server of the streamable transport answers unless it was told otherwise (MCP's Python
/// and TypeScript SDKs).
const PATH: &str = "/mcp";

/// Reads the section of a component.
pub fn read(component: &Node, reader: &mut Reader<'_>) -> Option<Orchestrator> {
    let node = component.get(FIELD.name)?;
    let runtime = runtime::read(node, reader);
    let servers = node.get(MCP.name).map(Node::entries).unwrap_or_default();
    let servers = servers.iter().filter_map(|entry| server(entry, reader)).collect();
    Some(Orchestrator { runtime: runtime?, servers })
}

/// The service that a server is.
pub fn service(name: &ServerName) -> String {
    format!("mcp-{name}")
}

/// Where a component says the port of one of its services, if that is an MCP server.
pub fn port_of<'a>(component: &'a Node, service: &str) -> Option<&'a Node> {
    let name = service.strip_prefix("mcp-")?;
    component.get(FIELD.name)?.get(MCP.name)?.get(name)?.get("port")
}

fn server(entry: &Entry, reader: &mut Reader<'_>) -> Option<(ServerName, Server)> {
    let node = &entry.value;
    let name = reader.keep(entry.place, ServerName::parse(&entry.key));
    let program = runtime::program(node, reader);
    if node.get(COMMAND.name).is_none() && node.get(IMAGE.name).is_none() {
        let message = "the field `command` is missing: it says what is run";
        let help = "an `image` has a command of its own".to_owned();
        reader.tell(Diagnostic::error(node.place, message).help(help));
    }
    if let Some(stated) = node.get(ENVIRONMENT.name).and_then(|all| all.entry("PORT")) {
        reader.mistake(stated.place, "`PORT` is whatever `port` says: leave it out here");
    }
    let environment = runtime::environment(node, reader);
    let path = reader.parse(node.get("path"), path).unwrap_or_else(|| PATH.to_owned());
    let port = node.get("port").and_then(Node::whole).and_then(|port| u16::try_from(port).ok());
    let command = runtime::command(node);
    Some((name?, Server { program, command, environment, port: port?, path }))
}

fn path(text: &str) -> Result<String, String> {
    if text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no path: write it as `{PATH}`"))
    }
}
