//! Connections: how many, how long, and what they may keep us waiting for.
//!
//! A library's server would take any number and wait for ever. Here a connection has a few seconds
//! to greet and to say what it wants, again after each answer, and a lifetime.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, extract::Request};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::operate::serve::{
    crowd::{Crowd, Origin, Place},
    meters::Meters,
    tls::Tls,
};

/// How long a caller may take for a TLS handshake.
const GREETING: Duration = Duration::from_secs(5);

/// How long a connection lives, however busy it is.
const LIFETIME: Duration = Duration::from_mins(10);

/// How long connections have to end when the daemon does.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long no connection is taken after the system had none to give.
const BREATH: Duration = Duration::from_millis(100);

/// The largest head of a request.
const HEAD: usize = 16 * 1024;

/// Who is at the other end.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// A listener, and what is behind it.
pub struct Door {
    /// Where it listens.
    pub listener: TcpListener,
    /// How it greets from now on.
    pub tls: watch::Receiver<Tls>,
    /// What answers.
    pub router: Router,
    /// How long a caller may take for the head of a request, and between two of them.
    pub patience: Duration,
    /// What counts.
    pub meters: Arc<Meters>,
}

impl Door {
    /// Serves until it is told to stop, and a little longer what has begun.
    pub async fn keep(self, stop: CancellationToken) {
        let Self { listener, tls, router, patience, meters } = self;
        let room = Room { tls, router, patience, stop };
        let crowd = Crowd::default();
        let visitors = TaskTracker::new();
        while let Some(accepted) = room.stop.run_until_cancelled(listener.accept()).await {
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot take a connection");
                    sleep(BREATH).await;
                    continue;
                }
            };
            match crowd.enter(Origin::of(peer.ip())) {
                Some(place) => {
                    let (room, meters) = (room.clone(), Arc::clone(&meters));
                    visitors.spawn(host(room, meters, (stream, peer), place));
                }
                None => {
                    meters.turned_away.inc();
                }
            }
        }
        drop(listener);
        visitors.close();
        // Who has not ended by then is cut off with the process.
        drop(timeout(FAREWELL, visitors.wait()).await);
    }
}

/// What every connection of a listener is given.
#[derive(Clone)]
struct Room {
    tls: watch::Receiver<Tls>,
    router: Router,
    patience: Duration,
    stop: CancellationToken,
}

async fn host(
    room: Room,
    meters: Arc<Meters>,
    (stream, peer): (TcpStream, SocketAddr),
    place: Place,
) {
    meters.connections.inc();
    // Answers are small and whole: waiting for more to send only delays them.
    let plain = stream.set_nodelay(true);
    let tls = room.tls.borrow().clone().map(TlsAcceptor::from);
    let ended = match (plain, tls) {
        (Err(error), _) => Err(error.to_string()),
        (Ok(()), None) => room.attend(stream, Peer(peer)).await,
        (Ok(()), Some(tls)) => match timeout(GREETING, tls.accept(stream)).await {
            Ok(Ok(stream)) => room.attend(stream, Peer(peer)).await,
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).to_string()),
        },
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, error, "a connection ended");
    }
    meters.connections.dec();
    drop(place);
}

impl Room {
    /// Answers what comes over a connection, until it ends or has lived long enough.
    async fn attend<S>(self, stream: S, peer: Peer) -> Result<(), String>
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let router = TowerToHyperService::new(self.router);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            router.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.patience)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = &mut connection => Some(ended),
            () = self.stop.cancelled() => None,
            () = sleep(LIFETIME) => None,
        };
        if let Some(ended) = ended {
            return ended.map_err(|error| error.to_string());
        }
        connection.as_mut().graceful_shutdown();
        let ended = timeout(FAREWELL, connection).await;
        ended.map_or(Ok(()), |ended| ended.map_err(|error| error.to_string()))
    }
}
