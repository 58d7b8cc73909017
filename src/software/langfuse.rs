//! Langfuse: from version 3 on with `ClickHouse`, Valkey and a bucket, before with Postgres alone.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    config::{AppStack, Bucket, LANGFUSE, Langfuse},
    software::{DataFolder, File, Place, Service, Value, app::Share, nginx},
};

/// Where Nginx finds its pages.
pub const UPSTREAM: &str = "http://127.0.0.1:3000";

/// The last version that needs nothing but Postgres.
const POSTGRES_ALONE: u16 = 2;

/// The user and the group `ClickHouse` runs as in its image (its Dockerfile).
const CLICKHOUSE_OWNER: (u32, u32) = (101, 101);

/// What the template may use.
#[derive(Serialize)]
pub struct Facts {
    web: String,
    worker: Option<String>,
    clickhouse: String,
    clickhouse_data: String,
    clickhouse_mb: u32,
    valkey: String,
    valkey_data: String,
}

/// Its services, if it is wanted and has what it needs.
pub fn share(place: &Place<'_>, app: &AppStack) -> Option<(Facts, Share)> {
    let (langfuse, images) = (wanted(app)?, &place.stack.images);
    let [web, worker] = images.langfuse(langfuse.version);
    let behind = langfuse.version > POSTGRES_ALONE;
    let facts = Facts {
        web,
        worker: behind.then_some(worker),
        clickhouse: images.clickhouse(),
        clickhouse_data: place.data("clickhouse"),
        clickhouse_mb: (place.host.memory_mb / 4).max(1024),
        valkey: images.valkey(),
        valkey_data: place.data("langfuse-valkey"),
    };
    let variables = environment(place, app, langfuse);
    let mut files = BTreeMap::from([("langfuse.env".to_owned(), File::environment(variables))]);
    let reads = |file: &str| Service::own([file.to_owned()].into());
    let mut services = BTreeMap::from([("langfuse-web".to_owned(), reads("langfuse.env"))]);
    let mut data = BTreeSet::new();
    if behind {
        files.extend(stores());
        services.extend([
            ("langfuse-worker".to_owned(), reads("langfuse.env")),
            ("langfuse-clickhouse".to_owned(), reads("langfuse-clickhouse.env")),
            ("langfuse-valkey".to_owned(), reads("langfuse-valkey.env")),
        ]);
        let folder = |path: &String, owner| DataFolder { path: path.clone(), owner, mode: 0o700 };
        data.insert(folder(&facts.clickhouse_data, CLICKHOUSE_OWNER));
        data.insert(folder(&facts.valkey_data, (0, 0)));
    }
    Some((facts, Share { files, services, data }))
}

/// Its role in Postgres, which has its database's name, and the password.
pub fn database(app: &AppStack) -> Option<(&'static str, Value)> {
    wanted(app).map(|_| role())
}

const fn role() -> (&'static str, Value) {
    (LANGFUSE, Value::Generated("langfuse-database-password"))
}

/// The name it answers to.
pub fn site(app: &AppStack) -> Option<String> {
    nginx::name(app, "langfuse", wanted(app)?.server_name.as_ref())
}

/// What programs beside it need to write traces.
pub fn for_programs(app: &AppStack) -> Vec<(&'static str, Value)> {
    if wanted(app).is_none() {
        return Vec::new();
    }
    let [public, secret] = project_keys();
    vec![
        ("LANGFUSE_HOST", Value::text(UPSTREAM)),
        ("LANGFUSE_PUBLIC_KEY", public),
        ("LANGFUSE_SECRET_KEY", secret),
    ]
}

/// Langfuse as the file wants it; none where it would not start for want of a bucket, of which the
/// file's reader has warned.
fn wanted(app: &AppStack) -> Option<&Langfuse> {
    let langfuse = app.langfuse.as_deref()?;
    (langfuse.version <= POSTGRES_ALONE || langfuse.bucket.is_some()).then_some(langfuse)
}

fn project_keys() -> [Value; 2] {
    [("pk-lf-", "langfuse-public-key"), ("sk-lf-", "langfuse-secret-key")]
        .map(|(start, name)| Value::Joined(vec![Value::text(start), Value::Generated(name)]))
}

