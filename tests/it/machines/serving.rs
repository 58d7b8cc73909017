//! `up` from nothing to serving, and what comes after, with real parts on real machines.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    machines::lab::{lab, sql},
    support::{
        env::{Env, Started},
        machine::{Hall, there_are_machines},
    },
};

/// Weaviate and its agents on one machine, Postgres, an orchestrator with an MCP server, and Nginx on
/// the other.
const STACK: &str = r#"stack: lab
region: sfo2
vpc: { ip_range: 10.88.0.0/16 }
ssh: { public_keys: [~/.ssh/own.pub], private_key: ~/.ssh/own, allow_from: [anywhere] }
secrets: [ORG_WEAVIATE_API_KEY, ORG_POSTGRES_PW]
components:
  vector:
    kind: VectorDroplet
    droplet: { size: s-4vcpu-8gb, image: ubuntu-22-04-x64 }
    volume: { size_gb: 5, filesystem: ext4 }
    weaviate: { version: "1.30", api_key: "${secret:ORG_WEAVIATE_API_KEY}", acorn: true }
    agents: { requirements: [six], command: "python -m http.server 8002" }
  app:
    kind: AppStack
    droplet: { size: s-2vcpu-4gb, image: ubuntu-22-04-x64 }
    resize: { ladder: [s-2vcpu-4gb, s-4vcpu-8gb] }
    volume: { size_gb: 5, filesystem: ext4 }
    postgres: { version: 16, database: orchestrator, password: "${secret:ORG_POSTGRES_PW}", extensions: [vector] }
    orchestrator:
      requirements: [six]
      command: "python -m http.server 8001 --bind 127.0.0.1"
      mcp: { files: { command: "python -m http.server $PORT --bind $HOST", port: 8101, path: / } }
    nginx: { server_name: app.example.com }
    snapshots: { at: "03:00", keep: { last: 3 }, catch_up: 24h, consistency: pg }
"#;

/// A cache alone: the smallest thing that serves.
const CACHE: &str = r"stack: lab
region: sfo2
vpc: { ip_range: 10.88.0.0/16 }
ssh: { public_keys: [~/.ssh/own.pub], private_key: ~/.ssh/own, allow_from: [anywhere] }
components:
  cache:
    kind: MicroCache
    enabled: true
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
";

const NAMES: [&str; 2] = ["lab-vector", "lab-app"];

/// When each service of a machine was started.
fn started(hall: &Hall, name: &str) -> BTreeMap<String, String> {
    let format = "{{index .Config.Labels \"com.docker.compose.service\"}} {{.State.StartedAt}}";
    let said = hall.run(name, &format!("docker inspect -f '{format}' $(docker ps -q)"));
    let lines = said.lines().filter_map(|line| line.split_once(' '));
    lines.map(|(service, at)| (service.to_owned(), at.to_owned())).collect()
}

/// The services that were started since, on both machines.
fn restarted(hall: &Hall, before: &BTreeMap<String, String>) -> Vec<String> {
    let now = all(hall).into_iter();
    now.filter(|(service, at)| before.get(service) != Some(at))
        .map(|(service, _)| service)
        .collect()
}

fn all(hall: &Hall) -> BTreeMap<String, String> {
    NAMES.iter().flat_map(|name| started(hall, name)).collect()
}

/// What Weaviate answers to the other machine.
fn weaviate(hall: &Hall, key: &str, rest: &str) -> String {
    let address = hall.with("lab-vector", |machine| machine.private().to_owned());
    let call = "curl -sS --max-time 10 -o /tmp/answer -w '%{http_code} '";
    let header = format!("-H 'Authorization: Bearer {key}' -H 'Content-Type: application/json'");
    let call = format!("{call} {header} http://{address}:8080/v1/{rest} && cat /tmp/answer");
    hall.run("lab-app", &call)
}

