//! The daemon as a person runs it, and with real parts around it.

mod deploy;
mod listening;
mod monitored;
mod page;
mod tls;

use std::path::PathBuf;

use reqwest::Client;
use tokio::runtime::{Builder, Runtime};

use crate::support::{
    env::{Env, Started},
    until::until,
};

/// One machine that may grow by a rung when its readings say so.
const STACK: &str = "stack: core
region: sfo2
vpc: { ip_range: 10.120.0.0/16 }
ssh: { user: ops, public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }
metrics: { prometheus: \"http://PROMETHEUS\" }
components:
  one:
    kind: Droplet
    droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 }
    resize:
      ladder: [s-1vcpu-1gb, s-1vcpu-2gb]
      on_alerts: [Overloaded]
      when: { metric: load, above: 5, for: 3s }
      cooldown: { up: 1s, down: 1s }
";

/// A daemon that runs, and whoever asks it something.
pub struct Daemon {
    process: Started,
    alerts: String,
    status: String,
    token: String,
    runtime: Runtime,
    client: Client,
}

impl Daemon {
    /// Starts one on free ports; `options` go after the command.
    pub fn start(env: &Env, options: &str) -> Self {
        let words = "serve --listen 127.0.0.1:0 --status-listen 127.0.0.1:0 --no-health-check";
        let mut process = env.start(&format!("{words} {options}"));
        let mut lines = process.lines();
        let mut address = |name: &str| {
            let line = lines.next().expect("a daemon that listens says where");
            line.strip_prefix(name).expect("an address").to_owned()
        };
        Self {
            alerts: address("alerts on "),
            status: address("status on "),
            token: env.read(".dostack/serve.token").trim().to_owned(),
            process,
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
            client: Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// The file with its token.
    fn token_file(env: &Env) -> PathBuf {
        env.path(".dostack/serve.token")
    }

    /// What the second listener says.
    fn says(&self, path: &str) -> String {
        let url = format!("http://{}{path}", self.status);
        let request = self.client.get(url).basic_auth("anybody", Some(&self.token));
        self.runtime.block_on(async { request.send().await.unwrap().text().await.unwrap() })
    }

    /// Waits until its metrics have this line.
    fn counts(&self, line: &str) {
        until(line, || self.says("/metrics").lines().any(|told| told == line));
    }

    /// Waits until it has looked at the account.
    fn becomes_ready(&self) {
        until("the daemon is ready", || self.says("/readyz") == "ready\n");
    }

    /// Ends it as a service manager does.
    pub fn stop(self) {
        self.process.signal("TERM");
        let _ = self.process.finish().expect(0);
    }
}
