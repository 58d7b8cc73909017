//! A whole stack on one server, with real parts on a real machine.

use crate::{
    machines::lab::{lab, sql},
    support::machine::there_are_machines,
};

/// Weaviate's machine with a cache on it.
const STORE: &str = r#"stack: lab
region: sfo2
vpc: { ip_range: 10.88.0.0/16 }
ssh: { public_keys: [~/.ssh/own.pub], private_key: ~/.ssh/own, allow_from: [anywhere] }
secrets: [ORG_WEAVIATE_API_KEY, ORG_POSTGRES_PW]
components:
  vector:
    kind: VectorDroplet
    droplet: { size: s-4vcpu-8gb, image: ubuntu-22-04-x64 }
    volume: { size_gb: 5 }
    weaviate: { version: "1.30", api_key: "${secret:ORG_WEAVIATE_API_KEY}" }
  cache: { kind: MicroCache, on: vector }
"#;

/// What joins them there.
const APP: &str = r#"  app:
    kind: AppStack
    on: vector
    volume: { size_gb: 5 }
    postgres: { password: "${secret:ORG_POSTGRES_PW}", extensions: [vector] }
    nginx: { server_name: app.example.com }
"#;

const NAME: &str = "lab-vector";

#[test]
fn a_whole_stack_serves_from_one_machine_and_takes_another_component_in() {
    if !there_are_machines() {
        return;
    }
    let (env, hall) = lab(STORE, &[NAME]);
    let _ = env.run("up --yes").expect(0);
    let weaviate = hall.run(NAME, "docker inspect -f '{{.State.StartedAt}}' vector-weaviate-1");

    // Another component gets its volume on the machine that runs.
    env.stack(&format!("{STORE}{APP}"));
    let _ = env.run("up --yes").expect(0);
    assert_eq!(hall.run(NAME, "findmnt -n -o FSTYPE /mnt/lab_app_data"), "ext4\n");
    assert_eq!(sql(&hall, NAME, "select '[1,2]'::vector <-> '[1,3]'"), "1");
    let page = "curl -sSk --resolve app.example.com:443:127.0.0.1 -o /dev/null -w '%{http_code}' https://app.example.com/";
    assert_eq!(hall.run(NAME, page), "404");

    // Each component answers under its own name; what it has is asked on the one machine.
    let asked = env.run("probe").expect(0);
    for probe in ["ready", "web", "ping"] {
        assert!(asked.stdout.contains(probe), "{asked}");
    }
    assert_eq!(env.run("exec app -- hostname").expect(0).stdout, format!("{NAME}\n"));
    let _ = env.run("logs postgres --on vector").expect(0);

    // Nothing to do is nothing done; a share that became smaller was the one thing to change.
    let _ = env.run("up --yes").expect(0);
    let before = hall.run(NAME, "docker ps -q | sort");
    let _ = env.run("up --yes").expect(0);
    assert_eq!(hall.run(NAME, "docker ps -q | sort"), before);
    let now = hall.run(NAME, "docker inspect -f '{{.State.StartedAt}}' vector-weaviate-1");
    assert_ne!(now, weaviate, "Weaviate shares the machine's memory with one more");

    // What leaves the file is stopped, and its data stays.
    env.stack(STORE);
    let _ = env.run("up --yes").expect(0);
    assert!(!hall.run(NAME, "docker ps --format '{{.Names}}'").contains("postgres"));
    assert_eq!(hall.run(NAME, "ls /mnt/lab_app_data/postgres"), "pgdata\n");
}