fn serves(hall: &Hall, key: &str) {
    assert!(weaviate(hall, key, "meta").starts_with("200"), "{}", weaviate(hall, key, "meta"));
    assert!(weaviate(hall, "wrong", "meta").starts_with("401"));
    assert_eq!(sql(hall, "lab-app", "select '[1,2]'::vector <-> '[1,3]'"), "1");
    let page = "curl -fsSk --resolve app.example.com:443:127.0.0.1 -o /dev/null -w '%{http_code}' https://app.example.com/";
    assert_eq!(hall.run("lab-app", page), "200");
}

fn has_data(hall: &Hall, key: &str) {
    assert_eq!(sql(hall, "lab-app", "select n from kept"), "42");
    assert!(weaviate(hall, key, "schema/Kept").starts_with("200"));
}

#[test]
fn a_stack_serves_from_nothing_and_through_every_change() {
    if !there_are_machines() {
        return;
    }
    let (mut env, hall) = lab(STACK, &NAMES);
    let ran = env.run("up --yes").expect(0);
    assert!(ran.stdout.contains("Serving: 2 machines.\n"), "{ran}");
    serves(&hall, "first-key");
    sql(&hall, "lab-app", "create table kept (n int); insert into kept values (42)");
    let class = "schema -d '{\"class\":\"Kept\",\"vectorizer\":\"none\"}'";
    assert!(weaviate(&hall, "first-key", class).starts_with("200"));

    // What starts is looked at often, not only when a whole interval is over.
    let interval = "docker inspect -f '{{.Config.Healthcheck.StartInterval}}' app-nginx-1";
    assert_eq!(hall.run("lab-app", interval), "1s\n");

    // Nothing to do is nothing done.
    let before = all(&hall);
    assert_eq!(before.len(), 6, "{before:?}");
    let _ = env.run("up --yes").expect(0);
    assert_eq!(restarted(&hall, &before), [""; 0]);

    an_mcp_server_is_a_service_of_its_own(&env, &hall);
    let before = all(&hall);

    // One value of a template: the one service that reads it.
    env.edit_stack("server_name: app.example.com", "server_name: web.example.com");
    let _ = env.run("up --yes").expect(0);
    assert_eq!(restarted(&hall, &before), ["nginx"]);
    env.edit_stack("server_name: web.example.com", "server_name: app.example.com");
    let _ = env.run("up --yes").expect(0);

    // One secret: the services that were told it.
    let before = all(&hall);
    env.set("ORG_WEAVIATE_API_KEY", "second-key");
    let _ = env.run("up --yes").expect(0);
    assert_eq!(restarted(&hall, &before), ["agents", "orchestrator", "weaviate"]);
    assert!(weaviate(&hall, "first-key", "meta").starts_with("401"));
    serves(&hall, "second-key");
    has_data(&hall, "second-key");

    // A larger machine, asked how it is: the same data, and settings for its size, which stay.
    let small = sql(&hall, "lab-app", "show shared_buffers");
    let resized = env.run("resize app --to s-4vcpu-8gb --yes").expect(0);
    assert!(resized.stdout.contains("Serving: 1 machine.\n"), "{resized}");
    let _ = env.run("preview --detailed-exitcode").expect(0);
    assert_ne!(sql(&hall, "lab-app", "show shared_buffers"), small);
    serves(&hall, "second-key");
    has_data(&hall, "second-key");

    // Other machines, with the volumes that were kept.
    let _ = env.run("destroy --yes").expect(0);
    for name in NAMES {
        hall.await_silence(name);
    }
    let _ = env.run("up --yes").expect(0);
    serves(&hall, "second-key");
    has_data(&hall, "second-key");
    comes_back_from_a_snapshot(&env, &hall);
}

/// A snapshot takes the place of what was written after it, once the services are stopped.
fn comes_back_from_a_snapshot(env: &Env, hall: &Hall) {
    let ran = env.run("--json snapshot run app").expect(0);
    let nights: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(nights["nights"][0]["consistency"], "pg", "{ran}");
    hall.await_copies(1, |_| {});
    sql(hall, "lab-app", "insert into kept values (43)");
    let copy = nights["nights"][0]["took"].as_str().unwrap();
    let ran = env.run(&format!("--json snapshot restore {copy} --swap --yes")).expect(0);
    let restored: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(restored["restored"]["unstopped"], Value::Null, "{ran}");
    assert_eq!(hall.run("lab-app", "docker ps --quiet --filter name=postgres"), "");
    let _ = env.run("up --yes").expect(0);
    assert_eq!(sql(hall, "lab-app", "select n from kept"), "42");
    serves(hall, "second-key");
}

