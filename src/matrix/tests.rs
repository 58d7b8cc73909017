//! Which probes a stack has, and what readings mean.

use std::time::Duration;

use crate::{
    components::expand,
    config::{Certificate, Check, Collection, HttpCheck, MissingKeys, OneFile, Template, load},
    inventory::{Found, Id, Known},
    matrix::{Finding, NOTHING_YET, Probe, Reading, Request, Verdict, judge, probes},
    render::Templates,
    software::{Host, rehearsed},
    values::{Address, ComponentName},
};

/// The probes of these components, a line each.
fn of(components: &str) -> Vec<String> {
    let droplet = "droplet: { size: s-4vcpu-8gb, image: ubuntu-22-04-x64 }";
    let text = format!(
        "stack: core\nregion: sfo2\nvpc: {{ ip_range: 10.120.0.0/16 }}\n\
         ssh: {{ public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }}\ncomponents:\n{}",
        components.replace("DROPLET", droplet)
    );
    let stack = load("stacks/core.yaml", &OneFile(&text), MissingKeys::ThrowAway).unwrap().stack;
    let wanted = expand(&stack, &Templates::built_in()).unwrap();
    let line = |probe: Probe| {
        let found = Finding::unanswered(&probe, "");
        let load = if probe.is_load() { " (load)" } else { "" };
        format!("{} {}: {}{load}", found.component, found.probe, found.wanted)
    };
    let found = |host: Host| Found {
        id: Id::Number(host.id),
        public_ip: host.public_ip,
        private_ip: host.private_ip,
    };
    let known: Known =
        rehearsed(&stack, &wanted).into_iter().map(|(at, host)| (at, found(host))).collect();
    probes(&stack, &known).into_iter().map(line).collect()
}

