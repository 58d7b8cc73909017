//! Versions that their makers keep no longer: valid, and told.

use crate::config::{
    images::{FIELD, Images, Product},
    reader::Reader,
    sections::{postgres, weaviate, web},
    tree::{Entry, Node},
};

/// The first minor version of Weaviate that is maintained: its makers keep the last three, of which
/// 1.40 is the newest (docs.weaviate.io: Release notes).
const WEAVIATE: (u32, u32) = (1, 38);

/// The first version of Weaviate whose backups hold inactive tenants (docs.weaviate.io: Backups).
const WHOLE_BACKUPS: (u32, u32) = (1, 37);

/// The first version of pgvector without a hole that is known (CVE-2026-3172).
const PGVECTOR: [u32; 3] = [0, 8, 2];

/// The first version of Prometheus after 3.5, whose long support has ended (prometheus.io:
/// Long-term support).
const PROMETHEUS: (u32, u32) = (3, 6);

/// The first Debian whose C library is new enough for programs that are built elsewhere.
const DEBIAN: u32 = 13;

/// Warns of every version that a stack file states, or has for want of a word, and that is out of
/// its makers' hands.
pub fn check(root: &Node, images: &Images, reader: &mut Reader<'_>) {
    for entry in root.get("components").map(Node::entries).unwrap_or_default() {
        match entry.value.get("kind").and_then(Node::text) {
            Some("VectorDroplet") => vector(entry, images, reader),
            Some("AppStack") => app(entry, reader),
            Some(_) | None => {}
        }
    }
    let stated = root.get(FIELD.name).map(Node::entries).unwrap_or_default();
    for product in Product::ALL {
        let entry = stated.iter().find(|entry| entry.key == product.word());
        if let Some((entry, image)) = entry.zip(images.0.get(&product)) {
            let warning = match tag(image) {
                Some(tag) => outdated(product, tag),
                None => Some(format!("`{image}` names no version: what runs changes unasked")),
            };
            if let Some(text) = warning {
                reader.warn(entry.value.place, text);
            }
        }
    }
}

fn vector(entry: &Entry, images: &Images, reader: &mut Reader<'_>) {
    let section = entry.value.get(weaviate::FIELD.name);
    let version = section.and_then(|section| section.get("version"));
    if images.0.contains_key(&Product::Weaviate) {
        if let Some(version) = version {
            reader.warn(version.place, "`images.weaviate` is what runs, and not this version");
        }
        return;
    }
    let place = version.or(section).map_or(entry.place, |node| node.place);
    let version = version.and_then(Node::text).unwrap_or(weaviate::VERSION);
    if let Some(text) = outdated(Product::Weaviate, version) {
        reader.warn(place, text);
    }
}

fn app(entry: &Entry, reader: &mut Reader<'_>) {
    let version = |section: &str| entry.value.get(section)?.get("version");
    let postgres = version(postgres::FIELD.name);
    // postgresql.org: Versioning Policy.
    if let Some(postgres) = postgres.filter(|version| version.text() == Some("14")) {
        reader.warn(postgres.place, "Postgres 14 has had no fixes since November 2026");
    }
    let langfuse = version(web::LANGFUSE.name);
    let warning = langfuse
        .and_then(|node| outdated(Product::Langfuse, node.text()?).map(|text| (node.place, text)));
    if let Some((place, text)) = warning {
        reader.warn(place, text);
    }
}

/// Why a version, as a tag has it, should not be had any more; none where nothing is known.
fn outdated(product: Product, tag: &str) -> Option<String> {
    let numbers = numbers(tag);
    match (product, numbers.as_slice()) {
        (Product::Weaviate, [major, minor, ..]) if (*major, *minor) < WEAVIATE => {
            let backups = if (*major, *minor) < WHOLE_BACKUPS {
                ", and its backups leave inactive tenants out"
            } else {
                ""
            };
            let (from, minor_from) = WEAVIATE;
            Some(format!(
                "Weaviate {major}.{minor} gets no more fixes{backups}; {from}.{minor_from} and later do, and are reached one minor version at a time"
            ))
        }
        (Product::Langfuse | Product::LangfuseWorker, [2, ..]) => {
            Some("Langfuse 2 has had no security updates since March 2025".to_owned())
        }
        (Product::Langfuse | Product::LangfuseWorker, [3, ..]) => {
            Some("Langfuse 3 has security updates until January 2027 only".to_owned())
        }
        (Product::Prometheus, [major, minor, ..]) if (*major, *minor) < PROMETHEUS => {
            Some(format!(
                "Prometheus {major}.{minor} has had no fixes since July 2026, when those of 3.5 ended"
            ))
        }
        (Product::Debian, [major, ..]) if *major < DEBIAN => Some(format!(
            "programs built lately do not run in Debian {major}; 13 and later will do"
        )),
        (Product::Postgres, [major, minor, patch, ..]) if [*major, *minor, *patch] < PGVECTOR => {
            Some(format!(
                "pgvector {major}.{minor}.{patch} has a hole (CVE-2026-3172); 0.8.2 and later have not"
            ))
        }
        (
            Product::Weaviate
            | Product::Postgres
            | Product::Pgbouncer
            | Product::Nginx
            | Product::Certbot
            | Product::Langfuse
            | Product::LangfuseWorker
            | Product::Clickhouse
            | Product::Valkey
            | Product::Dragonfly
            | Product::Python
            | Product::Prometheus
            | Product::Alertmanager
            | Product::Debian,
            _,
        ) => None,
    }
}

/// The numbers a tag begins with: `0.8.1-pg16` has three.
fn numbers(tag: &str) -> Vec<u32> {
    let first = tag.trim_start_matches('v').split('-').next().unwrap_or_default();
    first.split('.').map_while(|part| part.parse().ok()).collect()
}

/// The tag or the digest of an image, if it names one that says which it is.
fn tag(image: &str) -> Option<&str> {
    if let Some((_, digest)) = image.split_once('@') {
        return Some(digest);
    }
    let (_, tag) = image.rsplit('/').next()?.rsplit_once(':')?;
    (tag != "latest").then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::{outdated, tag};
    use crate::config::images::Product;

    #[test]
    fn an_image_says_which_it_is_by_its_tag_or_digest() {
        assert_eq!(tag("registry.example.com:5000/nginx:1.30.6"), Some("1.30.6"));
        assert_eq!(tag("nginx@sha256:0a"), Some("sha256:0a"));
        for unsaid in ["nginx", "registry.example.com:5000/nginx", "nginx:latest"] {
            assert_eq!(tag(unsaid), None, "{unsaid}");
        }
    }

    #[test]
    fn what_is_kept_by_its_makers_is_not_warned_of() {
        for (product, old, new) in [
            (Product::Weaviate, "1.30.23", "1.40.4"),
            (Product::Postgres, "0.8.1-pg16-bookworm", "0.8.6-pg16-bookworm"),
            (Product::Langfuse, "2.95.12", "4.16.0"),
            (Product::LangfuseWorker, "3.225.4", "4"),
            (Product::Prometheus, "v3.5.0", "v3.13.5"),
            (Product::Debian, "12-slim", "13-slim"),
        ] {
            assert!(outdated(product, old).is_some(), "{old}");
            assert_eq!(outdated(product, new), None, "{new}");
        }
        assert_eq!(outdated(Product::Weaviate, "sha256:0a"), None);
    }
}
