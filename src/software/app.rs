//! Postgres, the orchestrator, Langfuse, and Nginx in front of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    config::AppStack,
    render::{RenderError, Templates},
    software::{
        Bundle, DataFolder, File, Place, Service, Value, acme, langfuse, mcp, monitoring,
        neighbours, nginx, pool, postgres, runtime,
    },
};

/// What the template may use.
#[derive(Serialize)]
struct Facts {
    project: String,
    postgres: postgres::Facts,
    pool: Option<pool::Facts>,
    orchestrator: Option<runtime::Facts>,
    servers: Vec<mcp::Facts>,
    packages: Vec<String>,
    langfuse: Option<langfuse::Facts>,
    nginx: nginx::Facts,
    acme: Option<acme::Facts>,
    monitoring: Option<monitoring::Facts>,
}

/// What one of the programs adds to the bundle.
#[derive(Default)]
pub struct Share {
    /// Its files.
    pub files: BTreeMap<String, File>,
    /// Its services.
    pub services: BTreeMap<String, Service>,
    /// Its data.
    pub data: BTreeSet<DataFolder>,
}

/// The component's software.
pub fn bundle(place: &Place<'_>, app: &AppStack) -> Result<Bundle, RenderError> {
    let (postgres, database) = postgres::share(place, app);
    let (pool, shared) = pool::share(place, app).unzip();
    let (nginx, web) = nginx::share(place, app)?;
    let (acme, authority) = acme::share(place, app).unzip();
    let (langfuse, traces) = langfuse::share(place, app).unzip();
    let Programs { orchestrator, servers, share: programs } = programs(place, app);
    let own = orchestrator.iter().filter_map(runtime::Facts::packages);
    let packages = own.chain(servers.iter().filter_map(mcp::Facts::packages)).collect();
    let (monitoring, watch) = monitoring::share(place, app)?.unzip();
    let project = place.project();
    let facts = Facts {
        project,
        postgres,
        pool,
        orchestrator,
        servers,
        packages,
        langfuse,
        nginx,
        acme,
        monitoring,
    };
    let compose = place.templates.compose(Templates::APP, &facts)?;
    let files = BTreeMap::from([
        ("compose.yaml".to_owned(), File::text(compose)),
        (".env".to_owned(), place.addresses()),
    ]);
    let mut all = Share { files, ..Share::default() };
    for share in [Some(database), shared, Some(web), authority, traces, Some(programs), watch]
        .into_iter()
        .flatten()
    {
        all.files.extend(share.files);
        all.services.extend(share.services);
        all.data.extend(share.data);
    }
    let Share { files, services, data } = all;
    Ok(Bundle { component: place.address.clone(), files, services, data })
}

/// The user's own programs.
#[derive(Default)]
struct Programs {
    orchestrator: Option<runtime::Facts>,
    servers: Vec<mcp::Facts>,
    share: Share,
}

fn programs(place: &Place<'_>, app: &AppStack) -> Programs {
    let Some(wanted) = &app.orchestrator else { return Programs::default() };
    let given = environment(place, app);
    let (servers, mut share) = mcp::share(place, wanted, &given);
    let mut own = given;
    own.extend(app.orchestrator_port().map(runtime::listening).into_iter().flatten());
    own.extend(mcp::for_orchestrator(wanted));
    let (facts, files) = runtime::runtime(place, "orchestrator", &wanted.runtime, own);
    share.services.insert("orchestrator".to_owned(), runtime::service(&files));
    share.files.extend(files);
    Programs { orchestrator: Some(facts), servers, share }
}

/// Where the user's programs find what they work with.
fn environment(place: &Place<'_>, app: &AppStack) -> BTreeMap<String, Value> {
    let address = format!("{}:{}/{}", place.private_ip(), pool::port(app), app.postgres.database);
    let dsn = Value::database_url(postgres::owner(&app.postgres), &address);
    let own = [("POSTGRES_DSN", dsn)];
    let found = neighbours::found(place).into_iter().chain(langfuse::for_programs(app));
    own.into_iter().chain(found).map(|(name, value)| (name.to_owned(), value)).collect()
}
