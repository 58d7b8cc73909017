//! From probes to the script that a machine runs for them.

use std::{fmt::Write as _, time::Duration};

use crate::{
    config::{Certificate, Check, Collection, HttpCheck},
    matrix::Probe,
    software::ROOT,
    ssh::Command,
};

/// What all probes have in common.
const SHARED: &str = include_str!("ask.sh");

/// How much longer than it may take an answer is waited for, so that it is known how long it took.
const LONGER: Duration = Duration::from_secs(5);

/// How long a probe may take besides the answer it waits for: to come into a container, say.
const SLACK: Duration = Duration::from_secs(15);

/// How long a database for load may take to fill.
const FILLING: Duration = Duration::from_mins(3);

/// The blocks that were found in memory, and those that were not, of all databases since their
/// counters began (Postgres: `pg_stat_database`).
const CACHE: &str = "SELECT json_build_object('hits', coalesce(sum(blks_hit), 0), \
    'reads', coalesce(sum(blks_read), 0)) FROM pg_stat_database";

/// The connections of clients, and how many there may be.
const CONNECTIONS: &str = "SELECT json_build_object('used', count(*), \
    'most', current_setting('max_connections')::int) \
    FROM pg_stat_activity WHERE backend_type = 'client backend'";

/// The five largest tables with their indexes.
const TABLES: &str = "SELECT coalesce(json_agg(t), '[]') FROM (SELECT relname AS name, \
    pg_total_relation_size(c.oid) AS bytes FROM pg_class c \
    JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE relkind IN ('r', 'm', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema') \
    ORDER BY 2 DESC, 1 LIMIT 5) t";

/// The command that asks one machine all its probes, one after the other, so that none disturbs the
/// measures of another; those that are a load come last. Each answers under its place in the list.
pub fn script(probes: &[Probe]) -> Command {
    let (load, rest): (Vec<_>, Vec<_>) =
        (0..).zip(probes).partition(|(_, probe): &(u32, &Probe)| probe.is_load());
    let mut script = SHARED.to_owned();
    let mut deadline = SLACK;
    let mut entered = None;
    for (number, probe) in rest.into_iter().chain(load) {
        if entered.replace(&probe.component) != Some(&probe.component) {
            enter(probe, probes, &mut script);
        }
        let _ = writeln!(script, "probe {number} {}", call(probe));
        deadline += patience(&probe.check);
    }
    Command::new(script).within(deadline)
}

/// Says which component comes next, and finds out what its probes need.
fn enter(probe: &Probe, probes: &[Probe], script: &mut String) {
    let folder = format!("{ROOT}/{}", probe.component.owner());
    let _ = writeln!(script, "component {}", quoted(&folder));
    let own = probes.iter().filter(|other| other.component == probe.component);
    if own.map(|own| &own.check).any(is_of_weaviate) {
        let host = probe.listens.map_or("127.0.0.1".to_owned(), |ip| ip.to_string());
        let _ = writeln!(script, "weaviate {}", quoted(&host));
    }
}

const fn is_of_weaviate(check: &Check) -> bool {
    match check {
        Check::WeaviateReady { .. }
        | Check::WeaviateKey
        | Check::WeaviateNodes
        | Check::WeaviateShare { .. }
        | Check::WeaviateSearch { .. }
        | Check::WeaviateQuestion { .. } => true,
        Check::Http(_)
        | Check::PostgresCache { .. }
        | Check::PostgresConnections { .. }
        | Check::PostgresTables { .. }
        | Check::PostgresLoad { .. }
        | Check::CachePing => false,
    }
}

/// The function of the script that asks a probe, with its arguments.
fn call(probe: &Probe) -> String {
    let of_postgres = |database: &str, statement: &str| {
        format!("postgres {} {}", quoted(database), quoted(statement))
    };
    match &probe.check {
        Check::Http(check) => http(check),
        Check::WeaviateReady { within } => format!("weaviate_ready {}", longer(*within)),
        Check::WeaviateKey => "weaviate_key".to_owned(),
        Check::WeaviateNodes => "weaviate_nodes".to_owned(),
        Check::WeaviateShare { .. } => "weaviate_share".to_owned(),
        Check::WeaviateSearch { place, count, .. } => {
            format!("weaviate_search {} {count}", self::place(place))
        }
        Check::WeaviateQuestion { place, text, .. } => {
            format!("weaviate_question {} {}", self::place(place), quoted(&concept(text)))
        }
        Check::PostgresCache { .. } => of_postgres("postgres", CACHE),
        Check::PostgresConnections { .. } => of_postgres("postgres", CONNECTIONS),
        Check::PostgresTables { .. } => {
            of_postgres(probe.database.as_deref().unwrap_or("postgres"), TABLES)
        }
        Check::PostgresLoad { clients, lasting, .. } => {
            format!("postgres_load {clients} {} {}", (*clients).min(4), lasting.as_secs())
        }
        Check::CachePing => "cache_ping".to_owned(),
    }
}

fn http(check: &HttpCheck) -> String {
    let mut call = format!("get {}", longer(check.within));
    if check.certificate == Certificate::Any {
        call.push_str(" -k");
    }
    if let Some(text) = &check.post {
        let text = quoted(text);
        let _ = write!(call, " -H 'Content-Type: application/json' --data-raw {text}");
    }
    let _ = write!(call, " {}", quoted(&check.url.to_string()));
    call
}

fn place(place: &Collection) -> String {
    let [class, tenant] = [&place.class, &place.tenant].map(|name| name.as_deref().unwrap_or(""));
    format!("{} {}", quoted(class), quoted(tenant))
}

/// A text as it stands in a query of GraphQL, which stands in a text of JSON.
fn concept(text: &str) -> String {
    let once = serde_json::Value::from(text).to_string();
    let twice = serde_json::Value::from(once).to_string();
    let inner = twice.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or_default().to_owned()
}

/// How long a probe may take at most.
fn patience(check: &Check) -> Duration {
    SLACK
        + match check {
            Check::Http(HttpCheck { within, .. }) | Check::WeaviateReady { within } => {
                *within + LONGER
            }
            Check::WeaviateSearch { within, count, .. } => *within * 2 * u32::from(*count),
            Check::PostgresLoad { lasting, .. } => *lasting + FILLING,
            Check::WeaviateQuestion { .. }
            | Check::WeaviateKey
            | Check::WeaviateNodes
            | Check::WeaviateShare { .. }
            | Check::PostgresCache { .. }
            | Check::PostgresConnections { .. }
            | Check::PostgresTables { .. }
            | Check::CachePing => Duration::from_secs(30),
        }
}

fn longer(within: Duration) -> String {
    format!("{:.3}", (within + LONGER).as_secs_f64())
}

/// A text as one word of the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
