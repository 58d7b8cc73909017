//! The gate every call passes, one for all clones of a client.
//!
//! It keeps the calls of any minute under a limit, exactly and not on average, and shuts for
//! everybody as soon as DigitalOcean tells one of them to wait. After that it lets calls through
//! one by one for a while, because the limit slides: what reopens is room for the oldest call, not
//! for a minute's worth.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex as Turn;
use tokio::time::{Instant, sleep_until};

/// Waits longer than this are worth a warning.
const LONG: Duration = Duration::from_secs(5);

/// Lets at most so many calls through in any minute.
pub struct Gate {
    limit: usize,
    /// The span the limit counts over. A little longer than a minute, for calls that were late on
    /// their way.
    window: Duration,
    /// Held while waiting, so that calls leave in the order they came.
    turn: Turn<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When the calls of the last window left, oldest first.
    sent: VecDeque<Instant>,
    /// Shut until then.
    shut_until: Option<Instant>,
    /// One by one until then.
    gentle_until: Option<Instant>,
}

impl Gate {
    /// A gate for at most `calls_a_minute`, but at least one; a minute in a hurry is shorter.
    pub fn new(calls_a_minute: u32, minute: Duration) -> Self {
        let limit = usize::try_from(calls_a_minute.max(1)).unwrap_or(usize::MAX);
        Self { limit, window: minute + minute / 60, turn: Turn::new(()), state: Mutex::default() }
    }

    /// Returns when the next call may leave, and counts it.
    pub async fn pass(&self) {
        let _turn = self.turn.lock().await;
        while let Err(opens) = self.try_pass(Instant::now()) {
            let wait = opens - Instant::now();
            if wait > LONG {
                tracing::warn!(seconds = wait.as_secs(), "waiting for room under the rate limit");
            }
            sleep_until(opens).await;
        }
    }

    /// Shuts the gate for everybody, for this long from now; never opens it earlier than it would
    /// have.
    pub fn shut(&self, wait: Duration) {
        let opens = Instant::now() + wait;
        let mut state = self.state();
        state.shut_until = state.shut_until.max(Some(opens));
        state.gentle_until = state.shut_until.map(|opens| opens + self.window);
    }

    /// Counts a call at `now`, or tells when to ask again.
    fn try_pass(&self, now: Instant) -> Result<(), Instant> {
        let mut state = self.state();
        while state.sent.front().is_some_and(|&first| first + self.window <= now) {
            state.sent.pop_front();
        }
        let full = state.sent.len() >= self.limit;
        let room = state.sent.front().filter(|_| full).map(|&first| first + self.window);
        let gentle = state.gentle_until.is_some_and(|until| now < until);
        let spaced = state.sent.back().filter(|_| gentle).map(|&last| last + self.gap());
        match [state.shut_until, room, spaced].into_iter().flatten().max() {
            Some(opens) if now < opens => Err(opens),
            Some(_) | None => {
                state.sent.push_back(now);
                Ok(())
            }
        }
    }

    /// The space between two calls when they go one by one.
    fn gap(&self) -> Duration {
        self.window / u32::try_from(self.limit).unwrap_or(u32::MAX)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::future::join_all;
    use tokio::time::{advance, timeout};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MINUTE: Duration = Duration::from_mins(1);

    /// Passes so many calls at once and tells after how long each was let through.
    async fn passages(gate: &Arc<Gate>, calls: usize) -> Vec<Duration> {
        let start = Instant::now();
        let one = |gate: Arc<Gate>| async move {
            gate.pass().await;
            start.elapsed()
        };
        join_all((0..calls).map(|_| one(Arc::clone(gate)))).await
    }

    #[tokio::test(start_paused = true)]
    async fn calls_under_the_limit_pass_at_once() {
        let gate = Arc::new(Gate::new(200, MINUTE));
        let times = passages(&gate, 200).await;
        assert!(times.iter().all(Duration::is_zero));
    }

    #[tokio::test(start_paused = true)]
    async fn no_minute_ever_holds_more_calls_than_the_limit() {
        let gate = Arc::new(Gate::new(20, MINUTE));
        let mut sent = passages(&gate, 10).await;
        advance(SECOND * 59).await;
        sent.extend(passages(&gate, 65).await.into_iter().map(|after| after + SECOND * 59));
        for (index, first) in sent.iter().enumerate() {
            let minute = sent[index..].iter().filter(|&later| *later < *first + SECOND * 60);
            assert!(minute.count() <= 20, "too many calls in the minute after {first:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_minute_in_a_hurry_is_a_short_one() {
        let gate = Arc::new(Gate::new(20, SECOND * 6));
        let last = passages(&gate, 41).await[40];
        assert_eq!(last.as_millis(), 12_200);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shut_gate_stops_everybody_and_reopens_one_by_one() {
        let gate = Arc::new(Gate::new(61, MINUTE));
        gate.pass().await;
        gate.shut(SECOND * 29);
        let times = passages(&gate, 3).await;
        let seconds: Vec<u64> = times.iter().map(Duration::as_secs).collect();
        assert_eq!(seconds, [29, 30, 31]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_gate_shut_while_somebody_waits_keeps_them_waiting() {
        let gate = Arc::new(Gate::new(200, MINUTE));
        gate.shut(SECOND * 10);
        let start = Instant::now();
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.pass().await }
        });
        advance(SECOND * 5).await;
        gate.shut(SECOND * 20);
        gate.shut(SECOND);
        waiting.await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 25);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_that_is_dropped_takes_no_room() {
        let gate = Arc::new(Gate::new(1, MINUTE));
        gate.pass().await;
        let impatient = timeout(SECOND, gate.pass()).await;
        assert!(impatient.is_err());
        let times = passages(&gate, 1).await;
        assert_eq!(times[0].as_secs(), 60);
    }
}
