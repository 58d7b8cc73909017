//! A cache that is left to readings: it comes, stays and goes.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{Router, extract::RawQuery, http::header::DATE, response::IntoResponse, routing::get};
use jiff::Timestamp;
use reqwest::Url;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{MissingKeys, OneFile, Stack, load},
    engine::{Look, Run, look, tests::Place},
    plan::Asked,
};

/// What the signal has been for ever; nothing while it is negative.
type Level = Arc<AtomicI64>;

/// A server that answers as Prometheus does, with one level over all the time that is asked about.
async fn metrics(level: Level) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer = async move |RawQuery(query): RawQuery| {
        let url = Url::parse(&format!("http://x/?{}", query.unwrap())).unwrap();
        let field = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs.find(|(field, _)| field == name).unwrap().1.into_owned()
        };
        let now = field("time").split('.').next().unwrap().parse::<i64>().unwrap();
        let long = if field("query").contains("[24h") { 24 * 3600 } else { 600 };
        let level = level.load(Ordering::Relaxed);
        let values: Vec<_> =
            (0..=long / 60).rev().map(|back| (now - back * 60, level.to_string())).collect();
        let series =
            if level < 0 { json!([]) } else { json!([{ "metric": {}, "values": values }]) };
        let body = json!({
            "status": "success", "data": { "resultType": "matrix", "result": series }
        });
        let date = Timestamp::from_second(now).unwrap().strftime("%a, %d %b %Y %H:%M:%S GMT");
        ([(DATE, date.to_string())], body.to_string()).into_response()
    };
    let routes = Router::new().route("/api/v1/query", get(answer));
    tokio::spawn(async { axum::serve(listener, routes).await });
    address
}

fn cached(metrics: &str) -> Stack {
    let file = format!(
        "stack: core\nregion: sfo2\nvpc: {{ ip_range: 10.120.0.0/16 }}\n\
         ssh: {{ public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }}\n\
         {metrics}components:\n  cache:\n    kind: MicroCache\n    enabled: auto\n    \
         when: {{ metric: chat_latency_p95_ms, above: 50, for: 10m }}\n    \
         droplet: {{ size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }}\n"
    );
    match load("stacks/core.yaml", &OneFile(&file), MissingKeys::ThrowAway) {
        Ok(loaded) => loaded.stack,
        Err(mistakes) => panic!("{mistakes:?}"),
    }
}

/// What a plan would do to the cache, and what it says of it.
fn of_cache(look: &Look) -> (Vec<String>, String) {
    let about = |address: &str| address == "cache";
    let steps = look.plan.changes().filter(|step| about(&step.address.to_string()));
    let notes =
        look.plan.notes.iter().filter(|note| {
            note.address.as_ref().is_some_and(|address| about(&address.to_string()))
        });
    let notes: Vec<&str> = notes.map(|note| note.text.as_str()).collect();
    (steps.map(|step| format!("{:?}", step.action)).collect(), notes.join("; "))
}

#[tokio::test]
async fn a_cache_comes_when_it_is_wanted_and_goes_when_it_was_quiet_for_a_day() {
    let (place, level) = (Place::new().await, Level::default());
    let metrics = metrics(Arc::clone(&level)).await;
    let stack = cached(&format!("metrics: {{ prometheus: \"{metrics}\" }}\n"));
    let site = place.site();
    let (keep, go) = ("stays as it is: chat_latency_p95_ms is 30", "not wanted: chat_latency");
    for (now, steps, said) in [
        (30, vec![], keep),
        (60, vec!["Create"], "wanted: chat_latency_p95_ms was above 50 for 10m and is 60"),
        (60, vec![], "wanted"),
        (30, vec![], keep),
        (-1, vec![], "stays as it is: nobody knows chat_latency_p95_ms: there is no such series"),
        (24, vec!["Delete"], go),
        (24, vec![], go),
        (30, vec![], keep),
    ] {
        level.store(now, Ordering::Relaxed);
        let run = Run::begin(&site, &stack, &Asked::stand(), "up").await.unwrap();
        let (planned, told) = of_cache(&run.look);
        assert_eq!(planned, steps, "{now}: {told}");
        assert!(told.starts_with(said), "{told}");
        let stop = CancellationToken::new();
        place.carry_out(&run, &stop).await;
        run.release(&stop).await.unwrap();
        let journal = place.folder.path().join("core/journal.jsonl");
        let journal = std::fs::read_to_string(journal).unwrap();
        assert!(journal.contains(&told), "{told} is not written down");
    }
}

#[tokio::test]
async fn without_a_source_a_cache_stays_as_it_is_and_nothing_is_said() {
    let (place, level) = (Place::new().await, Level::new(AtomicI64::new(60)));
    let asked = cached(&format!("metrics: {{ prometheus: \"{}\" }}\n", metrics(level).await));
    let (site, silent) = (place.site(), cached(""));
    let nothing = (Vec::new(), String::new());
    let before = look(&site, &silent, &Asked::stand()).await.unwrap();
    assert_eq!(of_cache(&before), nothing);
    let run = Run::begin(&site, &asked, &Asked::stand(), "up").await.unwrap();
    let stop = CancellationToken::new();
    place.carry_out(&run, &stop).await;
    run.release(&stop).await.unwrap();
    let after = look(&site, &silent, &Asked::stand()).await.unwrap();
    assert_eq!(of_cache(&after), nothing);
    assert!(after.stack.components.values().all(crate::config::Component::is_wanted));
}
