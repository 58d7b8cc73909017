//! `PgBouncer`: few connections to Postgres, shared among many clients.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    config::{AppStack, Pool, PoolMode},
    software::{File, Place, Service, Value, app::Share, postgres},
};

/// Where it listens.
pub const PORT: u16 = 6432;

/// Prepared statements it keeps for each client, where clients share connections (docs: Config,
/// `max_prepared_statements`; without it drivers that prepare what they send fail).
const PREPARED: &str = "200";

/// What the template may use.
#[derive(Serialize)]
pub struct Facts {
    image: String,
    port: u16,
}

/// The pool, if one is wanted.
pub fn share(place: &Place<'_>, app: &AppStack) -> Option<(Facts, Share)> {
    let pool = app.postgres.pool.as_ref()?;
    let file = "pgbouncer.env".to_owned();
    let service = Service::own([file.clone()].into());
    let share = Share {
        files: BTreeMap::from([(file, File::environment(environment(app, pool)))]),
        services: BTreeMap::from([("pgbouncer".to_owned(), service)]),
        ..Share::default()
    };
    Some((Facts { image: place.stack.images.pgbouncer(), port: PORT }, share))
}

/// The port on which programs reach the database: the pool's where there is one.
pub fn port(app: &AppStack) -> u16 {
    app.postgres.pool.as_ref().map_or(5432, |_| PORT)
}

/// What the image makes its settings from (edoburu/docker-pgbouncer, `entrypoint.sh`).
fn environment(app: &AppStack, pool: &Pool) -> BTreeMap<String, Value> {
    let (role, password) = postgres::owner(&app.postgres);
    let mode = match pool.mode {
        PoolMode::Transaction => "transaction",
        PoolMode::Session => "session",
    };
    [
        ("DB_HOST", Value::text("postgres")),
        ("DB_NAME", Value::text(&*app.postgres.database)),
        ("DB_USER", Value::text(role)),
        ("DB_PASSWORD", password),
        ("AUTH_TYPE", Value::text("scram-sha-256")),
        ("LISTEN_PORT", Value::Text(PORT.to_string())),
        ("POOL_MODE", Value::text(mode)),
        ("DEFAULT_POOL_SIZE", Value::Text(pool.size.to_string())),
        ("MAX_CLIENT_CONN", Value::Text(pool.clients.to_string())),
        ("MAX_PREPARED_STATEMENTS", Value::text(PREPARED)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}