/// What somebody is answered at an address.
fn answer(hall: &Hall, name: &str, url: &str) -> String {
    hall.run(name, &format!("curl -s --max-time 5 -o /dev/null -w '%{{http_code}}' {url} || true"))
}

fn an_mcp_server_is_a_service_of_its_own(env: &Env, hall: &Hall) {
    // The orchestrator finds it, and nobody on another machine does.
    let asks =
        "import os, urllib.request as it; print(it.urlopen(os.environ['MCP_FILES_URL']).status)";
    let said = hall.run("lab-app", &format!("docker exec app-orchestrator-1 python -c \"{asks}\""));
    assert_eq!(said, "200\n");
    let address = hall.with("lab-app", |machine| machine.private().to_owned());
    assert_eq!(answer(hall, "lab-vector", &format!("http://{address}:8101/")), "000");

    let logs = env.run("logs mcp-files").expect(0);
    assert!(logs.stdout.contains("GET / HTTP/1.1"), "{logs}");
    let status = env.run("status").expect(0);
    assert!(status.stdout.contains("mcp-files"), "{status}");

    // Another command, and only it is started anew.
    let before = all(hall);
    env.edit_stack("--bind $HOST", "--bind $HOST --directory /tmp");
    let shown = env.run("preview --deep").expect(0);
    assert!(shown.stdout.contains("mcp-files"), "{shown}");
    let _ = env.run("up --yes").expect(0);
    assert_eq!(restarted(hall, &before), ["mcp-files"]);
    let page = hall.run("lab-app", "curl -s http://127.0.0.1:8101/");
    assert!(page.contains("started"), "{page}");

    // Without it the orchestrator is told of none.
    let file = env.read("stacks/dev.yaml");
    let without = file.lines().filter(|line| !line.contains("mcp:"));
    env.stack(&without.flat_map(|line| [line, "\n"]).collect::<String>());
    let _ = env.run("up --yes").expect(0);
    assert_eq!(restarted(hall, &before), ["orchestrator"]);
    assert_eq!(hall.run("lab-app", "docker ps -aq --filter name=mcp"), "");
    assert_eq!(answer(hall, "lab-app", "http://127.0.0.1:8101/"), "000");
}

#[test]
fn a_run_that_is_killed_on_any_rung_is_finished_by_the_next() {
    if !there_are_machines() {
        return;
    }
    let (env, hall) = lab(CACHE, &["lab-cache"]);
    let mut rungs = Vec::new();
    // Each run is let go on for one rung more than has been seen.
    while let Some(rung) = killed_at_the_next(env.start("up --yes --json"), &rungs) {
        rungs.push(rung);
    }
    assert!(rungs.len() >= 3, "{rungs:?}");
    let ping =
        "docker exec cache-dragonfly-1 sh -c 'REDISCLI_AUTH=$DFLY_requirepass redis-cli ping'";
    assert_eq!(hall.run("lab-cache", ping), "PONG\n");
    let before = started(&hall, "lab-cache");
    let _ = env.run("up --yes").expect(0);
    assert_eq!(started(&hall, "lab-cache"), before);
    let droplets = env.cloud().call("GET", "/v2/droplets", None);
    assert_eq!(droplets["meta"]["total"], 1);
}

/// Kills a run as soon as it is on a rung that is not among these, and names it; none if it came to
/// its end.
fn killed_at_the_next(mut run: Started, rungs: &[String]) -> Option<String> {
    for line in run.lines() {
        let event: Value = serde_json::from_str(&line).unwrap_or_default();
        let Some(doing) = event["event"]["doing"].as_str() else { continue };
        if !rungs.iter().any(|rung| rung == doing) {
            run.kill();
            return Some(doing.to_owned());
        }
    }
    let _ = run.finish().expect(0);
    None
}
