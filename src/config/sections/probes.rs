//! `probes`: what has to be true of a component's software, each under a name of its own.
//!
//! Every component has probes without being asked (`matrix::defaults`). What stands here under one
//! of their names takes its place, `false` takes it away, and any other name adds one.

use std::{collections::BTreeMap, time::Duration};

use crate::config::{
    reader::Reader,
    report::Diagnostic,
    sections::metrics::address,
    shape::{Field, Kind, Shape, optional, required},
    template::Template,
    time,
    tree::{Entry, Node},
};

/// The probes of a component by name; `None` takes a default one away.
pub type Probes = BTreeMap<String, Option<Check>>;

/// What has to be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// An address answers as it should.
    Http(HttpCheck),
    /// Weaviate says that it is ready, in time.
    WeaviateReady {
        /// In what time.
        within: Duration,
    },
    /// Weaviate turns away whoever has no key, and nobody else.
    WeaviateKey,
    /// Every node of Weaviate says that it is healthy.
    WeaviateNodes,
    /// Enough of the queries since Weaviate began were answered in time.
    WeaviateShare {
        /// In what time: an edge of its histogram.
        at_most: Duration,
        /// How many of a hundred.
        percent: u8,
    },
    /// 95 of a hundred vector searches, sent by the probe, are answered in time.
    WeaviateSearch {
        /// What is searched.
        place: Collection,
        /// In what time.
        within: Duration,
        /// How many searches are sent.
        count: u16,
    },
    /// A question in plain words is answered in time, the model that understands it included.
    WeaviateQuestion {
        /// What is searched.
        place: Collection,
        /// The question.
        text: String,
        /// In what time.
        within: Duration,
    },
    /// Postgres finds most of what it reads in its own memory.
    PostgresCache {
        /// How many of a hundred blocks.
        percent: u8,
    },
    /// Postgres has connections to spare.
    PostgresConnections {
        /// How many of a hundred may be taken.
        percent: u8,
    },
    /// The largest tables are no larger than they may be.
    PostgresTables {
        /// How large one may be, if that is limited.
        most_gb: Option<u32>,
    },
    /// Postgres keeps up with load, in a database of its own that is dropped afterwards.
    PostgresLoad {
        /// How many clients there are at once.
        clients: u16,
        /// For how long.
        lasting: Duration,
        /// How many transactions a second at least.
        least: u32,
    },
    /// The cache answers who knows its password.
    CachePing,
}

/// An address, and what it has to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCheck {
    /// Where it is asked, from the component's own machine.
    pub url: Template,
    /// A JSON text that is sent by `POST`; it is a `GET` without.
    pub post: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// A text that stands in the answer.
    pub body: Option<String>,
    /// In what time.
    pub within: Duration,
    /// Whose certificate is good enough.
    pub certificate: Certificate,
}

/// Whose certificate is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// One that an authority vouches for.
    Trusted,
    /// Any: those that machines make for themselves too.
    Any,
}

/// What of Weaviate is searched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// The class; the first one there is unless given.
    pub class: Option<String>,
    /// The tenant; the first active one unless given.
    pub tenant: Option<String>,
}

/// The field of a component.
pub const FIELD: Field = optional(
    "probes",
    &Shape::Names(&Shape::Either(&Shape::Kinds(KINDS), &Shape::Word(&["false"]))),
    "What has to be true of its software, by name; `false` takes a default one away.",
);

