//! A real Prometheus and a real Alertmanager over an exporter that the test owns.

use std::{
    fs,
    net::TcpListener as Free,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{Router, extract::State, routing::get};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::support::tool::tool;

/// An address of this machine that nobody listens on; somebody may be faster, but nobody tries.
pub fn free_address() -> String {
    let free = Free::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().to_string()
}

/// A page with one reading on it, `load`, which the test sets.
pub struct Exporter {
    load: Arc<AtomicU32>,
    address: String,
    _runtime: Runtime,
}

impl Exporter {
    /// Serves on any free port.
    pub fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let load = Arc::new(AtomicU32::new(0));
        let page = async |State(load): State<Arc<AtomicU32>>| {
            format!("# TYPE load gauge\nload {}\n", load.load(Ordering::Relaxed))
        };
        let router = Router::new().route("/metrics", get(page)).with_state(Arc::clone(&load));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        runtime.spawn(async { axum::serve(listener, router).await });
        Self { load, address, _runtime: runtime }
    }

    /// Has it tell this from now on.
    pub fn tell(&self, load: u32) {
        self.load.store(load, Ordering::Relaxed);
    }
}

/// Both servers; they end with it.
pub struct Monitoring {
    children: Vec<Child>,
    folder: TempDir,
}

impl Drop for Monitoring {
    fn drop(&mut self) {
        for child in &mut self.children {
            // One that has ended by itself is as good as killed.
            let _ = child.kill();
            child.wait().unwrap();
        }
    }
}

/// Where posts go, and what they show.
pub struct Receiver<'a> {
    /// The address of `POST /alerts`.
    pub address: &'a str,
    /// The file with the token.
    pub token: &'a Path,
}

impl Monitoring {
    /// Starts both, as fast as they can be, with an alert `Overloaded` when `load` is above 5.
    ///
    /// Nothing where they are not installed.
    pub fn start(
        prometheus_at: &str,
        exporter: &Exporter,
        receiver: &Receiver<'_>,
    ) -> Option<Self> {
        let (prometheus, alertmanager) = (tool("prometheus")?, tool("prometheus-alertmanager")?);
        let folder = TempDir::with_prefix("monitoring-").unwrap();
        let (path, alerts_at) = (|name: &str| folder.path().join(name), free_address());
        fs::write(path("rules.yaml"), RULES).unwrap();
        fs::write(path("prometheus.yaml"), prometheus_config(&exporter.address, &alerts_at))
            .unwrap();
        fs::write(path("alertmanager.yaml"), alertmanager_config(receiver)).unwrap();
        let mut monitoring = Self { children: Vec::new(), folder };
        let folder = monitoring.folder.path().to_owned();
        monitoring.spawn(
            prometheus,
            &[
                &format!("--config.file={}", folder.join("prometheus.yaml").display()),
                &format!("--storage.tsdb.path={}", folder.join("data").display()),
                &format!("--web.listen-address={prometheus_at}"),
            ],
        );
        monitoring.spawn(
            alertmanager,
            &[
                &format!("--config.file={}", folder.join("alertmanager.yaml").display()),
                &format!("--storage.path={}", folder.join("alerts").display()),
                &format!("--web.listen-address={alerts_at}"),
                "--cluster.listen-address=",
            ],
        );
        Some(monitoring)
    }

    fn spawn(&mut self, mut program: Command, arguments: &[&str]) {
        let started = program
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.children.push(started.unwrap());
    }
}

const RULES: &str = "groups:
  - name: test
    rules:
      - alert: Overloaded
        expr: load > 5
";

fn prometheus_config(exporter: &str, alertmanager: &str) -> String {
    format!(
        "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}
rule_files: [rules.yaml]
scrape_configs:
  - job_name: exporter
    static_configs: [{{ targets: [\"{exporter}\"] }}]
alerting:
  alertmanagers:
    - static_configs: [{{ targets: [\"{alertmanager}\"] }}]
"
    )
}

fn alertmanager_config(receiver: &Receiver<'_>) -> String {
    format!(
        "route: {{ receiver: dostack, group_wait: 0s, group_interval: 1s, repeat_interval: 1s }}
receivers:
  - name: dostack
    webhook_configs:
      - url: http://{}/alerts
        http_config:
          authorization: {{ type: Bearer, credentials_file: {} }}
",
        receiver.address,
        receiver.token.display(),
    )
}
