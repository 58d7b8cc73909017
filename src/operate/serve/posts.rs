//! Posts as the daemon takes them, without a connection, for benchmarks.

use std::{fs, path::Path, sync::Arc};

use axum::{Router, body::Body, extract::Request, http::header};
use futures_util::future::{self, BoxFuture};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use tokio::runtime::{self, Runtime};
use tokio_util::sync::CancellationToken;

use crate::{
    operate::serve::{
        audit::Audit,
        daemon::{Daemon, Parts},
        door::Peer,
        options::{Patience, ServeError},
        token::Tokens,
        view::View,
        webhook::{self, Trust},
        work::{Charge, Duty, Round, Target, Verdict, Work},
    },
    values::ComponentName,
};

/// A daemon that hears posts, and whose hands do not move.
pub struct Posts {
    runtime: Runtime,
    service: TowerToHyperService<Router>,
    bearer: String,
}

impl Posts {
    /// Keeps its token and its audit log in a folder. It looks after `vector`, which the alert
    /// `Overloaded` wakes.
    pub fn new(folder: &Path) -> Result<Self, ServeError> {
        let path = folder.join("token");
        Tokens::make(&path)?;
        let tokens = Tokens::read(&path)?;
        let shown = fs::read_to_string(&path).expect("it has just been read");
        let audit = Audit::open(&folder.join("audit.jsonl"))?;
        let clock = Arc::new(|| Timestamp::UNIX_EPOCH);
        let parts = Parts { work: Arc::new(Resting), tokens, audit, clock };
        let patience = Patience::default();
        let daemon = Arc::new(Daemon::new(parts, (patience.head, patience.head)));
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            runtime: runtime.expect("a runtime of one thread needs nothing"),
            service: TowerToHyperService::new(webhook::router(daemon, Trust::Token, patience.body)),
            bearer: format!("Bearer {}", shown.trim()),
        })
    }

    /// Posts a body and gives the status of the answer.
    pub fn post(&self, body: &str) -> u16 {
        let request = Request::post("/alerts")
            .header(header::AUTHORIZATION, &self.bearer)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_LENGTH, body.len())
            .extension(Peer(([127, 0, 0, 1], 9093).into()))
            .body(Body::from(body.to_owned()))
            .expect("its parts are constants and a number");
        let answer = self.runtime.block_on(self.service.call(request));
        answer.map_or_else(|never| match never {}, |answer| answer.status().as_u16())
    }
}

struct Resting;

impl Work for Resting {
    fn name(&self) -> String {
        "rehearsal".to_owned()
    }

    fn charges(&self) -> Vec<Charge> {
        let component = ComponentName::parse("vector").expect("it is a name");
        let alerts = ["Overloaded".to_owned()].into();
        vec![Charge { target: Target { duty: Duty::Size, component }, alerts }]
    }

    fn see_to<'a>(&'a self, _: &'a Target, _: &'a CancellationToken) -> BoxFuture<'a, Round> {
        Box::pin(future::ready(Round::new(Verdict::Held, "hold", "nobody works here")))
    }

    fn view(&self, _: Timestamp) -> BoxFuture<'_, Result<View, String>> {
        Box::pin(future::ready(Ok(View::default())))
    }
}
