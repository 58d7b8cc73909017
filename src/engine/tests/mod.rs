//! Runs against a sandbox: what becomes of the lock.

mod auto;

use std::{
    iter,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use reqwest::{Certificate, Url};
use rustls::crypto::ring::default_provider;
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{sync::mpsc::unbounded_channel, time::pause};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    apply::{Class, Outcome},
    config::{MissingKeys, OneFile, Stack, load},
    digitalocean::{Client, Settings},
    engine::{EngineError, Manner, Run, Site},
    journal::history,
    lock::{Holder, find, unlock},
    plan::Asked,
    render::Templates,
    sandbox::{Options, RateLimit, Running, start},
    secrets::Store,
    values::Seed,
};

const FILE: &str = "stack: core\nregion: sfo2\nvpc: { ip_range: 10.120.0.0/16 }\n\
     ssh: { public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }\n\
     components:\n  \
     one: { kind: Droplet, droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 } }\n";

fn stack() -> Stack {
    match load("stacks/core.yaml", &OneFile(FILE), MissingKeys::ThrowAway) {
        Ok(loaded) => loaded.stack,
        Err(mistakes) => panic!("{mistakes:?}"),
    }
}

/// A sandbox, a folder, and a clock that is put forward by hand.
struct Place {
    running: Running,
    folder: TempDir,
    minutes: Arc<AtomicI64>,
}

impl Place {
    async fn new() -> Self {
        let options = Options {
            listen: "127.0.0.1:0".parse().unwrap(),
            token: "a-token-of-the-tests".to_owned(),
            speed: 200.0,
            state: None,
            rate_limit: RateLimit::Off,
        };
        let running = start(options).await.unwrap();
        Self { running, folder: TempDir::new().unwrap(), minutes: Arc::default() }
    }

    fn site(&self) -> Site {
        let base = Url::parse(&format!("http://{}", self.running.address())).unwrap();
        let token = SecretString::from("a-token-of-the-tests");
        let minutes = Arc::clone(&self.minutes);
        let epoch = Timestamp::from_second(1_800_000_000).unwrap();
        Site {
            client: Client::new(Settings::new(base, token)).unwrap(),
            account: "sandbox".to_owned(),
            folder: self.folder.path().to_owned(),
            templates: Templates::built_in(),
            seed: Arc::new(Seed::new([7; 32])),
            clock: Arc::new(move || {
                epoch + SignedDuration::from_mins(minutes.load(Ordering::Relaxed))
            }),
            run: Uuid::from_u128(9),
            holder: Holder {
                machine: "this machine".to_owned(),
                boot: "this boot".to_owned(),
                host: "laptop".to_owned(),
                pid: 42,
                began: 1000,
                nonce: 7,
            },
            secrets: Store::default(),
            program: PathBuf::new(),
            is_alive: Arc::new(|_, _| true),
        }
    }

    async fn begin(&self) -> Result<Run, EngineError> {
        Run::begin(&self.site(), &stack(), &Asked::stand(), "up").await
    }

    async fn carry_out(&self, run: &Run, stop: &CancellationToken) -> Outcome {
        let (events, _watch) = unbounded_channel();
        let manner = Manner { at_once: 10, events, stop: stop.clone() };
        run.carry_out(&self.site(), &run.look.plan, manner).await
    }

    async fn fault(&self, rule: Value) {
        drop(default_provider().install_default());
        let builder = reqwest::Client::builder().no_proxy();
        let http = builder.tls_certs_only(iter::empty::<Certificate>()).build().unwrap();
        let url = format!("http://{}/_sandbox/faults", self.running.address());
        http.post(url).json(&rule).send().await.unwrap().error_for_status().unwrap();
    }

    async fn locks(&self) -> usize {
        find(&self.site().client, &stack().name).await.unwrap().len()
    }
}

#[tokio::test]
async fn a_run_that_cannot_begin_gives_the_lock_back_and_says_why() {
    let place = Place::new().await;
    let refusal = json!({ "path": "/v2/volumes", "effect": { "status": 401 } });
    place.fault(refusal).await;
    assert!(matches!(place.begin().await, Err(EngineError::Account(_))));
    assert_eq!(place.locks().await, 0);
    let runs = history(&place.folder.path().join("core")).unwrap();
    assert_eq!(runs[0].outcome.as_deref(), Some("could not begin"));
}

#[tokio::test]
async fn why_a_run_cannot_begin_is_told_although_the_lock_cannot_be_given_back() {
    let place = Place::new().await;
    place.fault(json!({ "path": "/v2/volumes", "effect": { "status": 401 } })).await;
    let refusal = json!({ "status": 422 });
    place.fault(json!({ "method": "DELETE", "path": "/v2/firewalls", "effect": refusal })).await;
    assert!(matches!(place.begin().await, Err(EngineError::Account(_))));
}

#[tokio::test]
async fn a_stopped_run_does_not_wait_for_a_silent_api_to_take_the_lock_back() {
    let place = Place::new().await;
    let silence = json!({ "delay_ms": 3_600_000 });
    let rule =
        json!({ "method": "DELETE", "path": "/v2/firewalls", "times": 99, "effect": silence });
    place.fault(rule).await;
    let run = place.begin().await.unwrap();
    let stop = CancellationToken::new();
    stop.cancel();
    let outcome = place.carry_out(&run, &stop).await;
    assert_eq!(outcome.class(), Some(Class::Stopped));
    // Time stands still but for waits, so whichever ends first ends it.
    pause();
    run.release(&stop).await.unwrap();
}

#[tokio::test]
async fn a_lock_that_was_lost_while_a_person_read_the_plan_stops_the_run_before_it_begins() {
    let place = Place::new().await;
    let run = place.begin().await.unwrap();
    unlock(&place.site().client, &stack().name).await.unwrap();
    place.minutes.store(20, Ordering::Relaxed);
    let outcome = place.carry_out(&run, &CancellationToken::new()).await;
    assert_eq!(outcome.class(), Some(Class::Stopped));
    assert_eq!(outcome.counts().done, 0);
}

#[tokio::test]
async fn a_lock_that_was_kept_while_a_person_read_the_plan_is_renewed() {
    let place = Place::new().await;
    let run = place.begin().await.unwrap();
    let client = place.site().client;
    let lease = async || {
        let found = find(&client, &stack().name).await.unwrap();
        found[0].claim.clone().unwrap().until
    };
    let before = lease().await;
    place.minutes.store(14, Ordering::Relaxed);
    let stop = CancellationToken::new();
    stop.cancel();
    place.carry_out(&run, &stop).await;
    assert_eq!(lease().await - before, 14 * 60);
}
