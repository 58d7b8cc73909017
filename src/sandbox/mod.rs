//! A stand-in DigitalOcean over HTTP.
//!
//! Any program that speaks DigitalOcean's API v2 can be pointed at it: it keeps an account in
//! memory (and in a file, if given one), answers with the same bodies and status codes, refuses
//! what DigitalOcean refuses, and takes as long as DigitalOcean takes, or a given part of that. It
//! shares no code with the client: a wrong field name must not agree with itself.
//!
//! # How it is built
//!
//! ```text
//! wire ── server ── core ──┬── limits, faults, calls     who comes in, what goes wrong, what came
//!                          └── routes ── a family ── world
//! ```
//!
//! A family is a file: `droplets`, `volumes`, `firewalls`, … with its table of routes, its state,
//! its refusals and the form it shows. A handler gets the [`world`] and a [`call`] that brings its
//! own time; it reads no clock and touches no socket. Asynchronous work is an [`actions::Action`]
//! that holds its droplet and its volume until its time is over. [`world::World::settle`] lets what
//! is due happen before each call, so nothing runs in the background and a test that pushes the
//! clock sees what a patient caller would see. Ids follow from a counter: the same calls give the
//! same ids.
//!
//! To add a family, write its file and its line in [`routes`]. To add something an action does,
//! add an [`world::Effect`]; the compiler asks for the rest.
//!
//! # The sandbox's own endpoints
//!
//! Under `/_sandbox/`, without a token, not counted and never limited (the listener is on loopback):
//!
//! | endpoint | does |
//! | --- | --- |
//! | `GET /` | a page for people, which refreshes itself |
//! | `GET world` | everything in the account |
//! | `GET clock`, `POST clock` | the time; `{"advance_seconds": 30}` pushes it ahead |
//! | `GET settings`, `PUT settings` | `droplet_limit`, `reserved_ip_limit`, `rate_limit` (`on`, `off`), `speed` |
//! | `GET unknowns`, `PUT unknowns` | what is not known of the API, answered as in [`unknowns`] |
//! | `GET faults`, `POST faults`, `DELETE faults` | rules as in [`faults`]; deleting them frees what is stuck |
//! | `POST faults/random` | `{"seed": 1, "rate": 0.2, "kinds": ["drop_after", "503"]}` |
//! | `GET addresses`, `PUT addresses` | which addresses new droplets are given, as in [`machines`] |
//! | `GET user_data/{droplet id}` | what a droplet was made with, as text |
//! | `GET calls`, `DELETE calls` | counters by route, and a log from which overlaps can be read |
//!
//! # What it does not do
//!
//! There is no machine behind a droplet unless somebody else puts one there, no address that answers, no name server, and no bill.
//! Backups are never taken, kernels and neighbours are empty, load balancers and clusters that
//! firewalls name are not looked up, nobody is alerted, and no image is fetched from anywhere. The
//! account that images are given to is the same one. Every token scope is granted.

mod account;
mod actions;
mod alerts;
mod answer;
mod associated;
mod backups;
mod call;
mod calls;
mod catalog;
mod clock;
mod control;
mod core;
mod domains;
mod droplet_actions;
mod droplet_create;
mod droplets;
mod fate;
mod faults;
mod firewall_rules;
mod firewalls;
mod image_actions;
mod image_transfers;
mod images;
mod kept;
mod keys;
mod limits;
mod machines;
mod page;
mod pages;
mod price;
mod project_resources;
mod projects;
mod records;
mod regions;
mod reserved_ip_actions;
mod reserved_ips;
mod routes;
mod server;
mod sizes;
mod snapshots;
mod spelled;
mod stamp;
mod store;
mod tags;
mod unknowns;
mod volume_actions;
mod volumes;
mod vpcs;
mod wire;
mod world;

use std::{
    error::Error as StdError,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use thiserror::Error;
use tokio::{
    net::TcpListener,
    task::{self, JoinHandle},
    time,
};
use tokio_util::sync::CancellationToken;

pub use crate::sandbox::limits::RateLimit;
use crate::sandbox::{
    clock::Clock,
    core::{Core, Saved},
    server::Shared,
    store::StoreError,
    wire::{Door, Switch},
    world::World,
};

/// How changes are gathered before the state file is written.
const GATHER: Duration = Duration::from_millis(50);

/// How long `stop` waits for calls under way.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a sandbox is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; a loopback address, port 0 for any free one.
    pub listen: SocketAddr,
    /// The token callers must send.
    pub token: String,
    /// How many times faster than DigitalOcean things happen; 1 is the real pace.
    pub speed: f64,
    /// The file that holds the account between runs; without one it ends with the process.
    pub state: Option<PathBuf>,
    /// Whether callers are slowed down as DigitalOcean does.
    pub rate_limit: RateLimit,
}

