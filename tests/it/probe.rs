//! `probe` and `status`, as far as they go without a machine that answers.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::env::Env;

/// A stack of two machines.
const STACK: &str = "\
stack: core
region: sfo2
vpc: { ip_range: 10.120.0.0/16 }
ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [\"203.0.113.0/24\"] }
components:
  cache: { kind: MicroCache, droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 } }
  vector:
    kind: VectorDroplet
    droplet: { size: s-2vcpu-4gb, image: ubuntu-22-04-x64 }
    volume: { size_gb: 10 }
    probes: { queries: false, search: false }
";

/// The stack with its machines, at addresses where nobody answers.
fn up() -> Env {
    let env = Env::with_cloud();
    env.stack(STACK);
    let nobody = json!({ "core-cache": { "public": "127.9.9.8" }, "core-vector": { "public": "127.9.9.9" } });
    env.cloud().call("PUT", "/_sandbox/addresses", Some(&nobody));
    let _ = env.run("up --yes --no-provision").expect(0);
    env
}

#[test]
fn a_machine_that_does_not_answer_is_a_row() {
    let env = up();
    assert_snapshot!(env.run("status"), @"
    exit 0
    ---- stdout
    cache  core-cache
      active  s-1vcpu-1gb  127.9.9.8  $6.00 a month
      does not tell: cannot work on `cache`: cannot connect to 127.9.9.8:22: Connection refused (os error [number])
    vector  core-vector
      active  s-2vcpu-4gb  127.9.9.9  $25.00 a month
      does not tell: cannot work on `vector`: cannot connect to 127.9.9.9:22: Connection refused (os error [number])
    2 machines with what belongs to them: $31.00 a month.
    ");
    let told = env.run("status --json").expect(0);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["nodes"][1]["address"], "vector");
    assert_eq!(told["nodes"][1]["droplet"]["size"], "s-2vcpu-4gb");
    assert!(told["nodes"][1]["silent"].as_str().unwrap().contains("127.9.9.9:22"), "{told}");
}

#[test]
fn a_machine_that_does_not_answer_fails_its_probes() {
    let env = up();
    assert_snapshot!(env.run("probe --junit probes.xml"), @"
    exit 11
    ---- stdout
    fail  cache/ping      answers a ping
          cannot work on `cache`: cannot connect to 127.9.9.8:22: Connection refused (os error [number])
    fail  vector/key      401 without the key, 200 with it
          cannot work on `vector`: cannot connect to 127.9.9.9:22: Connection refused (os error [number])
    fail  vector/nodes    every node is healthy
          cannot work on `vector`: cannot connect to 127.9.9.9:22: Connection refused (os error [number])
    fail  vector/ready    ready in 1 s
          cannot work on `vector`: cannot connect to 127.9.9.9:22: Connection refused (os error [number])
    ---- stderr
    error: not everything serves: 0 passed, 4 failed
    help: `dostack status` shows how the machines are, `dostack logs SERVICE` what a service writes
    ");
    let xml = env.read("probes.xml");
    let counts = r#"name="core probes" tests="4" skipped="0" failures="4" errors="0""#;
    assert!(xml.contains(counts), "{xml}");
    assert!(xml.contains(r#"<testcase name="ping" classname="core.cache""#), "{xml}");
    let told = env.run("probe vector --json").expect(11);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    let probes = told["probes"].as_array().unwrap();
    assert!(
        probes.iter().all(|probe| probe["component"] == "vector" && probe["verdict"] == "failed")
    );
    assert_eq!(probes.len(), 3);
    assert_snapshot!(env.run("probe vectr"), @"
    exit 3
    ---- stderr
    error: the stack has no machine and no component with one called `vectr`
    help: did you mean `vector`?
    ");
    assert_snapshot!(env.run("probe --junit nowhere/probes.xml cache"), @"
    exit 3
    ---- stdout
    fail  cache/ping    answers a ping
          cannot work on `cache`: cannot connect to 127.9.9.8:22: Connection refused (os error [number])
    ---- stderr
    error: cannot write `nowhere/probes.xml`: No such file or directory (os error [number])
    ");
}

#[test]
fn a_stack_without_machines_has_nothing_to_probe() {
    let env = Env::with_cloud();
    env.stack(STACK);
    assert_snapshot!(env.run("probe"), @"
    exit 11
    ---- stderr
    error: the stack `core` has no machine yet
    help: `dostack up` makes what the file says
    ");
    assert_snapshot!(env.run("status"), @"
    exit 0
    ---- stdout
    cache  core-cache
      is not there: `dostack up` makes it
    vector  core-vector
      is not there: `dostack up` makes it
    2 machines with what belongs to them: $0.00 a month.
    ");
}

#[test]
fn in_the_box_no_machine_tells_anything() {
    let env = Env::new();
    env.stack(STACK);
    let _ = env.run("--sandbox up --yes --no-provision").expect(0);
    assert_snapshot!(env.run("--sandbox probe"), @"
    exit 3
    ---- stderr
    error: the sandbox's droplets have no machine behind them
    help: leave `--sandbox` out to work on the machines of the account
    ");
    assert_snapshot!(env.run("--sandbox status"), @"
    exit 0
    ---- stdout
    cache  core-cache
      active  s-1vcpu-1gb  [public]  $6.00 a month
      does not tell: no machine stands behind a droplet of the sandbox
    vector  core-vector
      active  s-2vcpu-4gb  [public]  $25.00 a month
      does not tell: no machine stands behind a droplet of the sandbox
    2 machines with what belongs to them: $31.00 a month.
    ");
}
