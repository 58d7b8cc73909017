//! The daemon: alerts wake it, a timer does all that they can.
//!
//! ```text
//! POST /alerts -> webhook -> Delivery -+
//!                                      +-> Queue -> hands -> Work (reads, decides, acts)
//! every minute -> tick ----------------+               |
//! SIGHUP -> other Work, tokens, certificates           +-> meters, audit log, page
//! ```
//!
//! A post says no more than "look": what it claims is forgotten once its names have found their
//! targets in the stack file. So a forged one costs a query, a repeated one nothing, and a lost one
//! a minute.

mod audit;
mod classic;
mod crowd;
mod daemon;
mod delivery;
mod door;
mod hands;
mod keeper;
mod meters;
mod nights;
mod options;
mod page;
mod posts;
mod queue;
mod shown;
mod status;
mod strikes;
mod tls;
mod token;
mod view;
mod webhook;
mod work;

#[cfg(test)]
mod tests;

use std::{net::SocketAddr, sync::Arc};

use axum::Router;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::{
    journal::Clock,
    operate::serve::{
        audit::{Audit, Event},
        daemon::{Daemon, Parts},
        door::Door,
        status::Readers,
        tls::{Greeters, Greeting, Tls},
        token::Tokens,
        webhook::Trust,
    },
    values::in_full,
};

pub use self::{
    keeper::{Keeper, Means, Reach},
    options::{Options, Patience, ServeError, TokenFile},
    posts::Posts,
    tls::TlsFiles,
    work::{Duty, Work},
};

/// A daemon that runs.
pub struct Running {
    daemon: Arc<Daemon>,
    token: TokenFile,
    tls: Option<TlsFiles>,
    patience: Patience,
    greeters: Greeters,
    alerts: SocketAddr,
    status: SocketAddr,
    tasks: JoinSet<()>,
}

/// Starts a daemon: listens on both addresses, then works in the background.
pub async fn start(
    options: Options,
    work: Arc<dyn Work>,
    clock: Clock,
) -> Result<Running, ServeError> {
    options.check()?;
    let greeters = Greeters::new(tls::greeting(options.tls.as_ref())?);
    let parts =
        Parts { work, tokens: options.token.tokens()?, audit: Audit::open(&options.audit)?, clock };
    let (alerts, status) = (listen(options.alerts).await?, listen(options.status).await?);
    let rest = queue::REST.min(options.every);
    let daemon = Arc::new(Daemon::new(parts, (options.every, rest)));
    daemon.note(Event::Started { version: env!("CARGO_PKG_VERSION").to_owned() }).await;
    let readers = if status.1.ip().is_loopback() { Readers::Anybody } else { Readers::Known };
    let mut running = Running {
        daemon: Arc::clone(&daemon),
        token: options.token.clone(),
        tls: options.tls.clone(),
        greeters,
        patience: options.patience,
        alerts: alerts.1,
        status: status.1,
        tasks: JoinSet::new(),
    };
    let webhook = webhook::router(Arc::clone(&daemon), trust(&options), options.patience.body);
    running.open((alerts.0, running.greeters.alerts()), webhook);
    let look = status::router(Arc::clone(&daemon), readers);
    running.open((status.0, running.greeters.status()), look);
    for duty in Duty::ALL {
        running.tasks.spawn(hands::work(Arc::clone(&daemon), duty));
    }
    running.tasks.spawn(hands::tick(daemon));
    Ok(running)
}

fn trust(options: &Options) -> Trust {
    match options.tls.as_ref().and_then(|files| files.clients.as_ref()) {
        Some(_) => Trust::Certificate,
        None => Trust::Token,
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

impl Running {
    /// Where alerts come in.
    pub fn alerts(&self) -> SocketAddr {
        self.alerts
    }

    /// Where it tells how it is.
    pub fn status(&self) -> SocketAddr {
        self.status
    }

    /// Takes up another stack file, and the files of tokens and certificates as they are now, or
    /// stays with what it has. Connections that are open stay as they were greeted.
    pub async fn reload(&self, read: Result<Arc<dyn Work>, String>) {
        let beside = self.beside().map_err(|error| in_full(&error));
        let (read, greeting) = match (read, beside) {
            (Ok(work), Ok((tokens, greeting))) => (Ok((work, tokens)), Some(greeting)),
            (Err(why), _) | (_, Err(why)) => (Err(why), None),
        };
        let is_taken = self.daemon.take_up(read).await;
        if let Some(greeting) = greeting.filter(|_| is_taken) {
            self.greeters.change(greeting);
        }
    }

    /// What it reads beside the stack file.
    fn beside(&self) -> Result<(Tokens, Greeting), ServeError> {
        Ok((self.token.tokens()?, tls::greeting(self.tls.as_ref())?))
    }

    /// Takes no more posts, lets what is under way wind down, and ends.
    pub async fn stop(mut self) {
        self.daemon.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        self.daemon.note(Event::Stopped).await;
    }

    fn open(&mut self, (listener, tls): (TcpListener, watch::Receiver<Tls>), router: Router) {
        let meters = Arc::clone(&self.daemon.meters);
        let door = Door { listener, tls, router, patience: self.patience.head, meters };
        self.tasks.spawn(door.keep(self.daemon.stop.clone()));
    }
}