/// Why a sandbox did not start, or did not end well.
#[derive(Debug, Error)]
pub enum Error {
    /// The address can be reached from elsewhere.
    #[error("the sandbox listens on loopback addresses only, and {0} is none")]
    NotLoopback(SocketAddr),
    /// The speed is not a usable number.
    #[error("the sandbox's speed must be between 0.001 and 1000000, and {0} is not")]
    Speed(f64),
    /// The address cannot be listened on; most often another program has it.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The state file cannot be used.
    #[error("cannot use the sandbox's state file")]
    State(#[from] StoreError),
    /// The server broke down.
    #[error("the sandbox's server broke down")]
    Serve(#[source] io::Error),
}

/// A sandbox that serves in the background until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    state: Option<PathBuf>,
    ending: CancellationToken,
    server: JoinHandle<io::Result<()>>,
    writer: Option<JoinHandle<()>>,
}

/// Starts a sandbox: listens, takes up its state, serves in the background.
pub async fn start(options: Options) -> Result<Running, Error> {
    if !options.listen.ip().is_loopback() {
        return Err(Error::NotLoopback(options.listen));
    }
    if !control::is_speed(options.speed) {
        return Err(Error::Speed(options.speed));
    }
    let listen = |source| Error::Listen { address: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let (world, clock) = take_up(options.state.as_deref())?;
    let core = Core::new(world, clock, (options.speed, options.rate_limit));
    let shared = Arc::new(Shared::new(core, options.token));
    let ending = CancellationToken::new();
    let service = server::router(Arc::clone(&shared)).into_make_service_with_connect_info();
    let server = task::spawn(serve(Door(listener), service, ending.clone()));
    let writer = options
        .state
        .clone()
        .map(|path| task::spawn(keep(Arc::clone(&shared), path, ending.clone())));
    Ok(Running { address, shared, state: options.state, ending, server, writer })
}

fn take_up(state: Option<&Path>) -> Result<(World, Clock), Error> {
    let loaded = match state {
        Some(path) => store::load(path)?,
        None => None,
    };
    Ok(loaded.unwrap_or_else(|| {
        let clock = Clock::default();
        (World::new(clock.now()), clock)
    }))
}

type Service = IntoMakeServiceWithConnectInfo<axum::Router, Switch>;

async fn serve(door: Door, service: Service, ending: CancellationToken) -> io::Result<()> {
    axum::serve(door, service).with_graceful_shutdown(ending.cancelled_owned()).await
}

/// Writes the state file after every change, several changes at once, until the end.
async fn keep(shared: Arc<Shared>, path: PathBuf, ending: CancellationToken) {
    while ending.run_until_cancelled(shared.changed.notified()).await.is_some() {
        time::sleep(GATHER).await;
        if let Err(error) = write_state(&shared, path.clone()).await {
            tracing::error!(error = &error as &dyn StdError, "the state was not kept");
        }
    }
}

async fn write_state(shared: &Shared, path: PathBuf) -> Result<(), StoreError> {
    let text = {
        let mut core = shared.core();
        core.saved = Saved::Current;
        store::text(core.world(), core.clock)
    };
    let failed =
        StoreError::Write { path: path.clone(), source: io::ErrorKind::Interrupted.into() };
    task::spawn_blocking(move || store::write(&path, &text)).await.unwrap_or(Err(failed))
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets calls under way end, takes no new ones, and writes the state a last time.
    pub async fn stop(mut self) -> Result<(), Error> {
        self.ending.cancel();
        let served = match time::timeout(PATIENCE, &mut self.server).await {
            Ok(Ok(served)) => served.map_err(Error::Serve),
            Ok(Err(_)) | Err(_) => Ok(()),
        };
        self.server.abort();
        if let Some(writer) = self.writer.take() {
            // It may be in the middle of a write; the last one must come after it.
            let _ = writer.await;
        }
        if let Some(path) = self.state.take() {
            write_state(&self.shared, path).await?;
        }
        served
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.ending.cancel();
    }
}
