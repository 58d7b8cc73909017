//! `monitoring`: an `AppStack` whose machine watches the stack.

use std::time::Duration;

use crate::{
    config::{
        reader::Reader,
        report::Diagnostic,
        sections::metrics::address,
        shape::{FLAG, Field, Shape, optional, required},
        template::Template,
        time,
        tree::Node,
    },
    values::SecretName,
};

/// What watches a stack: Prometheus and Alertmanager, `dostack serve` and the guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitoringSpec {
    /// The secret with the token that the daemon and the guard work with.
    pub token: SecretName,
    /// How long readings are kept.
    pub retention: Duration,
    /// Pages of metrics of the user's own programs.
    pub scrape: Vec<Template>,
}

/// Where its Prometheus answers: on its own machine only, for it asks nobody who they are.
pub const PROMETHEUS: &str = "http://127.0.0.1:9090";

/// The field of an `AppStack`.
pub const FIELD: Field = optional(
    "monitoring",
    &SHAPE,
    "Prometheus, Alertmanager, `dostack serve` and its guard on this machine, for the whole stack.",
);

const SHAPE: Shape = Shape::Record(&[
    required("enabled", &FLAG, "Whether they are there."),
    optional(
        "token",
        &Shape::Secret,
        "The secret with the token of DigitalOcean's that the daemon and the guard work with.",
    ),
    optional("retention", &Shape::Text, "How long readings are kept, as `30d`; 15d unless given."),
    optional(
        "scrape",
        &Shape::List(&Shape::Template),
        "Pages of metrics of your own programs, as `http://127.0.0.1:8001/metrics`.",
    ),
]);

/// How long readings are kept where the file does not say: Prometheus' own choice.
const RETENTION: Duration = Duration::from_hours(15 * 24);

/// Reads the field of a component; none where it is switched off.
pub fn read(component: &Node, reader: &mut Reader<'_>) -> Option<MonitoringSpec> {
    let node = component.get(FIELD.name)?;
    let retention = reader.parse(node.get("retention"), time::length).unwrap_or(RETENTION);
    let pages = node.get("scrape").map(Node::items).unwrap_or_default();
    let scrape = pages_of(pages, reader);
    if node.get("enabled").and_then(Node::text) != Some("true") {
        return None;
    }
    let Some(token) = node.get("token") else {
        let message = "`dostack serve` needs a token of DigitalOcean's: give `token`";
        let help = "list a secret, and write `token: \"${secret:NAME}\"`".to_owned();
        reader.tell(Diagnostic::error(node.place, message).help(help));
        return None;
    };
    Some(MonitoringSpec { token: token.secret()?.clone(), retention, scrape })
}

/// The pages; one that is there twice would keep Prometheus from starting.
fn pages_of(nodes: &[Node], reader: &mut Reader<'_>) -> Vec<Template> {
    let mut pages: Vec<Template> = Vec::new();
    for node in nodes {
        match page(node, reader) {
            Some(page) if pages.contains(&page) => {
                reader.mistake(node.place, "this page is there twice");
            }
            page => pages.extend(page),
        }
    }
    pages
}

/// A page, whose address Prometheus takes apart.
fn page(node: &Node, reader: &mut Reader<'_>) -> Option<Template> {
    if node.text().is_some() {
        let text = address(Some(node), reader)?;
        if text.contains(['?', '#']) {
            reader.mistake(node.place, "a page of metrics is an address and a path");
            return None;
        }
    }
    node.template()
}
