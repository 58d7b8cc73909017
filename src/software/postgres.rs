//! Postgres with pgvector, and the databases in it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    config::{AppStack, LANGFUSE, Postgres},
    software::{DataFolder, File, Place, Service, Value, app::Share, langfuse, tuning},
};

/// The user and the group Postgres runs as in its image (docker-library: postgres, Dockerfile).
const OWNER: (u32, u32) = (999, 999);

/// The first version whose image has its data one folder higher, and refuses a mount at the old
/// place (docker-library: postgres, pull request 1259).
const MOVED: u16 = 18;

/// The setup, run again: the image itself runs it on an empty data folder only.
pub const AFTERWARDS: &[&str] =
    &["-u", "postgres", "postgres", "bash", "/docker-entrypoint-initdb.d/setup.sh"];

/// What the template may use.
#[derive(Serialize)]
pub struct Facts {
    image: String,
    database: String,
    shared_mb: u32,
    data: String,
    target: &'static str,
    configuration: String,
    first: String,
}

/// The server.
pub fn share(place: &Place<'_>, app: &AppStack) -> (Facts, Share) {
    let postgres = &app.postgres;
    let host = place.host;
    let data = place.data("postgres");
    let facts = Facts {
        image: place.stack.images.postgres(postgres.version),
        database: postgres.database.clone(),
        shared_mb: tuning::shared_memory_mb(host.memory_mb),
        data: data.clone(),
        target: target(postgres.version),
        configuration: place.path("postgres"),
        first: place.path("postgres-first"),
    };
    let tuned = tuning::settings(host.memory_mb, host.vcpus);
    let files = BTreeMap::from([
        ("postgres.env".to_owned(), File::environment(passwords(app))),
        ("postgres/postgresql.conf".to_owned(), File::text(format!("{FIXED}{tuned}"))),
        ("postgres/pg_hba.conf".to_owned(), File::text(who_may_connect(place))),
        ("postgres-first/setup.sh".to_owned(), File::script(setup(app))),
    ]);
    let services =
        BTreeMap::from([("postgres".to_owned(), Service::own(files.keys().cloned().collect()))]);
    let data = BTreeSet::from([DataFolder { path: data, owner: OWNER, mode: 0o700 }]);
    (facts, Share { files, services, data })
}

/// Who owns the stack's database, and the password; the role has the database's name.
pub fn owner(postgres: &Postgres) -> (&str, Value) {
    let password = Value::secret_or(postgres.password.as_ref(), "postgres-owner-password");
    (&postgres.database, password)
}

fn target(version: u16) -> &'static str {
    if version < MOVED { "/var/lib/postgresql/data" } else { "/var/lib/postgresql" }
}

/// The passwords that the setup gives out.
fn passwords(app: &AppStack) -> BTreeMap<String, Value> {
    let (_, owner) = owner(&app.postgres);
    let traces = langfuse::database(app).map(|(_, password)| password);
    [
        ("POSTGRES_PASSWORD", Some(Value::Generated("postgres-password"))),
        ("DATABASE_PASSWORD", Some(owner)),
        ("LANGFUSE_PASSWORD", traces),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

/// Settings that are the same on every machine. `listen_addresses` is the container's own network:
/// what reaches it from outside is the one port that compose opens.
const FIXED: &str = "\
hba_file = '/etc/postgresql/pg_hba.conf'
listen_addresses = '*'
password_encryption = scram-sha-256
default_text_search_config = 'pg_catalog.english'
timezone = UTC
log_timezone = UTC
";

/// Who may connect from where: with a password, from the containers' networks and the VPC.
fn who_may_connect(place: &Place<'_>) -> String {
    let vpc = place.stack.vpc.ip_range.map(|range| range.to_string());
    // An adopted VPC's range is the account's to know; a machine's own address is in one of these.
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(str::to_owned);
    let ranges = vpc.map_or_else(|| private.to_vec(), |range| vec![range]);
    let mut text = "\
local all postgres peer
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host all all samenet scram-sha-256
"
    .to_owned();
    text.extend(ranges.iter().map(|range| format!("host all all {range} scram-sha-256\n")));
    text
}

/// The script that makes roles, databases and extensions.
///
/// The image runs it on an empty data folder only; it keeps what is there and sets passwords anew,
/// so that it can be run again when it or a password changes.
fn setup(app: &AppStack) -> String {
    let own = database(&app.postgres.database, "DATABASE_PASSWORD", &app.postgres.extensions);
    let traces = langfuse::database(app).map(|_| database(LANGFUSE, "LANGFUSE_PASSWORD", &[]));
    format!("{BEFORE}{own}{}SQL\n", traces.unwrap_or_default())
}

const BEFORE: &str = "\
#!/bin/bash
# Makes roles, databases and extensions; what is there is kept, passwords are set anew.
set -euo pipefail
psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
";

/// A database, and the role that owns it. The names need no quotes but where they are SQL's words.
fn database(name: &str, password: &str, extensions: &[String]) -> String {
    let extension = |name: &String| {
        format!("CREATE EXTENSION IF NOT EXISTS \"{name}\";\nALTER EXTENSION \"{name}\" UPDATE;\n")
    };
    let extensions: String = extensions.iter().map(extension).collect();
    format!(
        "\\connect postgres
\\getenv password {password}
SELECT 'CREATE ROLE \"{name}\"' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec
ALTER ROLE \"{name}\" LOGIN PASSWORD :'password';
SELECT 'CREATE DATABASE \"{name}\" OWNER \"{name}\"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec
REVOKE CONNECT ON DATABASE \"{name}\" FROM PUBLIC;
\\connect \"{name}\"
{extensions}"
    )
}
