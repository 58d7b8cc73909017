//! A stand-in for Weaviate: the answers that probes ask for, as version 1.30 gives them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{
    config::{Check, Collection},
    probe::tests::{ask, lines, local::Local, web::serve},
};

/// A key that is hard to hand on.
const KEY: &str = r#"k"e\y's$x"#;

/// Long enough for any machine.
const LONG: Duration = Duration::from_mins(1);

/// What the stand-in holds and was asked.
#[derive(Clone, Default)]
struct Store {
    classes: Vec<Value>,
    tenants: Option<Value>,
    objects: Vec<Value>,
    queries: Arc<Mutex<Vec<String>>>,
}

impl Store {
    fn full() -> Self {
        Self {
            classes: vec![json!({ "class": "Session", "invertedIndexConfig": { "bm25": {} } })],
            tenants: Some(json!([
                { "activityStatus": "INACTIVE", "name": "20261119" },
                { "activityStatus": "ACTIVE", "name": "20261120" },
            ])),
            objects: vec![json!({
                "class": "Session",
                "id": "14a94a37-3210-5eb9-aaab-e31a6a257d13",
                "properties": { "text": "a" },
            })],
            queries: Arc::default(),
        }
    }

    /// A machine that runs this, as its container tells its key.
    async fn machine(self) -> Local {
        let keyed = Router::new()
            .route("/v1/meta", get(|| async { Json(json!({ "version": "1.30.23" })) }))
            .route("/v1/nodes", get(nodes))
            .route("/v1/schema", get(classes))
            .route("/v1/schema/{class}/tenants", get(tenants))
            .route("/v1/objects", get(objects))
            .route("/v1/graphql", post(graphql))
            .layer(from_fn_with_state(self.clone(), with_key));
        let open = Router::new()
            .route("/v1/.well-known/ready", get(|| async {}))
            .route("/metrics", get(|| async { METRICS }));
        let port = serve(keyed.merge(open).with_state(self)).await;
        let printenv = "[ \"$service $*\" = 'weaviate printenv AUTHENTICATION_APIKEY_ALLOWED_KEYS' ] || exit 65\n\
             cat <<'KEYS'\nTHE_KEY,another\nKEYS";
        Local::with("vector", &printenv.replace("THE_KEY", KEY))
            .where_is(":8080", format!(":{port}"))
            .where_is(":2112", format!(":{port}"))
    }
}

