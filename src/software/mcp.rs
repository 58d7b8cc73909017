//! MCP servers beside the orchestrator: each a service of its own, on the machine's loopback.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    config::{Orchestrator, Program, Runtime, Server, mcp_service},
    software::{Place, Value, app::Share, runtime},
    values::ServerName,
};

/// What the template may use of a server.
#[derive(Serialize)]
pub struct Facts {
    service: String,
    program: runtime::Facts,
}

impl Facts {
    /// The volume of its packages, if it is made from any.
    pub fn packages(&self) -> Option<String> {
        self.program.packages()
    }
}

/// The servers; `given` is what the orchestrator works with.
pub fn share(
    place: &Place<'_>,
    orchestrator: &Orchestrator,
    given: &BTreeMap<String, Value>,
) -> (Vec<Facts>, Share) {
    let (mut all, mut share) = (Vec::new(), Share::default());
    for (name, server) in &orchestrator.servers {
        let service = mcp_service(name);
        let program = server.program.as_ref().unwrap_or(&orchestrator.runtime.program).clone();
        let (command, environment) = (server.command.clone(), server.environment.clone());
        let runtime = Runtime { program, command, environment };
        let variables = variables(server, given);
        let (program, files) = runtime::runtime(place, &service, &runtime, variables);
        share.services.insert(service.clone(), runtime::service(&files));
        share.files.extend(files);
        all.push(Facts { service, program: program.listening_on(server.port) });
    }
    (all, share)
}

/// Where the orchestrator finds the servers.
pub fn for_orchestrator(orchestrator: &Orchestrator) -> BTreeMap<String, Value> {
    let one = |(name, server): (&ServerName, &Server)| {
        let word = name.as_str().to_uppercase().replace('-', "_");
        let url = format!("http://127.0.0.1:{}{}", server.port, server.path);
        (format!("MCP_{word}_URL"), Value::Text(url))
    };
    orchestrator.servers.iter().map(one).collect()
}

/// What a server is given: where to listen, and what the orchestrator works with. An image of its own
/// may be anybody's, and is told no more than its `environment` says.
fn variables(server: &Server, given: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut all = match server.program {
        Some(Program::Image(_)) => BTreeMap::new(),
        Some(Program::Python(_)) | None => given.clone(),
    };
    all.extend(runtime::listening(server.port));
    all
}
