//! Rules and schedules that can never do what they say, each refused with its line.

use insta::assert_snapshot;

use crate::{mistakes::offline, support::env::Env};

const STACK: &str = r#"stack: core
region: sfo2
vpc: { ip_range: 10.120.0.0/16 }
ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }
metrics: { prometheus: "http://10.120.0.3:9090" }
components:
  never:
    kind: Droplet
    droplet: { size: s-4vcpu-8gb, image: ubuntu-22-04-x64 }
    resize:
      ladder: [s-4vcpu-8gb, c2-8vcpu-16gb]
      when: { metric: queries_durations_p95_ms, above: 300000, for: 10m }
      window: { from: "02:00", to: "02:00", time_zone: UTC }
  flaps:
    kind: Droplet
    droplet: { size: s-4vcpu-8gb-240gb-intel, image: ubuntu-22-04-x64 }
    resize:
      ladder: [s-4vcpu-8gb-240gb-intel, s-8vcpu-16gb-100gb-intel]
      when: { metric: node_load1, above: 8, for: 10m }
      down: { metric: node_load1, below: 9, for: 24h }
      window: { from: "02:00", to: "06:00", time_zone: Mars/Olympus }
  nights:
    kind: Droplet
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
    volume: { size_gb: 10 }
    snapshots:
      at: "03:00"
      time_zone: America/Lost_Angeles
      keep: { last: 3, daily: 7, weekly: 8, monthly: 12 }
"#;

#[test]
fn what_can_never_happen_is_refused_with_its_line() {
    let env = Env::with_cloud();
    env.stack(STACK);
    assert_snapshot!(offline(&env, "validate"));
}
