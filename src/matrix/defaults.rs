//! What has to be true of a component without anybody saying so.

use std::time::Duration;

use crate::config::{
    AppStack, Certificate, Check, Collection, Component, Fragment, HttpCheck, Template,
    VectorDroplet,
};

/// The probes of a component that nobody has to ask for, by name.
pub fn of(component: &Component) -> Vec<(&'static str, Check)> {
    match component {
        Component::VectorDroplet(vector) => weaviate(vector),
        Component::AppStack(app) => self::app(app),
        Component::MicroCache(_) => vec![("ping", Check::CachePing)],
        Component::NetworkFirewall(_) | Component::Droplet(_) => Vec::new(),
    }
}

fn weaviate(vector: &VectorDroplet) -> Vec<(&'static str, Check)> {
    let place = Collection::default;
    let mut all = vec![
        ("ready", Check::WeaviateReady { within: Duration::from_secs(1) }),
        ("key", Check::WeaviateKey),
        ("nodes", Check::WeaviateNodes),
        ("queries", Check::WeaviateShare { at_most: Duration::from_millis(100), percent: 95 }),
        (
            "search",
            Check::WeaviateSearch { place: place(), within: Duration::from_millis(150), count: 20 },
        ),
    ];
    if vector.weaviate.modules.iter().any(|module| module.starts_with("text2vec-")) {
        let text = "what was decided".to_owned();
        let within = Duration::from_secs(2);
        all.push(("question", Check::WeaviateQuestion { place: place(), text, within }));
    }
    all
}

fn app(app: &AppStack) -> Vec<(&'static str, Check)> {
    let mut all = vec![
        ("web", http("http://127.0.0.1/healthz", Some("ok"))),
        ("cache-hits", Check::PostgresCache { percent: 90 }),
        ("connections", Check::PostgresConnections { percent: 80 }),
        ("tables", Check::PostgresTables { most_gb: None }),
        ("load", Check::PostgresLoad { clients: 16, lasting: Duration::from_mins(1), least: 500 }),
    ];
    // Without a bucket the later versions are not set up.
    if app.langfuse.as_ref().is_some_and(|it| it.version == 2 || it.bucket.is_some()) {
        let url = "http://127.0.0.1:3000/api/public/health?failIfDatabaseUnavailable=true";
        all.push(("langfuse", http(url, None)));
    }
    if app.monitoring.is_some() {
        all.extend([
            ("prometheus", http("http://127.0.0.1:9090/-/ready", None)),
            ("alertmanager", http("http://127.0.0.1:9093/-/ready", None)),
            ("serve", http("http://127.0.0.1:9098/healthz", None)),
        ]);
    }
    all
}

/// Whether it is there: how fast it answers is a question of the user's own.
fn http(url: &str, body: Option<&str>) -> Check {
    Check::Http(HttpCheck {
        url: Template(vec![Fragment::Text(url.to_owned())]),
        post: None,
        status: 200,
        body: body.map(str::to_owned),
        within: Duration::from_secs(5),
        certificate: Certificate::Trusted,
    })
}