const KINDS: &[Kind] = &[
    Kind {
        name: "http",
        about: "An address that is asked from the component's own machine.",
        fields: &[
            required("url", &Shape::Template, "The address, as `http://127.0.0.1:8001/health`."),
            optional("post", &Shape::Text, "A JSON text that is sent by POST."),
            optional("status", &Shape::Whole(100, 599), "The answer's status; 200 unless given."),
            optional("body", &Shape::Text, "A text that stands in the answer."),
            WITHIN,
            optional(
                "certificate",
                &Shape::Word(&["trusted", "any"]),
                "Whose certificate is good enough; `trusted` unless given.",
            ),
        ],
    },
    Kind { name: "weaviate-ready", about: "Weaviate is ready, in 1s.", fields: &[WITHIN] },
    Kind { name: "weaviate-key", about: "Weaviate wants its key.", fields: &[] },
    Kind { name: "weaviate-nodes", about: "Every node of Weaviate is healthy.", fields: &[] },
    Kind {
        name: "weaviate-share",
        about: "The share of queries that Weaviate answered in time, by its own metrics.",
        fields: &[
            optional("at_most", &Shape::Text, "In what time; 100ms unless given."),
            optional("percent", &PERCENT, "How many of a hundred; 95 unless given."),
        ],
    },
    Kind {
        name: "weaviate-search",
        about: "95 of a hundred vector searches are answered in time, 150ms unless given.",
        fields: &[
            CLASS,
            TENANT,
            WITHIN,
            optional("count", &Shape::Whole(1, 1000), "How many are sent; 20 unless given."),
        ],
    },
    Kind {
        name: "weaviate-question",
        about: "A question in plain words is answered in time, 2s unless given.",
        fields: &[required("text", &Shape::Text, "The question."), CLASS, TENANT, WITHIN],
    },
    Kind {
        name: "postgres-cache",
        about: "Postgres finds most of what it reads in its own memory.",
        fields: &[optional("percent", &PERCENT, "How many of a hundred; 90 unless given.")],
    },
    Kind {
        name: "postgres-connections",
        about: "Postgres has connections to spare.",
        fields: &[optional("percent", &PERCENT, "The most that are taken; 80 unless given.")],
    },
    Kind {
        name: "postgres-tables",
        about: "The largest tables, and how large they are.",
        fields: &[optional("most_gb", &Shape::Whole(1, 16_384), "How large one may be.")],
    },
    Kind {
        name: "postgres-load",
        about: "pgbench on a database of its own; only with `probe --load`.",
        fields: &[
            optional("clients", &Shape::Whole(1, 500), "How many at once; 16 unless given."),
            optional("lasting", &Shape::Text, "For how long; 60s unless given."),
            optional(
                "least",
                &Shape::Whole(1, 1_000_000),
                "Transactions a second; 500 unless given.",
            ),
        ],
    },
    Kind { name: "cache-ping", about: "The cache answers.", fields: &[] },
];

const WITHIN: Field = optional("within", &Shape::Text, "In what time, as `150ms` or `2s`.");
const CLASS: Field = optional("class", &Shape::Text, "The class; the first one unless given.");
const TENANT: Field =
    optional("tenant", &Shape::Text, "The tenant; the first active one unless given.");
const PERCENT: Shape = Shape::Whole(1, 100);

/// What a component runs that probes are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// Weaviate.
    Weaviate,
    /// Postgres.
    Postgres,
    /// The cache.
    Cache,
    /// Nothing that we know.
    Nothing,
}

/// Reads the field of a component.
pub fn read(component: &Node, runs: Runs, reader: &mut Reader<'_>) -> Probes {
    let mut all = Probes::new();
    for entry in component.get(FIELD.name).map(Node::entries).unwrap_or_default() {
        let name = reader.keep(entry.place, name(&entry.key));
        let check = if entry.value.text() == Some("false") {
            Some(None)
        } else {
            fits(entry, runs, reader);
            check(&entry.value, reader).map(Some)
        };
        all.extend(name.zip(check));
    }
    all
}

/// Tells a probe of what the component does not run.
fn fits(entry: &Entry, runs: Runs, reader: &mut Reader<'_>) {
    let Some(kind) = entry.value.get("kind") else { return };
    let known = kind.text().filter(|word| KINDS.iter().any(|kind| kind.name == *word));
    let Some(word) = known else { return };
    let own = match runs {
        Runs::Weaviate => "weaviate-",
        Runs::Postgres => "postgres-",
        Runs::Cache => "cache-",
        Runs::Nothing => "http",
    };
    if word != "http" && !word.starts_with(own) {
        let message = format!("`{word}` is about software that this component does not run");
        let fitting = KINDS.iter().map(|kind| kind.name);
        let fitting: Vec<_> =
            fitting.filter(|name| *name == "http" || name.starts_with(own)).collect();
        let help = format!("there is `{}`", fitting.join("`, `"));
        reader.tell(Diagnostic::error(kind.place, message).help(help));
    }
}

