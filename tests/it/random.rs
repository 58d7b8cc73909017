//! Stacks that nobody wrote: whatever comes up is as wanted, and goes without a trace.

use std::ops::Range;

use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::select,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::support::env::Env;

/// How many stacks are tried.
const CASES: u32 = 6;

/// The beginning of every stack.
const HEAD: &str = "stack: core-dev
region: sfo2
vpc: { ip_range: 10.120.0.0/16 }
ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [\"203.0.113.0/24\"] }
dns: { domain: example.com, ttl: 900 }
secrets: [ORG_POSTGRES_PW]
components:
";

/// Sizes with disks of one size, so that every droplet may become any of them.
fn size() -> impl Strategy<Value = &'static str> {
    select(vec!["s-1vcpu-1gb", "g-2vcpu-8gb", "c-2"])
}

fn droplet() -> impl Strategy<Value = String> {
    size().prop_map(|size| format!("    droplet: {{ size: {size}, image: ubuntu-22-04-x64 }}\n"))
}

fn volume(sizes: Range<u32>) -> impl Strategy<Value = String> {
    let some =
        sizes.prop_map(|gib| format!("    volume: {{ size_gb: {gib}, filesystem: ext4 }}\n"));
    prop_oneof![Just("    volume: none\n".to_owned()), some]
}

fn rule() -> impl Strategy<Value = String> {
    let ports = prop_oneof![
        Just("all".to_owned()),
        (1_u16..1000).prop_map(|port| port.to_string()),
        (1_u16..1000, 1000_u16..9000).prop_map(|(first, last)| format!("{first}-{last}")),
    ];
    let from = select(vec!["anywhere", "vpc", "\"198.51.100.0/24\"", "\"2001:db8::/32\""]);
    (select(vec!["tcp", "udp"]), ports, from).prop_map(|(protocol, ports, from)| {
        format!("      - {{ protocol: {protocol}, ports: \"{ports}\", from: [{from}] }}\n")
    })
}

fn vector(sizes: Range<u32>) -> impl Strategy<Value = String> {
    (droplet(), volume(sizes), any::<bool>()).prop_map(|(droplet, volume, named)| {
        let records = if named { "    records: [vector]\n" } else { "" };
        let weaviate = "    weaviate: { version: \"1.40\" }\n";
        format!("  vector:\n    kind: VectorDroplet\n{droplet}{volume}{weaviate}{records}")
    })
}

fn app(sizes: Range<u32>) -> impl Strategy<Value = String> {
    (droplet(), volume(sizes), any::<bool>()).prop_map(|(droplet, volume, named)| {
        let records = if named { "    records: [app, \"@\"]\n" } else { "" };
        let software = "    postgres: { version: 16, database: orchestrator, password: \"${secret:ORG_POSTGRES_PW}\" }\n    orchestrator: { requirements: [mcp], command: \"python -m orchestrator\" }\n    nginx: { server_name: app.example.com }\n";
        format!("  app:\n    kind: AppStack\n{droplet}{volume}{software}{records}")
    })
}

fn cache() -> impl Strategy<Value = String> {
    (droplet(), any::<bool>()).prop_map(|(droplet, enabled)| {
        format!("  cache:\n    kind: MicroCache\n    enabled: {enabled}\n{droplet}")
    })
}

fn network() -> impl Strategy<Value = String> {
    vec(rule(), 1..4).prop_map(|rules| {
        format!("  network:\n    kind: NetworkFirewall\n    inbound:\n{}", rules.concat())
    })
}

fn workers() -> impl Strategy<Value = String> {
    (droplet(), option::of(1_u32..4)).prop_map(|(droplet, count)| {
        let count = count.map(|count| format!("    count: {count}\n")).unwrap_or_default();
        format!("  workers:\n    kind: Droplet\n{count}{droplet}")
    })
}

/// The components of a stack with volumes of these sizes: some of each kind, one at least.
fn components(volumes: Range<u32>) -> impl Strategy<Value = String> {
    let rest = (
        option::of(vector(volumes.clone())),
        option::of(app(volumes)),
        option::of(cache()),
        option::of(network()),
    );
    (rest, workers()).prop_map(|((vector, app, cache, network), workers)| {
        let some = [vector, app, cache, network].into_iter().flatten();
        some.chain([workers]).collect()
    })
}

fn runner() -> TestRunner {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 20,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
fn what_came_up_is_as_wanted_and_goes_without_a_trace() {
    let stacks = (components(1..250), components(250..500));
    let tried = runner().run(&stacks, |(first, second)| {
        let env = Env::with_cloud();
        for components in [first, second] {
            env.stack(&(HEAD.to_owned() + &components));
            // What had a volume before may have none now: that is meant here.
            let ran = env.run("up --yes --yes-new --no-provision");
            assert_eq!(ran.code, Some(0), "{}{ran}", env.read("stacks/dev.yaml"));
            let _ = env.run("preview --no-provision --detailed-exitcode").expect(0);
        }
        env.destroy_for_good("");
        assert_eq!(env.cloud().things(), ["domain example.com"]);
        Ok(())
    });
    tried.unwrap();
}
