//! Which image of what, by version: the one table of it, and what a stack file puts in its place.

use std::collections::BTreeMap;

use crate::config::{
    reader::Reader,
    sections::runtime,
    shape::{Field, Shape, optional},
    tree::Node,
};

/// The images that a stack file names itself, by what they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Images(pub BTreeMap<Product, String>);

/// Something that runs in containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Product {
    /// The vector store.
    Weaviate,
    /// Postgres with pgvector.
    Postgres,
    /// What shares its connections.
    Pgbouncer,
    /// The web server.
    Nginx,
    /// What asks an authority for certificates.
    Certbot,
    /// Langfuse's pages.
    Langfuse,
    /// What works behind them.
    LangfuseWorker,
    /// Langfuse's events.
    Clickhouse,
    /// Langfuse's queue.
    Valkey,
    /// The cache.
    Dragonfly,
    /// The environment of programs made from requirements.
    Python,
    /// What keeps readings.
    Prometheus,
    /// What sends alerts on.
    Alertmanager,
    /// The system that this program runs in on a machine.
    Debian,
}

/// The field of a stack file.
pub const FIELD: Field = optional(
    "images",
    &Shape::Record(&[
        optional("weaviate", &Shape::Text, "Weaviate, in place of `weaviate.version`."),
        optional("postgres", &Shape::Text, "Postgres with pgvector, of `postgres.version`."),
        optional("pgbouncer", &Shape::Text, "PgBouncer."),
        optional("nginx", &Shape::Text, "Nginx."),
        optional("certbot", &Shape::Text, "Certbot, where an authority gives the certificate."),
        optional("langfuse", &Shape::Text, "Langfuse's pages, of `langfuse.version`."),
        optional("langfuse-worker", &Shape::Text, "Langfuse's worker, from version 3 on."),
        optional("clickhouse", &Shape::Text, "ClickHouse, for Langfuse."),
        optional("valkey", &Shape::Text, "Valkey, for Langfuse."),
        optional("dragonfly", &Shape::Text, "Dragonfly, the cache."),
        optional("python", &Shape::Text, "Python, for programs made from `requirements`."),
        optional("prometheus", &Shape::Text, "Prometheus, for `monitoring`."),
        optional("alertmanager", &Shape::Text, "Alertmanager, for `monitoring`."),
        optional("debian", &Shape::Text, "What `dostack serve` runs in, for `monitoring`."),
    ]),
    "Container images in the place of those that were tried, as `registry.example.com/nginx:1.30`.",
);

/// Something that runs in containers, at the version that was tried.
struct Image {
    /// Where it comes from, without its tag.
    name: &'static str,
    /// Its tag.
    tag: &'static str,
}

/// Weaviate (docs.weaviate.io: Docker installation). The stack file says which minor version.
const WEAVIATE: &str = "cr.weaviate.io/semitechnologies/weaviate";

/// The last patch of each minor version of Weaviate that a stack file may name by its first two
/// numbers (tags of the project).
const WEAVIATE_PATCHES: [(&str, &str); 2] = [("1.30", "1.30.23"), ("1.40", "1.40.4")];

/// Dragonfly (tags of the project; licence: BUSL 1.1).
const DRAGONFLY: Image =
    Image { name: "docker.dragonflydb.io/dragonflydb/dragonfly", tag: "v1.40.1" };

/// pgvector beside Postgres (README of pgvector: Docker; 0.8.2 and later have no known hole,
/// CVE-2026-3172). Postgres 16 is supported until November 2028 (postgresql.org: Versioning Policy).
const PGVECTOR: (&str, &str) = ("docker.io/pgvector/pgvector", "0.8.6");

/// `PgBouncer` (edoburu/docker-pgbouncer, its tags: `PgBouncer` itself publishes no image).
const PGBOUNCER: Image = Image { name: "docker.io/edoburu/pgbouncer", tag: "v1.25.2-p0" };

/// Nginx, its stable branch (docker-library: repo-info, `stable-alpine`); supported until the next
/// one, each April.
const NGINX: Image = Image { name: "docker.io/library/nginx", tag: "1.30.6-alpine" };

/// Certbot, from its makers (certbot/certbot, its tags are the releases'); the newest is supported.
const CERTBOT: Image = Image { name: "docker.io/certbot/certbot", tag: "v5.8.0" };

/// The last patch of each major version of Langfuse (tags of the project). 2 has had no security
/// updates since March 2025, 3 has them until January 2027 (docs: upgrade from 3 to 4).
const LANGFUSE: [(u16, Image); 3] = [
    (2, Image { name: "docker.io/langfuse/langfuse", tag: "2.95.12" }),
    (3, Image { name: "docker.io/langfuse/langfuse", tag: "3.225.4" }),
    (4, Image { name: "docker.langfuse.com/langfuse/langfuse", tag: "4.16.0" }),
];

/// `ClickHouse`, the version with long support; Langfuse 4 wants 25.12 at least. Supported for a
/// year, until March 2027.
const CLICKHOUSE: Image = Image { name: "docker.io/clickhouse/clickhouse-server", tag: "26.3" };

/// Valkey (tags of the project); 8.1 has security updates for five years from March 2025.
const VALKEY: Image = Image { name: "docker.io/valkey/valkey", tag: "8.1.11" };

/// Python, for environments made from requirements.
const PYTHON: Image = Image { name: "docker.io/library/python", tag: "3.12-slim-bookworm" };

/// Prometheus (prometheus/prometheus, its tags): the last patch of 3.13, which is still patched after
/// later minor versions.
const PROMETHEUS: Image = Image { name: "docker.io/prom/prometheus", tag: "v3.13.5" };