#[test]
fn every_component_has_the_probes_of_what_it_runs() {
    let all = of("  app: { kind: AppStack, DROPLET, volume: none, langfuse: { version: 2 } }
  cache: { kind: MicroCache, DROPLET }
  vector: { kind: VectorDroplet, DROPLET, volume: none, weaviate: { modules: [text2vec-openai] } }
  web: { kind: Droplet, DROPLET }
");
    insta::assert_snapshot!(all.join("\n"), @"
    app cache-hits: 90 % of blocks read from memory
    app connections: at most 80 % of connections taken
    app langfuse: 200 in 5 s from http://127.0.0.1:3000/api/public/health?failIfDatabaseUnavailable=true
    app load: 500 transactions a second, 16 clients, 60 s (load)
    app tables: sizes of tables are known
    app web: 200 with `ok` in 5 s from http://127.0.0.1/healthz
    cache ping: answers a ping
    vector key: 401 without the key, 200 with it
    vector nodes: every node is healthy
    vector queries: 95 % of all queries in 100 ms
    vector question: a question in words answered in 2 s
    vector ready: ready in 1 s
    vector search: p95 of 20 vector searches below 150 ms
    ");
}

#[test]
fn the_file_has_the_last_word_and_each_machine_is_asked() {
    let all = of("  vector: { kind: VectorDroplet, DROPLET, volume: none, \
         probes: { ready: { kind: weaviate-ready, within: 2s }, key: false, search: false } }
  web: { kind: Droplet, count: 2, DROPLET, \
         probes: { peer: { kind: http, url: \"http://${output:vector.private_ip}:8080/\", status: 404 } } }
");
    insta::assert_snapshot!(all.join("\n"), @"
    vector nodes: every node is healthy
    vector queries: 95 % of all queries in 100 ms
    vector ready: ready in 2 s
    web-1 peer: 404 in 1 s from http://192.0.2.2:8080/
    web-2 peer: 404 in 1 s from http://192.0.2.2:8080/
    ");
}

/// The finding of a check, from what a machine answered.
fn found(check: Check, reading: &Reading) -> (String, Verdict) {
    let component = Address::component(ComponentName::parse("it").unwrap());
    let probe = Probe { component, name: "it".to_owned(), check, listens: None, database: None };
    let Finding { measured, verdict, .. } = judge(&probe, reading);
    (measured, verdict)
}

fn reading(requests: &[(u16, f64)], body: &str) -> Reading {
    let request = |(status, seconds): &(u16, f64)| Request { status: *status, seconds: *seconds };
    Reading { exit: 0, requests: requests.iter().map(request).collect(), body: body.to_owned() }
}

fn failed(check: Check, reading: &Reading) -> String {
    match found(check, reading).1 {
        Verdict::Failed(why) => why,
        other @ (Verdict::Passed | Verdict::Unknown(_)) => panic!("{other:?}"),
    }
}

fn unknown(check: Check, reading: &Reading) -> String {
    match found(check, reading).1 {
        Verdict::Unknown(why) => why,
        other @ (Verdict::Passed | Verdict::Failed(_)) => panic!("{other:?}"),
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_answer_has_a_status_a_time_and_a_body() {
    let http = || {
        Check::Http(HttpCheck {
            url: Template(Vec::new()),
            post: None,
            status: 200,
            body: Some("ok".to_owned()),
            within: SECOND,
            certificate: Certificate::Trusted,
        })
    };
    let good = reading(&[(200, 0.012)], "it is ok");
    assert_eq!(found(http(), &good), ("12 ms".to_owned(), Verdict::Passed));
    let told = |status, seconds, body| failed(http(), &reading(&[(status, seconds)], body));
    assert_eq!(told(200, 0.1, "no"), "`ok` is not in the answer");
    assert_eq!(told(503, 0.1, "ok"), "the answer was 503, not 200");
    assert_eq!(told(200, 1.0, "ok"), "took 1.00 s, and 1 s is the limit");
    assert_eq!(failed(http(), &reading(&[], "ok")), "no request was made");
}

#[test]
fn a_command_that_fails_says_why_and_one_without_anything_to_measure_is_no_failure() {
    let said = "one\ncurl: (7) Failed to connect\n\n".to_owned();
    let mut silent = Reading { exit: 7, requests: Vec::new(), body: said };
    let ready = || Check::WeaviateReady { within: SECOND };
    assert_eq!(failed(ready(), &silent), "curl: (7) Failed to connect");
    silent.exit = NOTHING_YET;
    assert_eq!(unknown(ready(), &silent), "curl: (7) Failed to connect");
    assert_eq!(
        failed(ready(), &Reading { exit: 1, ..Reading::default() }),
        "nothing was said about why"
    );
}

#[test]
fn a_key_opens_and_no_key_does_not() {
    let told = |without, with| reading(&[(without, 0.0), (with, 0.0)], "");
    assert_eq!(found(Check::WeaviateKey, &told(401, 200)).1, Verdict::Passed);
    assert!(failed(Check::WeaviateKey, &told(200, 200)).contains("without a key it answers 200"));
    assert!(failed(Check::WeaviateKey, &told(401, 401)).contains("its own key is answered 401"));
}

#[test]
fn a_node_that_is_not_healthy_is_told() {
    let said = |status: &str| {
        let node = format!(r#"{{"name": "node1", "status": "{status}", "version": "1.30.23"}}"#);
        reading(&[], &format!(r#"{{"nodes": [{node}]}}"#))
    };
    let (measured, verdict) = found(Check::WeaviateNodes, &said("HEALTHY"));
    assert_eq!((measured.as_str(), verdict), ("node1 1.30.23 HEALTHY", Verdict::Passed));
    assert_eq!(failed(Check::WeaviateNodes, &said("TIMEOUT")), "the node node1 is TIMEOUT");
    assert_eq!(failed(Check::WeaviateNodes, &reading(&[], r#"{"nodes": []}"#)), "there is no node");
    assert!(failed(Check::WeaviateNodes, &reading(&[], "")).contains("no JSON"));
}

#[test]
fn the_share_of_fast_queries_is_read_from_the_metrics() {
    let page = |fast: u32, all: u32| {
        let line = |bound: &str, count: u32| {
            format!("queries_durations_ms_bucket{{class_name=\"n/a\",le=\"{bound}\"}} {count}\n")
        };
        let lines = [line("100", fast), line("500", all), line("+Inf", all)].concat();
        reading(&[], &format!("# TYPE queries_durations_ms histogram\n{lines}"))
    };
    let share = || Check::WeaviateShare { at_most: Duration::from_millis(100), percent: 95 };
    let (measured, verdict) = found(share(), &page(960, 1000));
    assert_eq!((measured.as_str(), verdict), ("96.0 % of 1000, p95 about 99 ms", Verdict::Passed));
    assert!(failed(share(), &page(300, 1000)).contains("only 30.0 % of 1000 queries"));
    assert!(unknown(share(), &page(3, 3)).contains("3 queries so far"));
    assert_eq!(unknown(share(), &reading(&[], "")), "no query was made yet");
    assert!(failed(share(), &reading(&[], "<html>")).contains("line 1 is no metric"));
    let odd = Check::WeaviateShare { at_most: Duration::from_millis(150), percent: 95 };
    assert_eq!(failed(odd, &page(960, 1000)), "its metrics tell only what took 100ms, 500ms");
}

#[test]
fn a_search_that_cannot_be_made_fails_only_where_the_file_says_what_to_search() {
    let search = |class: Option<&str>| Check::WeaviateSearch {
        place: Collection { class: class.map(str::to_owned), tenant: None },
        within: Duration::from_millis(150),
        count: 2,
    };
    let good = r#"{"data":{"Get":{"Session":[]}}}"#;
    let fast = reading(&[(200, 0.01), (200, 0.02)], good);
    assert_eq!(found(search(None), &fast), ("20 ms".to_owned(), Verdict::Passed));
    let slow = reading(&[(200, 0.01), (200, 0.2)], good);
    assert!(failed(search(None), &slow).contains("took 200 ms"));
    let bad = reading(&[(200, 0.01)], r#"{"errors":[{"message":"no vectors"}]}"#);
    assert_eq!(failed(search(Some("Session")), &bad), "it cannot be searched: no vectors");
    assert_eq!(unknown(search(None), &bad), "it cannot be searched: no vectors");
    assert!(failed(search(None), &reading(&[(502, 0.01)], good)).contains("502"));
    assert!(failed(search(None), &reading(&[(200, 0.01)], "<html>")).contains("no JSON"));
}

#[test]
fn what_postgres_says_of_itself_is_judged() {
    let cache = || Check::PostgresCache { percent: 90 };
    let said = |body: &str| reading(&[], body);
    let (measured, _) = found(cache(), &said(r#"{"hits": 95000, "reads": 5000}"#));
    assert_eq!(measured, "95.0 %");
    assert!(failed(cache(), &said(r#"{"hits": 5000, "reads": 5000}"#)).contains("50.0 %"));
    assert!(unknown(cache(), &said(r#"{"hits": 5, "reads": 5}"#)).contains("10 blocks"));
    assert!(failed(cache(), &said("no such database")).contains("no such database"));
    let connections = || Check::PostgresConnections { percent: 80 };
    assert_eq!(found(connections(), &said(r#"{"used": 160, "most": 200}"#)).1, Verdict::Passed);
    let full = said(r#"{"used": 161, "most": 200}"#);
    assert_eq!(failed(connections(), &full), "161 of 200 connections are taken");
    let tables =
        said(r#"[{"name": "messages", "bytes": 2500000000}, {"name": "a", "bytes": 8192}]"#);
    let (measured, verdict) = found(Check::PostgresTables { most_gb: None }, &tables);
    assert_eq!((measured.as_str(), verdict), ("messages 2.5 GB, a 8.2 kB", Verdict::Passed));
    assert!(failed(Check::PostgresTables { most_gb: Some(2) }, &tables).contains("`messages`"));
    assert_eq!(found(Check::PostgresTables { most_gb: None }, &said("[]")).0, "no tables");
}

#[test]
fn transactions_are_counted_by_pgbench() {
    let load = || Check::PostgresLoad { clients: 16, lasting: SECOND, least: 500 };
    let said = |tps: &str| {
        reading(
            &[],
            &format!("latency average = 10 ms\ntps = {tps} (without initial connection time)\n"),
        )
    };
    let (measured, verdict) = found(load(), &said("1547.123456"));
    assert_eq!((measured.as_str(), verdict), ("1547 a second", Verdict::Passed));
    assert_eq!(failed(load(), &said("499.9")), "only 500 transactions a second");
    assert!(failed(load(), &reading(&[], "killed")).contains("did not say"));
}

#[test]
fn a_ping_is_answered_with_a_pong() {
    assert_eq!(found(Check::CachePing, &reading(&[], "PONG\n")).1, Verdict::Passed);
    assert_eq!(failed(Check::CachePing, &reading(&[], "NOAUTH\n")), "NOAUTH");
}
