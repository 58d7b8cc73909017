//! `metrics`: where readings come from.

use crate::config::{
    reader::Reader,
    shape::{Shape, optional},
    tree::Node,
};

/// Where readings come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metrics {
    /// A Prometheus server that is asked.
    Prometheus(String),
    /// Pages of metrics that are read by us.
    Scrape(Vec<String>),
}

/// The section.
pub const SHAPE: Shape = Shape::Record(&[
    optional("prometheus", &Shape::Text, "The address of a Prometheus server."),
    optional(
        "scrape",
        &Shape::List(&Shape::Text),
        "Addresses of metrics pages, read without a server.",
    ),
]);

/// Reads the section.
pub fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Metrics> {
    let prometheus = address(node.get("prometheus"), reader);
    let pages = node.get("scrape").map(Node::items).unwrap_or_default();
    let scrape = pages.iter().filter_map(|page| address(Some(page), reader)).collect();
    match (node.get("prometheus"), node.get("scrape")) {
        (Some(_), None) => prometheus.map(Metrics::Prometheus),
        (None, Some(_)) => Some(Metrics::Scrape(scrape)),
        (Some(_), Some(_)) | (None, None) => {
            reader.mistake(node.place, "give either `prometheus` or `scrape`");
            None
        }
    }
}

/// An address; one with a password in it is not shown.
pub fn address(node: Option<&Node>, reader: &mut Reader<'_>) -> Option<String> {
    let node = node?;
    if node.text().is_some_and(|text| text.contains('@')) {
        reader.files.hide(node.place);
    }
    reader.parse(Some(node), url)
}

/// An address that can be asked over HTTP, without a password in it.
fn url(text: &str) -> Result<String, String> {
    let host = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let host = host.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    match host {
        Some(host) if host.contains('@') => {
            Err("an address must not carry a user or password".to_owned())
        }
        Some(host) if !host.is_empty() && !text.contains(char::is_whitespace) => {
            Ok(text.to_owned())
        }
        Some(_) | None => {
            Err(format!("`{text}` is no address: write it as `http://10.120.0.3:9090`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn addresses_are_http_and_carry_no_password() {
        assert!(url("http://10.120.0.3:9090").is_ok());
        assert!(url("https://metrics.example.com/a?b#c").is_ok());
        for text in ["", "10.0.0.1:9090", "ftp://a", "http://", "http:///a", "http://a b"] {
            assert!(url(text).is_err(), "{text}");
        }
        let refused = url("http://me:hunter2@example.com").unwrap_err();
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}