/// Alertmanager (prometheus/alertmanager, its tags); the newest is supported.
const ALERTMANAGER: Image = Image { name: "docker.io/prom/alertmanager", tag: "v0.34.2" };

/// Debian 13, whose C library is as new as that of any system this program is built on (debian.org:
/// supported until August 2028).
const DEBIAN: Image = Image { name: "docker.io/library/debian", tag: "13-slim" };

/// Reads the images of a stack file.
pub fn read(root: &Node, reader: &mut Reader<'_>) -> Images {
    let entries = root.get(FIELD.name).map(Node::entries).unwrap_or_default();
    let one = |(product, node)| Some((product, reader.parse(Some(node), runtime::image)?));
    let known = entries.iter().filter_map(|it| Some((Product::from_word(&it.key)?, &it.value)));
    Images(known.filter_map(one).collect())
}

impl Product {
    /// Every product.
    pub const ALL: [Self; 14] = [
        Self::Weaviate,
        Self::Postgres,
        Self::Pgbouncer,
        Self::Nginx,
        Self::Certbot,
        Self::Langfuse,
        Self::LangfuseWorker,
        Self::Clickhouse,
        Self::Valkey,
        Self::Dragonfly,
        Self::Python,
        Self::Prometheus,
        Self::Alertmanager,
        Self::Debian,
    ];

    /// Its name in a stack file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Weaviate => "weaviate",
            Self::Postgres => "postgres",
            Self::Pgbouncer => "pgbouncer",
            Self::Nginx => "nginx",
            Self::Certbot => "certbot",
            Self::Langfuse => "langfuse",
            Self::LangfuseWorker => "langfuse-worker",
            Self::Clickhouse => "clickhouse",
            Self::Valkey => "valkey",
            Self::Dragonfly => "dragonfly",
            Self::Python => "python",
            Self::Prometheus => "prometheus",
            Self::Alertmanager => "alertmanager",
            Self::Debian => "debian",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|product| product.word() == word)
    }
}

impl Images {
    /// Weaviate's image: a version of three numbers is taken at its word, one of two is the last
    /// patch.
    pub fn weaviate(&self, version: &str) -> String {
        self.or(Product::Weaviate, || weaviate(version))
    }

    /// Postgres with pgvector, by its major version.
    pub fn postgres(&self, major: u16) -> String {
        let (name, tag) = PGVECTOR;
        self.or(Product::Postgres, || format!("{name}:{tag}-pg{major}-bookworm"))
    }

    /// Langfuse's images by its major version: what shows its pages, and what works behind them from
    /// version 3 on.
    pub fn langfuse(&self, major: u16) -> [String; 2] {
        let [.., (_, newest)] = &LANGFUSE;
        let known = LANGFUSE.iter().find(|(known, _)| *known == major);
        let Image { name, tag } = known.map_or(newest, |(_, image)| image);
        [
            self.or(Product::Langfuse, || format!("{name}:{tag}")),
            self.or(Product::LangfuseWorker, || format!("{name}-worker:{tag}")),
        ]
    }

    /// `PgBouncer`.
    pub fn pgbouncer(&self) -> String {
        self.or(Product::Pgbouncer, || PGBOUNCER.reference())
    }

    /// Nginx.
    pub fn nginx(&self) -> String {
        self.or(Product::Nginx, || NGINX.reference())
    }

    /// Certbot.
    pub fn certbot(&self) -> String {
        self.or(Product::Certbot, || CERTBOT.reference())
    }

    /// `ClickHouse`.
    pub fn clickhouse(&self) -> String {
        self.or(Product::Clickhouse, || CLICKHOUSE.reference())
    }

    /// Valkey.
    pub fn valkey(&self) -> String {
        self.or(Product::Valkey, || VALKEY.reference())
    }

    /// Dragonfly.
    pub fn dragonfly(&self) -> String {
        self.or(Product::Dragonfly, || DRAGONFLY.reference())
    }

    /// Python, for environments made from requirements.
    pub fn python(&self) -> String {
        self.or(Product::Python, || PYTHON.reference())
    }

    /// Prometheus.
    pub fn prometheus(&self) -> String {
        self.or(Product::Prometheus, || PROMETHEUS.reference())
    }

    /// Alertmanager.
    pub fn alertmanager(&self) -> String {
        self.or(Product::Alertmanager, || ALERTMANAGER.reference())
    }

    /// The system that this program runs in on a machine.
    pub fn debian(&self) -> String {
        self.or(Product::Debian, || DEBIAN.reference())
    }

    fn or(&self, product: Product, table: impl FnOnce() -> String) -> String {
        self.0.get(&product).cloned().unwrap_or_else(table)
    }
}

impl Image {
    /// The image as compose names it.
    fn reference(&self) -> String {
        format!("{}:{}", self.name, self.tag)
    }
}

fn weaviate(version: &str) -> String {
    let patch = WEAVIATE_PATCHES.iter().find(|(minor, _)| *minor == version);
    let tag = match patch {
        Some((_, patch)) => (*patch).to_owned(),
        None if version.split('.').count() == 2 => format!("{version}.0"),
        None => version.to_owned(),
    };
    format!("{WEAVIATE}:{tag}")
}

#[cfg(test)]
mod tests {
    use super::weaviate;

    #[test]
    fn a_version_of_two_numbers_is_the_last_patch_that_was_tried() {
        assert!(weaviate("1.30").ends_with("weaviate:1.30.23"));
        assert!(weaviate("1.30.4").ends_with("weaviate:1.30.4"));
        assert!(weaviate("1.36").ends_with("weaviate:1.36.0"));
    }
}
