//! The ports of a machine that components' services take: the one table of them.

use crate::config::{
    kinds::{AppStack, Component, Switch},
    sections::{orchestrator, runtime::Setting},
};

/// A port of a machine that a service takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its number.
    pub number: u16,
    /// On which of the machine's addresses.
    pub reach: Reach,
    /// Which service takes it.
    pub service: String,
}

/// On which of a machine's addresses a port is, and so who reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Loopback: the machine itself.
    Machine,
    /// The address in the private network.
    Network,
    /// Every address.
    Everybody,
}

/// Where the orchestrator listens unless its environment says otherwise.
const ORCHESTRATOR: u16 = 8001;

/// What a machine's own services take: SSH, and the node exporter.
pub fn of_machines() -> Vec<Port> {
    vec![port(22, Reach::Everybody, "SSH"), port(9100, Reach::Network, "the node exporter")]
}

impl Component {
    /// The ports its services take.
    pub fn ports(&self) -> Vec<Port> {
        match self {
            // docs.weaviate.io: environment variables (REST, gRPC, metrics).
            Self::VectorDroplet(_) => {
                [8080, 50051, 2112].map(|number| port(number, Reach::Network, "weaviate")).into()
            }
            Self::AppStack(app) => app.ports(),
            // Dragonfly speaks Redis' protocol on Redis' port.
            Self::MicroCache(cache) if cache.enabled == Switch::Off => Vec::new(),
            Self::MicroCache(_) => vec![port(6379, Reach::Network, "dragonfly")],
            Self::NetworkFirewall(_) | Self::Droplet(_) => Vec::new(),
        }
    }
}

impl AppStack {
    /// Where Nginx finds the orchestrator, if there is one.
    pub fn orchestrator_port(&self) -> Option<u16> {
        let stated = self.orchestrator.as_ref()?.runtime.environment.get("PORT");
        let stated = stated.and_then(|port| match port {
            Setting::Text(template) => template.to_string().parse().ok(),
            Setting::Secret(_) => None,
        });
        Some(stated.unwrap_or(ORCHESTRATOR))
    }

    fn ports(&self) -> Vec<Port> {
        let mut all = vec![
            port(80, Reach::Everybody, "nginx"),
            port(443, Reach::Everybody, "nginx"),
            port(5432, Reach::Network, "postgres"),
        ];
        all.extend(self.postgres.pool.as_ref().map(|_| port(6432, Reach::Network, "pgbouncer")));
        all.extend(
            self.orchestrator_port().map(|number| port(number, Reach::Machine, "orchestrator")),
        );
        let servers = self.orchestrator.iter().flat_map(|it| &it.servers);
        all.extend(
            servers.map(|(name, server)| {
                port(server.port, Reach::Machine, &orchestrator::service(name))
            }),
        );
        all.extend(self.langfuse.as_ref().map(|_| port(3000, Reach::Machine, "langfuse-web")));
        all.extend(self.monitoring.iter().flat_map(|_| watching()));
        all
    }
}

impl Port {
    /// Whether two services cannot have both.
    pub fn clashes(&self, other: &Self) -> bool {
        let is_shared = self.reach == other.reach
            || self.reach == Reach::Everybody
            || other.reach == Reach::Everybody;
        self.number == other.number && is_shared
    }
}

/// What watches a stack: Prometheus and Alertmanager where they usually are, and the two listeners
/// of `dostack serve`. Nobody else than their own machine reaches them.
fn watching() -> [Port; 4] {
    [
        port(9090, Reach::Machine, "prometheus"),
        port(9093, Reach::Machine, "alertmanager"),
        port(9098, Reach::Machine, "dostack-serve"),
        port(9099, Reach::Machine, "dostack-serve"),
    ]
}

fn port(number: u16, reach: Reach, service: &str) -> Port {
    Port { number, reach, service: service.to_owned() }
}
