//! What Prometheus reads: every machine of the stack, and what shows its figures there.

use serde::Serialize;

use crate::{
    config::{Component, MonitoringSpec},
    software::{Host, Place, runtime},
    values::Address,
};

/// What the template of its settings may use.
#[derive(Serialize)]
pub struct Targets {
    nodes: Vec<Target>,
    weaviates: Vec<Target>,
    pages: Vec<Page>,
}

/// A program on a machine.
#[derive(Serialize)]
struct Target {
    machine: String,
    at: String,
}

/// A page of the user's own.
#[derive(Serialize)]
struct Page {
    name: String,
    scheme: String,
    at: String,
    path: String,
}

/// What there is to read; a machine that has no address yet comes with the next `up`.
pub fn of(place: &Place<'_>, monitoring: &MonitoringSpec) -> Targets {
    // Components that share a machine have one node exporter.
    let own = |address: &&Address| {
        let owner = address.component_name().map(|name| place.stack.host(name));
        owner == address.component_name()
    };
    let machines = place.hosts.iter().filter(|(address, _)| own(address));
    let weaviates = place.hosts.iter().filter(|(address, _)| {
        let name = address.component_name();
        let component = name.and_then(|name| place.stack.components.get(name));
        matches!(component, Some(Component::VectorDroplet(_)))
    });
    Targets {
        nodes: machines.filter_map(|one| target(one, NODE)).collect(),
        weaviates: weaviates.filter_map(|one| target(one, WEAVIATE)).collect(),
        pages: monitoring.scrape.iter().map(|it| page(&runtime::filled(place, it))).collect(),
    }
}

/// Where node exporters listen.
pub const NODE: u16 = 9100;

/// Where Weaviate shows its figures (docs.weaviate.io: Monitoring).
const WEAVIATE: u16 = 2112;

fn target((address, host): (&Address, &Host), port: u16) -> Option<Target> {
    let at = format!("{}:{port}", host.private_ip?);
    Some(Target { machine: address.to_string(), at })
}

/// An address in the parts that Prometheus wants it in.
fn page(url: &str) -> Page {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (at, path) = rest.find('/').map_or((rest, "/metrics"), |slash| rest.split_at(slash));
    let [scheme, at, path] = [scheme, at, path].map(str::to_owned);
    Page { name: url.to_owned(), scheme, at, path }
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn a_page_without_a_path_is_where_pages_usually_are() {
        for (url, parts) in [
            ("http://127.0.0.1:8001", ["http", "127.0.0.1:8001", "/metrics"]),
            ("https://10.0.0.2:8001/own/figures", ["https", "10.0.0.2:8001", "/own/figures"]),
        ] {
            let page = page(url);
            assert_eq!([page.scheme, page.at, page.path], parts);
        }
    }
}