/// What its services find in their environment (docs: Self-hosting, Configuration).
fn environment(place: &Place<'_>, app: &AppStack, langfuse: &Langfuse) -> BTreeMap<String, Value> {
    let site = site(app).map(|name| format!("https://{name}"));
    let own = [
        ("DATABASE_URL", Value::database_url(role(), "postgres:5432/langfuse")),
        ("NEXTAUTH_URL", Value::Text(site.unwrap_or_else(|| UPSTREAM.to_owned()))),
        ("NEXTAUTH_SECRET", Value::Generated("langfuse-nextauth-secret")),
        ("SALT", Value::Generated("langfuse-salt")),
        ("ENCRYPTION_KEY", Value::Generated("langfuse-encryption-key")),
        ("TELEMETRY_ENABLED", Value::text("false")),
        // It listens on its container's name unless told otherwise, and its health check does not.
        ("HOSTNAME", Value::text("0.0.0.0")),
    ];
    let own = own.into_iter().chain(first_project());
    let mut all: BTreeMap<String, Value> =
        own.map(|(name, value)| (name.to_owned(), value)).collect();
    if let Some(bucket) = langfuse.bucket.as_ref().filter(|_| langfuse.version > POSTGRES_ALONE) {
        all.extend(connections());
        all.extend(buckets(place, bucket));
    }
    all
}

/// One user, one project: nobody else can sign up, since the pages are open to the internet.
fn first_project() -> [(&'static str, Value); 10] {
    let [public, secret] = project_keys();
    [
        ("AUTH_DISABLE_SIGNUP", Value::text("true")),
        ("LANGFUSE_INIT_ORG_ID", Value::text("main")),
        ("LANGFUSE_INIT_ORG_NAME", Value::text("main")),
        ("LANGFUSE_INIT_PROJECT_ID", Value::text("orchestrator")),
        ("LANGFUSE_INIT_PROJECT_NAME", Value::text("orchestrator")),
        ("LANGFUSE_INIT_PROJECT_PUBLIC_KEY", public),
        ("LANGFUSE_INIT_PROJECT_SECRET_KEY", secret),
        ("LANGFUSE_INIT_USER_EMAIL", Value::text("admin@langfuse.local")),
        ("LANGFUSE_INIT_USER_NAME", Value::text("admin")),
        ("LANGFUSE_INIT_USER_PASSWORD", Value::Generated("langfuse-admin-password")),
    ]
}

/// Where it finds its own two stores.
fn connections() -> BTreeMap<String, Value> {
    [
        ("CLICKHOUSE_URL", Value::text("http://langfuse-clickhouse:8123")),
        ("CLICKHOUSE_MIGRATION_URL", Value::text("clickhouse://langfuse-clickhouse:9000")),
        ("CLICKHOUSE_USER", Value::text("langfuse")),
        ("CLICKHOUSE_PASSWORD", Value::Generated("langfuse-clickhouse-password")),
        ("CLICKHOUSE_CLUSTER_ENABLED", Value::text("false")),
        ("REDIS_HOST", Value::text("langfuse-valkey")),
        ("REDIS_PORT", Value::text("6379")),
        ("REDIS_AUTH", Value::Generated("langfuse-valkey-password")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// The passwords of its own two stores.
fn stores() -> [(String, File); 2] {
    let clickhouse = [
        ("CLICKHOUSE_DB", Value::text("default")),
        ("CLICKHOUSE_USER", Value::text("langfuse")),
        ("CLICKHOUSE_PASSWORD", Value::Generated("langfuse-clickhouse-password")),
    ];
    let valkey = [("REDIS_AUTH", Value::Generated("langfuse-valkey-password"))];
    let file = |name: &str, variables: &[(&str, Value)]| {
        let own = |(name, value): &(&str, Value)| ((*name).to_owned(), value.clone());
        (name.to_owned(), File::environment(variables.iter().map(own).collect()))
    };
    [file("langfuse-clickhouse.env", &clickhouse), file("langfuse-valkey.env", &valkey)]
}

/// One bucket for its three kinds of files, a folder for each.
fn buckets(place: &Place<'_>, bucket: &Bucket) -> BTreeMap<String, Value> {
    let region = &place.stack.region;
    let kinds =
        [("EVENT_UPLOAD", "events/"), ("MEDIA_UPLOAD", "media/"), ("BATCH_EXPORT", "exports/")];
    let one = |(kind, folder): (&str, &str)| {
        let endpoint = format!("https://{region}.digitaloceanspaces.com");
        [
            ("BUCKET", Value::Text(bucket.name.clone())),
            ("PREFIX", Value::text(folder)),
            ("REGION", Value::Text(region.to_string())),
            ("ENDPOINT", Value::Text(endpoint)),
            ("ACCESS_KEY_ID", Value::Secret(bucket.access_key.clone())),
            ("SECRET_ACCESS_KEY", Value::Secret(bucket.secret_key.clone())),
        ]
        .map(|(name, value)| (format!("LANGFUSE_S3_{kind}_{name}"), value))
    };
    let enabled = ("LANGFUSE_S3_BATCH_EXPORT_ENABLED".to_owned(), Value::text("true"));
    kinds.into_iter().flat_map(one).chain([enabled]).collect()
}
