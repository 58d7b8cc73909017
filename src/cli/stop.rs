//! Being asked to stop: once, and once more.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::cli::{Exit, Failure};

/// The two signals by which a person or a scheduler ends a program.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::caused(Exit::Bug, &error));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Waits for one of them.
    async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }
}

/// Does work that winds down by itself when the token is cancelled.
///
/// The first signal cancels the token and lets the work finish what it must; the second ends it
/// there and then.
pub async fn stoppable<T>(
    stop: &CancellationToken,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<(T, Option<Exit>), Failure> {
    let mut signals = Signals::listen()?;
    tokio::pin!(work);
    let asked = tokio::select! {
        done = &mut work => return Ok((done?, None)),
        asked = signals.next() => asked,
    };
    stop.cancel();
    tokio::select! {
        done = &mut work => Ok((done?, Some(asked))),
        again = signals.next() => Err(Failure::new(again, "stopped at once")
            .hint("what was under way at DigitalOcean goes on there; run the command again to take it up")),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        process::{self, Command},
    };

    use super::*;

    fn interrupt_ourselves() {
        let sent = Command::new("kill").args(["-s", "INT", &process::id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    // One test, since a signal reaches everybody in the process who listens.
    #[tokio::test]
    async fn the_first_signal_lets_the_work_wind_down_and_the_second_ends_it() {
        let stop = CancellationToken::new();
        let winds_down = async {
            interrupt_ourselves();
            stop.cancelled().await;
            Ok("wound down")
        };
        let ended = stoppable(&stop, winds_down).await.unwrap();
        assert_eq!(ended, ("wound down", Some(Exit::Interrupted)));

        let stop = CancellationToken::new();
        let never_ends = async {
            interrupt_ourselves();
            stop.cancelled().await;
            interrupt_ourselves();
            pending::<Result<(), Failure>>().await
        };
        let failure = stoppable(&stop, never_ends).await.unwrap_err();
        assert_eq!(failure.exit, Exit::Interrupted);
    }
}
