//! A stack whose one volume is copied every night.

use crate::support::env::Env;

/// The stack, which keeps copies by these rules.
pub fn stack(keep: &str) -> String {
    format!(
        r#"
stack: core
region: sfo2
vpc: {{ ip_range: 10.120.0.0/16 }}
ssh: {{ public_keys: [~/.ssh/id_ed25519.pub], allow_from: ["203.0.113.0/24"] }}
components:
  store:
    kind: Droplet
    droplet: {{ size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }}
    volume: {{ size_gb: 10 }}
    snapshots: {{ at: "03:00", keep: {{ {keep} }}, catch_up: 24h }}
"#
    )
}

/// A project with it and an account that is so many times faster than DigitalOcean.
pub fn env(speed: u32, keep: &str) -> Env {
    let env = Env::at_speed(speed);
    env.stack(&stack(keep));
    env
}