fn check(node: &Node, reader: &mut Reader<'_>) -> Option<Check> {
    let checked = match node.get("kind").and_then(Node::text)? {
        "http" => Check::Http(http(node, reader)?),
        "weaviate-ready" => Check::WeaviateReady { within: within(node, 1000, reader)? },
        "weaviate-key" => Check::WeaviateKey,
        "weaviate-nodes" => Check::WeaviateNodes,
        "weaviate-share" => Check::WeaviateShare {
            at_most: limit(node, ("at_most", 100), reader)?,
            percent: percent(node, 95),
        },
        "weaviate-search" => Check::WeaviateSearch {
            place: collection(node, reader)?,
            within: within(node, 150, reader)?,
            count: number(node, ("count", 20)),
        },
        "weaviate-question" => Check::WeaviateQuestion {
            place: collection(node, reader)?,
            text: reader.parse(node.get("text"), question)?,
            within: within(node, 2000, reader)?,
        },
        "postgres-cache" => Check::PostgresCache { percent: percent(node, 90) },
        "postgres-connections" => Check::PostgresConnections { percent: percent(node, 80) },
        "postgres-tables" => {
            let most = node.get("most_gb").and_then(Node::whole);
            Check::PostgresTables { most_gb: most.and_then(|most| u32::try_from(most).ok()) }
        }
        "postgres-load" => Check::PostgresLoad {
            clients: number(node, ("clients", 16)),
            lasting: lasting(node, reader)?,
            least: number(node, ("least", 500)),
        },
        "cache-ping" => Check::CachePing,
        _ => return None,
    };
    Some(checked)
}

fn http(node: &Node, reader: &mut Reader<'_>) -> Option<HttpCheck> {
    let url = node.get("url")?;
    if url.text().is_some() {
        address(Some(url), reader)?;
    }
    let any = node.get("certificate").and_then(Node::text) == Some("any");
    Some(HttpCheck {
        url: url.template()?,
        post: node.get("post").and_then(Node::text).map(str::to_owned),
        status: number(node, ("status", 200)),
        body: node.get("body").and_then(Node::text).map(str::to_owned),
        within: within(node, 1000, reader)?,
        certificate: if any { Certificate::Any } else { Certificate::Trusted },
    })
}

fn within(node: &Node, milliseconds: u64, reader: &mut Reader<'_>) -> Option<Duration> {
    limit(node, (WITHIN.name, milliseconds), reader)
}

/// A time an answer may take; so many milliseconds where the file says nothing.
fn limit(node: &Node, given: (&str, u64), reader: &mut Reader<'_>) -> Option<Duration> {
    let (name, milliseconds) = given;
    match node.get(name) {
        Some(given) => reader.parse(Some(given), time::limit),
        None => Some(Duration::from_millis(milliseconds)),
    }
}

/// How long load lasts; an hour is no probe any more.
fn lasting(node: &Node, reader: &mut Reader<'_>) -> Option<Duration> {
    let minute = Duration::from_mins(1);
    let Some(given) = node.get("lasting") else { return Some(minute) };
    let lasting = reader.parse(Some(given), time::length)?;
    if lasting > 10 * minute {
        reader.mistake(given.place, "load for more than 10m is no probe");
        return None;
    }
    Some(lasting)
}

/// A number whose range its shape has checked.
fn number<T: TryFrom<u64> + From<u16>>(node: &Node, (name, default): (&str, u16)) -> T {
    let given = node.get(name).and_then(Node::whole);
    given.and_then(|number| T::try_from(number).ok()).unwrap_or_else(|| T::from(default))
}

fn percent(node: &Node, default: u8) -> u8 {
    let given = node.get("percent").and_then(Node::whole);
    given.and_then(|number| u8::try_from(number).ok()).unwrap_or(default)
}

fn collection(node: &Node, reader: &mut Reader<'_>) -> Option<Collection> {
    let class = match node.get(CLASS.name) {
        Some(given) => Some(reader.parse(Some(given), class)?),
        None => None,
    };
    let tenant = match node.get(TENANT.name) {
        Some(given) => Some(reader.parse(Some(given), tenant)?),
        None => None,
    };
    Some(Collection { class, tenant })
}

/// Reads a class of Weaviate's (its schema: `ClassNameRegexCore`).
fn class(text: &str) -> Result<String, String> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let first = text.starts_with(|first: char| first.is_ascii_uppercase());
    if first && text.len() <= 255 && text.bytes().all(word) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no class: a capital letter, then letters, digits and `_`"))
    }
}

/// Reads a tenant of Weaviate's (its schema: `TenantNameRegex`).
fn tenant(text: &str) -> Result<String, String> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if (1..=64).contains(&text.len()) && text.bytes().all(word) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no tenant: 1 to 64 letters, digits, `_` and `-`"))
    }
}

fn question(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("the question is empty") } else { Ok(text.to_owned()) }
}

/// Reads a name that can stand in an address.
fn name(text: &str) -> Result<String, String> {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=64).contains(&text.len()) && text.bytes().all(word) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "`{text}` is no name of a probe: lower-case letters, digits and dashes, at most 64"
        ))
    }
}
