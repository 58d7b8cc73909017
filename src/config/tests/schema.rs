//! The JSON Schema says what the loader says.

use serde_json::Value;

use crate::config::{
    schema::schema,
    tests::{DEV, PROD},
};

/// The sample of the documentation's shape: every section once.
const FULL: &str = r#"
stack: core-dev
region: sfo2
vpc: { ip_range: 10.120.0.0/16, adopt: { name: old, else: create } }
ssh: { user: root, public_keys: [key.pub], private_key: ~/.ssh/id, allow_from: ["203.0.113.0/24"] }
dns: { domain: example.com, ttl: 900 }
secrets: [ORG_WEAVIATE_API_KEY, ORG_POSTGRES_PW]
metrics: { prometheus: "http://10.120.0.3:9090" }
budget: { monthly_usd: 400 }
project: { name: Shop, purpose: Website, environment: staging }
components:
  vector:
    kind: VectorDroplet
    droplet: { size: s-4vcpu-8gb, image: ubuntu-22-04-x64, adopt: { name: old-01, else: create } }
    alerts:
      - { type: memory_utilization_percent, above: 90, for: 5m, email: [ops@example.com] }
      - { type: load_5, below: 0.5, for: 1h, name: idle, slack: [{ channel: ops, url: "${secret:ORG_POSTGRES_PW}" }] }
    volume: { size_gb: 160, filesystem: ext4 }
    weaviate: { version: "1.40", api_key: "${secret:ORG_WEAVIATE_API_KEY}", modules: [text2vec-openai], acorn: true }
    agents: { requirements: [weaviate-client], command: "python -m agents", environment: { HOST: "${output:app.private_ip}" } }
    records: [vector]
    probes:
      ready: { kind: weaviate-ready, within: 2s }
      question: false
      recall: { kind: weaviate-question, text: "what was decided", class: Session }
      agents: { kind: http, url: "http://${output:app.private_ip}:8001/", post: "{}", status: 202, body: ok, certificate: any }
    snapshots: { at: "03:00", time_zone: America/Los_Angeles, keep: { last: 3, daily: 7, weekly: 4, monthly: 6 }, consistency: crash }
    resize:
      ladder: [s-4vcpu-8gb, s-8vcpu-16gb]
      on_alerts: [WeaviateMemoryHigh]
      when: { metric: "node_memory_MemAvailable_bytes", below: 500000000, for: 10m }
      cooldown: { up: 60m, down: 24h }
      window: { from: "00:00", to: "06:00", time_zone: America/Los_Angeles }
      max_per_day: 3
  app:
    kind: AppStack
    droplet: { size: s-8vcpu-32gb-640gb-intel, image: ubuntu-22-04-x64, adopt: old-02 }
    volume: { size_gb: 100, filesystem: ext4 }
    postgres: { version: 16, database: orchestrator, password: "${secret:ORG_POSTGRES_PW}", extensions: [vector] }
    orchestrator:
      requirements: [mcp]
      command: "python -m orchestrator"
      mcp:
        search: { command: "python -m search", port: 8101, path: /sse, environment: { INDEX: "${secret:ORG_POSTGRES_PW}" } }
        files: { image: "me/files:1.2", port: 8102 }
    admin: { upstream: "http://127.0.0.1:8000" }
    nginx: { server_name: app.example.com }
    langfuse: { version: 4, server_name: traces.example.com, bucket: { name: traces, access_key: "${secret:ORG_POSTGRES_PW}", secret_key: "${secret:ORG_POSTGRES_PW}" } }
    records: [app, admin]
  cache:
    kind: MicroCache
    enabled: auto
    when: { metric: chat_latency_p95_ms, above: 50, for: 10m }
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
  network:
    kind: NetworkFirewall
    inbound:
      - { protocol: tcp, ports: "443", from: [anywhere] }
      - { protocol: tcp, ports: all, from: [vpc] }
  workers:
    kind: Droplet
    count: 3
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
    volume: { size_gb: 10 }
"#;

fn valid(text: &str) -> bool {
    let value: Value = serde_yaml::from_str(text).unwrap();
    jsonschema::validator_for(&schema()).unwrap().is_valid(&value)
}

fn loads(text: &str) -> bool {
    super::World::with(text).messages().is_empty()
}

