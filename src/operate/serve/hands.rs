//! Who works: a hand for each duty, and the timer that does all that an alert can.

use std::{sync::Arc, time::Duration};

use tokio::{
    task,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use crate::operate::serve::{
    daemon::Daemon,
    work::{Duty, Round, Target},
};

/// How long a hand sleeps where nothing rests; the bell wakes it.
const LONG: Duration = Duration::from_hours(1);

/// Sees to what is due of a duty, one after the other, until the daemon stops.
pub async fn work(daemon: Arc<Daemon>, duty: Duty) {
    while !daemon.stop.is_cancelled() {
        let now = Instant::now();
        let taken = daemon.queue().take(duty, now);
        if let Some(target) = taken {
            see_to(&daemon, &target).await;
            continue;
        }
        let rested = daemon.queue().next(duty).unwrap_or(now + LONG);
        tokio::select! {
            () = daemon.stop.cancelled() => {}
            () = daemon.rung(duty) => {}
            () = sleep_until(rested) => {}
        }
    }
}

/// One visit. What breaks down in it breaks nothing else.
async fn see_to(daemon: &Arc<Daemon>, target: &Target) {
    let (own, work, stop) = (target.clone(), daemon.work(), daemon.stop.clone());
    let visit = task::spawn(async move { work.see_to(&own, &stop).await });
    let round = visit.await.unwrap_or_else(|_| Round::failure("the visit broke down"));
    if round.failed() {
        tracing::warn!(%target, reason = round.reason, "a visit failed");
    }
    daemon.queue().seen(target, Instant::now());
    daemon.went(target, round).await;
}

/// Everything is due at once, and then every so often; a late tick moves those after it.
pub async fn tick(daemon: Arc<Daemon>) {
    let mut ticks = interval(daemon.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while daemon.stop.run_until_cancelled(ticks.tick()).await.is_some() {
        daemon.all_due();
        daemon.note_refused().await;
    }
    daemon.note_refused().await;
}