const METRICS: &str = "\
# TYPE go_goroutines gauge
go_goroutines 42
# TYPE queries_durations_ms histogram
queries_durations_ms_bucket{class_name=\"n/a\",query_type=\"get_graphql\",le=\"100\"} 99
queries_durations_ms_bucket{class_name=\"n/a\",query_type=\"get_graphql\",le=\"+Inf\"} 100
";

async fn with_key(
    State(_): State<Store>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let given = headers.get(AUTHORIZATION).map(|value| value.as_bytes().to_vec());
    if given == Some(format!("Bearer {KEY}").into_bytes()) {
        next.run(request).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

async fn nodes() -> Json<Value> {
    let node = json!({ "name": "node1", "status": "HEALTHY", "version": "1.30.23" });
    Json(json!({ "nodes": [node] }))
}

async fn classes(State(store): State<Store>) -> Json<Value> {
    Json(json!({ "classes": store.classes }))
}

async fn tenants(State(store): State<Store>) -> Result<Json<Value>, StatusCode> {
    store.tenants.map(Json).ok_or(StatusCode::UNPROCESSABLE_ENTITY)
}

async fn objects(State(store): State<Store>) -> Json<Value> {
    Json(json!({ "objects": store.objects }))
}

async fn graphql(State(store): State<Store>, Json(body): Json<Value>) -> Json<Value> {
    store.queries.lock().unwrap().push(body["query"].as_str().unwrap().to_owned());
    Json(json!({ "data": { "Get": { "Session": [] } } }))
}

fn search(place: Collection) -> Check {
    Check::WeaviateSearch { place, within: LONG, count: 3 }
}

fn question(text: &str) -> Check {
    let (place, text) = (Collection::default(), text.to_owned());
    Check::WeaviateQuestion { place, text, within: LONG }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weaviate_that_serves_passes_every_probe() {
    let store = Store::full();
    let queries = Arc::clone(&store.queries);
    let share = Check::WeaviateShare { at_most: Duration::from_millis(100), percent: 95 };
    let checks = vec![
        Check::WeaviateReady { within: LONG },
        Check::WeaviateKey,
        Check::WeaviateNodes,
        share,
        search(Collection::default()),
        question("what's \"new\" \\ here"),
    ];
    let found = ask(&store.machine().await, "vector", checks).await;
    assert_eq!(lines(&found), ["passed"; 6]);
    let tenant = "tenant:\"20261120\"";
    let near = "nearObject:{id:\"14a94a37-3210-5eb9-aaab-e31a6a257d13\"}";
    let queries = queries.lock().unwrap().clone();
    // One that comes before those that count, for what a first one has to set up.
    let searched = format!("{{Get{{Session(limit:10,{tenant},{near}){{_additional{{id}}}}}}}}");
    assert_eq!(queries[..4], [searched.as_str(); 4]);
    let asked = r#"nearText:{concepts:["what's \"new\" \\ here"]}"#;
    assert_eq!(
        queries[4..],
        [format!("{{Get{{Session(limit:10,{tenant},{asked}){{_additional{{id}}}}}}}}")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weaviate_without_data_leaves_open_what_cannot_be_told() {
    let checks = || vec![search(Collection::default())];
    let empty = Store::default().machine().await;
    assert_eq!(lines(&ask(&empty, "vector", checks()).await), ["unknown: there is no class yet"]);
    let idle = Store { tenants: Some(json!([])), ..Store::full() }.machine().await;
    let told = lines(&ask(&idle, "vector", checks()).await);
    assert_eq!(told, ["unknown: the class Session has no active tenant yet"]);
    let bare = Store { objects: Vec::new(), tenants: None, ..Store::full() }.machine().await;
    let told = lines(&ask(&bare, "vector", checks()).await);
    assert_eq!(told, ["unknown: the class Session has no objects yet"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_file_names_is_searched_without_looking_for_more() {
    let store = Store { classes: Vec::new(), tenants: None, ..Store::full() };
    let queries = Arc::clone(&store.queries);
    let class = Some("Memory".to_owned());
    let found =
        ask(&store.machine().await, "vector", vec![search(Collection { class, tenant: None })])
            .await;
    assert_eq!(lines(&found), ["passed"]);
    assert!(queries.lock().unwrap()[0].starts_with("{Get{Memory(limit:10,nearObject"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_does_not_run_is_told() {
    let machine = Store::full().machine().await;
    machine.program("docker", "echo 'service \"weaviate\" is not running' >&2\nexit 1\n");
    let checks = vec![Check::WeaviateKey, Check::WeaviateReady { within: LONG }];
    let found = ask(&machine, "vector", checks).await;
    assert_eq!(
        lines(&found),
        ["failed: its container does not tell its key: it may not run", "passed"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_the_key_among_the_arguments_of_a_program() {
    let machine = Store::full().machine().await;
    let seen = machine.path().join("seen");
    machine.program(
        "curl",
        &format!("printf '%s\\n' \"$@\" >>'{}'\nexec /usr/bin/curl \"$@\"\n", seen.display()),
    );
    let checks = vec![Check::WeaviateKey, search(Collection::default())];
    let found = ask(&machine, "vector", checks).await;
    assert_eq!(lines(&found), ["passed"; 2]);
    let seen = std::fs::read_to_string(seen).unwrap();
    assert!(seen.contains("/v1/meta") && !seen.contains("y's$x"), "{seen}");
}
