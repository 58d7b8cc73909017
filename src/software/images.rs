//! Which image of what, by version: the one table of it.

/// Something that runs in containers, at the version that was tried.
pub struct Image {
    /// Where it comes from, without its tag.
    pub name: &'static str,
    /// Its tag.
    pub tag: &'static str,
}

/// Weaviate (docs.weaviate.io: Docker installation). The stack file says which minor version.
pub const WEAVIATE: &str = "cr.weaviate.io/semitechnologies/weaviate";

/// The last patch of each minor version of Weaviate that a stack file may name by its first two
/// numbers (tags of the project).
pub const WEAVIATE_PATCHES: [(&str, &str); 2] = [("1.30", "1.30.23"), ("1.40", "1.40.4")];

/// Dragonfly (tags of the project; licence: BUSL 1.1).
pub const DRAGONFLY: Image =
    Image { name: "docker.dragonflydb.io/dragonflydb/dragonfly", tag: "v1.40.1" };

/// pgvector beside Postgres (README of pgvector: Docker; 0.8.2 and later have no known hole,
/// CVE-2026-3172). Postgres 16 is supported until November 2028 (postgresql.org: Versioning Policy).
pub const PGVECTOR: (&str, &str) = ("docker.io/pgvector/pgvector", "0.8.6");

/// `PgBouncer` (edoburu/docker-pgbouncer, its tags: `PgBouncer` itself publishes no image).
pub const PGBOUNCER: Image = Image { name: "docker.io/edoburu/pgbouncer", tag: "v1.25.2-p0" };

/// Nginx, its stable branch (docker-library: repo-info, `stable-alpine`); supported until the next
/// one, each April.
pub const NGINX: Image = Image { name: "docker.io/library/nginx", tag: "1.30.6-alpine" };

/// Certbot, from its makers (certbot/certbot, its tags are the releases'); the newest is supported.
pub const CERTBOT: Image = Image { name: "docker.io/certbot/certbot", tag: "v5.8.0" };

/// The last patch of each major version of Langfuse (tags of the project). 2 has had no security
/// updates since March 2025, 3 has them until January 2027 (docs: upgrade from 3 to 4).
pub const LANGFUSE: [(u16, Image); 3] = [
    (2, Image { name: "docker.io/langfuse/langfuse", tag: "2.95.12" }),
    (3, Image { name: "docker.io/langfuse/langfuse", tag: "3.225.4" }),
    (4, Image { name: "docker.langfuse.com/langfuse/langfuse", tag: "4.16.0" }),
];

/// `ClickHouse`, the version with long support; Langfuse 4 wants 25.12 at least. Supported for a
/// year, until March 2027.
pub const CLICKHOUSE: Image = Image { name: "docker.io/clickhouse/clickhouse-server", tag: "26.3" };

/// Valkey (tags of the project); 8.1 has security updates for five years from March 2025.
pub const VALKEY: Image = Image { name: "docker.io/valkey/valkey", tag: "8.1.11" };

/// Python, for environments made from requirements.
pub const PYTHON: Image = Image { name: "docker.io/library/python", tag: "3.12-slim-bookworm" };

impl Image {
    /// The image as compose names it.
    pub fn reference(&self) -> String {
        format!("{}:{}", self.name, self.tag)
    }
}

/// Weaviate's image: a version of three numbers is taken at its word, one of two is the last patch.
pub fn weaviate(version: &str) -> String {
    let patch = WEAVIATE_PATCHES.iter().find(|(minor, _)| *minor == version);
    let tag = match patch {
        Some((_, patch)) => (*patch).to_owned(),
        None if version.split('.').count() == 2 => format!("{version}.0"),
        None => version.to_owned(),
    };
    format!("{WEAVIATE}:{tag}")
}

/// Postgres with pgvector, by its major version.
pub fn postgres(major: u16) -> String {
    let (name, tag) = PGVECTOR;
    format!("{name}:{tag}-pg{major}-bookworm")
}

/// Langfuse's images by its major version: what shows its pages, and what works behind them from
/// version 3 on.
pub fn langfuse(major: u16) -> [String; 2] {
    let [.., (_, newest)] = &LANGFUSE;
    let known = LANGFUSE.iter().find(|(known, _)| *known == major);
    let Image { name, tag } = known.map_or(newest, |(_, image)| image);
    [format!("{name}:{tag}"), format!("{name}-worker:{tag}")]
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