#[test]
fn the_schema_and_the_loader_take_the_same_files() {
    assert!(valid(DEV) && valid(PROD));
    assert!(valid(FULL) && loads(FULL), "{:?}", super::World::with(FULL).messages());
    for (from, to) in [
        ("monthly_usd: 400", "monthly_usd: \"${env:NUMBER}\""),
        (
            "volume: { size_gb: 160, filesystem: ext4 }\n    weaviate",
            "volume: { size_gb: 161 }\n    weaviate",
        ),
        ("enabled: auto", "enabled: true"),
        ("version: \"1.40\"", "version: 1.40"),
        ("project: { name: Shop, purpose: Website, environment: staging }", "project: Shop"),
        ("above: 90", "below: 1.5"),
    ] {
        let text = FULL.replace(from, to);
        assert!(text != FULL && valid(&text), "{to}");
        let world = super::World::with(&text).variable("NUMBER", "12.5");
        assert_eq!(world.messages(), [""; 0], "{to}");
    }
}

#[test]
fn the_schema_and_the_loader_refuse_the_same_files() {
    for (from, to) in [
        ("size: s-4vcpu-8gb", "sise: s-4vcpu-8gb"),
        ("port: 8101", "port: 65536"),
        (", port: 8102", ""),
        ("path: /sse", "pfad: /sse"),
        ("region: sfo2\n", ""),
        ("region: sfo2\n", "region: sfo2\nzone: a\n"),
        ("kind: AppStack", "kind: Appstack"),
        ("    kind: AppStack\n", ""),
        ("volume: { size_gb: 100, filesystem: ext4 }\n    postgres", "postgres"),
        ("size_gb: 100", "size_gb: 0"),
        ("size_gb: 100", "size_gb: 100GB"),
        ("filesystem: ext4", "filesystem: btrfs"),
        ("ttl: 900", "ttl: 29"),
        ("enabled: auto", "enabled: maybe"),
        ("\"${secret:ORG_POSTGRES_PW}\"", "hunter2"),
        ("count: 3", "count: three"),
        ("protocol: tcp", "protocol: TCP"),
        ("monthly_usd: 400", "monthly_usd: 0"),
        ("records: [vector]", "records: vector"),
        ("else: create", "otherwise: create"),
        ("version: 16", "version: 9"),
        ("from: [vpc]", "from: vpc"),
        ("kind: weaviate-ready", "kind: weaviate-redy"),
        ("question: false", "question: true"),
        ("status: 202", "status: 99"),
        ("text: \"what was decided\", ", ""),
        ("environment: staging", "environment: test"),
        ("type: memory_utilization_percent", "type: ram"),
        ("for: 5m, email", "for: 7m, email"),
        ("email: [ops@example.com]", "email: ops@example.com"),
    ] {
        let text = FULL.replacen(from, to, 1);
        assert_ne!(text, FULL, "{from}");
        assert!(!valid(&text), "the schema takes {to}");
        assert!(!loads(&text), "the loader takes {to}");
    }
}

#[test]
fn what_is_about_a_machine_stands_beside_no_on_for_the_schema_and_the_loader() {
    let own = "droplet: { size: s-8vcpu-32gb-640gb-intel, image: ubuntu-22-04-x64, adopt: old-02 }";
    let shared = FULL.replace(own, "on: vector");
    assert!(valid(&shared) && loads(&shared), "{:?}", super::World::with(&shared).messages());
    for field in [
        own,
        "resize: { ladder: [s-1vcpu-1gb] }",
        "reserved_ip: true",
        "alerts: [{ type: load_5, above: 4, for: 5m, email: [ops@example.com] }]",
    ] {
        let text = FULL.replace(own, &format!("on: vector\n    {field}"));
        assert!(!valid(&text), "the schema takes {field}");
        assert!(!loads(&text), "the loader takes {field}");
    }
}

#[test]
fn every_section_is_written_down_once() {
    let schema = schema();
    let text = schema.to_string();
    assert!(text.len() < 90_000, "{}", text.len());
    let definitions = schema["$defs"].as_object().unwrap();
    for section in ["droplet", "volume", "weaviate", "postgres", "probes", "ssh", "vpc-part"] {
        assert!(definitions.contains_key(section), "{section}");
    }
}
