//! The daemon over real sockets, and its hands by a clock that tests push, with work of the tests'.

mod limits;
mod posts;
mod rounds;
mod status;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use reqwest::{Client, RequestBuilder};
use rustls::crypto::ring;
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    Duty, Options, Patience, Running, TokenFile, Work, start,
    view::View,
    work::{Charge, Round, Target, Verdict},
};
use crate::values::ComponentName;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn target(duty: Duty, component: &str) -> Target {
    Target { duty, component: ComponentName::parse(component).unwrap() }
}

/// Work that counts how often it was done.
struct Counting {
    name: &'static str,
    charges: Vec<Charge>,
    visits: watch::Sender<BTreeMap<Target, u32>>,
    round: Mutex<Round>,
    view: Mutex<Result<View, String>>,
}

impl Counting {
    fn of(charges: &[(Duty, &str, &str)]) -> Arc<Self> {
        Self::named("core", charges)
    }

    fn named(name: &'static str, charges: &[(Duty, &str, &str)]) -> Arc<Self> {
        let charge = |(duty, component, alert): &(Duty, &str, &str)| Charge {
            target: target(*duty, component),
            alerts: [(*alert).to_owned()].into_iter().filter(|alert| !alert.is_empty()).collect(),
        };
        let round = Round::new(Verdict::Held, "hold", "all is well");
        Arc::new(Self {
            name,
            charges: charges.iter().map(charge).collect(),
            visits: watch::Sender::new(BTreeMap::new()),
            round: Mutex::new(round),
            view: Mutex::new(Ok(View::default())),
        })
    }

    fn visits(&self, target: &Target) -> u32 {
        self.visits.borrow().get(target).copied().unwrap_or_default()
    }

    /// Waits until a target was visited so often.
    async fn visited(&self, target: &Target, times: u32) {
        let mut visits = self.visits.subscribe();
        let enough = |visits: &BTreeMap<Target, u32>| {
            visits.get(target).is_some_and(|count| *count >= times)
        };
        let _ = visits.wait_for(enough).await.unwrap();
    }
}

impl Work for Counting {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn charges(&self) -> Vec<Charge> {
        self.charges.clone()
    }

    fn see_to<'a>(
        &'a self,
        target: &'a Target,
        _stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Round> {
        Box::pin(async move {
            self.visits.send_modify(|visits| *visits.entry(target.clone()).or_default() += 1);
            let round = self.round.lock().unwrap().clone();
            assert_ne!(round.decision, "break down");
            round
        })
    }

    fn view(&self, _now: Timestamp) -> BoxFuture<'_, Result<View, String>> {
        Box::pin(async { self.view.lock().unwrap().clone() })
    }
}

fn now() -> Timestamp {
    "2026-11-21T13:00:00Z".parse().unwrap()
}

/// A daemon on free ports of this machine.
struct Bed {
    folder: TempDir,
    work: Arc<Counting>,
    running: Running,
    client: Client,
}

impl Bed {
    async fn start(charges: &[(Duty, &str, &str)]) -> Self {
        Self::with(charges, |_| {}).await
    }

    async fn with(charges: &[(Duty, &str, &str)], change: impl FnOnce(&mut Options)) -> Self {
        // Another test may have been first.
        drop(ring::default_provider().install_default());
        let folder = TempDir::with_prefix("serve-").unwrap();
        let token = folder.path().join("token");
        private(&token, TOKEN);
        let free: SocketAddr = ([127, 0, 0, 1], 0).into();
        let mut options = Options {
            alerts: free,
            status: free,
            token: TokenFile::Given(token),
            tls: None,
            audit: folder.path().join("audit.jsonl"),
            every: Duration::from_mins(1),
            patience: Patience::default(),
        };
        change(&mut options);
        let work = Counting::of(charges);
        let running = start(options, work.clone(), Arc::new(now)).await.unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { folder, work, running, client }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn audit(&self) -> String {
        std::fs::read_to_string(self.path("audit.jsonl")).unwrap()
    }

    fn alerts(&self) -> String {
        format!("http://{}/alerts", self.running.alerts())
    }

    /// A post as Alertmanager makes it.
    fn post(&self) -> RequestBuilder {
        self.client.post(self.alerts()).bearer_auth(TOKEN)
    }

    async fn fires(&self, alert: &str) -> u16 {
        self.post().json(&delivery(alert)).send().await.unwrap().status().as_u16()
    }

    async fn status(&self, path: &str) -> (u16, String) {
        let url = format!("http://{}{path}", self.running.status());
        let answer = self.client.get(url).basic_auth("anybody", Some(TOKEN)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn metrics(&self) -> String {
        self.status("/metrics").await.1
    }
}

fn delivery(alert: &str) -> serde_json::Value {
    json!({
        "version": "4", "status": "firing", "receiver": "dostack", "groupKey": "{}",
        "alerts": [{ "status": "firing", "labels": { "alertname": alert }, "annotations": {} }]
    })
}

fn private(path: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
