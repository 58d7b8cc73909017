//! What every part of the daemon shares.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{
    journal::Clock,
    operate::serve::{
        audit::{Audit, Entry, Event},
        crowd::Origin,
        delivery::Delivery,
        meters::{Meters, seconds},
        queue::Queue,
        strikes::Strikes,
        token::Tokens,
        work::{Charge, Duty, Round, Target, Work},
    },
};

/// How much of what was done is shown.
const REMEMBERED: usize = 30;

/// The daemon, as those who answer and those who work see it.
pub struct Daemon {
    /// What counts.
    pub meters: Arc<Meters>,
    /// Cancelled when nothing new is to be begun.
    pub stop: CancellationToken,
    /// The time of day.
    pub clock: Clock,
    /// How often everything is seen to without any alert.
    pub every: Duration,
    work: RwLock<Arc<dyn Work>>,
    tokens: RwLock<Tokens>,
    queue: Mutex<Queue>,
    bells: BTreeMap<Duty, Notify>,
    audit: Audit,
    rounds: Mutex<BTreeMap<Target, (Timestamp, Round)>>,
    refused: Mutex<BTreeMap<&'static str, u64>>,
    strikes: Strikes,
    acted: Mutex<Vec<Entry>>,
}

/// What a daemon is made of.
pub struct Parts {
    /// What it does.
    pub work: Arc<dyn Work>,
    /// Whom it hears.
    pub tokens: Tokens,
    /// Where it writes down what happens.
    pub audit: Audit,
    /// The time of day.
    pub clock: Clock,
}

impl Daemon {
    /// A daemon at rest.
    pub fn new(parts: Parts, (every, rest): (Duration, Duration)) -> Self {
        let Parts { work, tokens, audit, clock } = parts;
        let meters = Meters::new();
        meters.stack_file_good.set(1);
        meters.stack_file_read.set(seconds(clock()));
        Self {
            meters: Arc::new(meters),
            stop: CancellationToken::new(),
            every,
            queue: Mutex::new(Queue::new(work.charges(), rest)),
            work: RwLock::new(work),
            tokens: RwLock::new(tokens),
            bells: Duty::ALL.into_iter().map(|duty| (duty, Notify::new())).collect(),
            acted: Mutex::new(audit.acted()),
            audit,
            clock,
            rounds: Mutex::default(),
            refused: Mutex::default(),
            strikes: Strikes::default(),
        }
    }

    /// What it does, as the stack file has it now.
    pub fn work(&self) -> Arc<dyn Work> {
        Arc::clone(&self.work.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whom it hears.
    pub fn tokens(&self) -> Tokens {
        self.tokens.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is to be seen to.
    pub fn queue(&self) -> MutexGuard<'_, Queue> {
        guard(&self.queue)
    }

    /// The last visit to each target, and when it ended.
    pub fn rounds(&self) -> BTreeMap<Target, (Timestamp, Round)> {
        guard(&self.rounds).clone()
    }

    /// Waits until something of a duty may be due.
    pub async fn rung(&self, duty: Duty) {
        self.bell(duty).notified().await;
    }

    fn bell(&self, duty: Duty) -> &Notify {
        self.bells.get(&duty).expect("every duty has a bell")
    }

    fn ring(&self) {
        self.bells.values().for_each(Notify::notify_one);
    }

    /// The timer's word: everything is due.
    pub fn all_due(&self) {
        self.queue().all_due();
        self.ring();
    }

    /// Alerts have come: those who are woken by them are due, once.
    pub async fn wake(&self, delivery: &Delivery, peer: &str, post: &str) {
        let is_meant = |charge: &Charge| {
            let hears = !charge.alerts.is_empty();
            hears && (delivery.is_truncated || !charge.alerts.is_disjoint(&delivery.alerts))
        };
        let fresh = self.queue().wake(is_meant);
        if fresh.is_empty() {
            return;
        }
        self.ring();
        for target in fresh {
            self.meters.woke(&target);
            let (peer, post) = (peer.to_owned(), post.to_owned());
            self.note(Event::Woken { target: target.to_string(), peer, post }).await;
        }
    }

    /// A post was refused; the audit log is told with the timer, however many there are.
    pub fn refuse(&self, reason: &'static str) {
        *guard(&self.refused).entry(reason).or_default() += 1;
    }

    /// Somebody showed a wrong token: the answer waits, the longer the more there were.
    pub async fn punish(&self, peer: IpAddr) {
        let wait = self.strikes.note(Origin::of(peer), Instant::now());
        let _ = self.stop.run_until_cancelled(sleep(wait)).await;
    }

    /// Writes down what was refused since the last time.
    pub async fn note_refused(&self) {
        let refused = std::mem::take(&mut *guard(&self.refused));
        if !refused.is_empty() {
            let reasons = refused.into_iter().map(|(why, count)| (why.to_owned(), count));
            self.note(Event::Refused { reasons: reasons.collect() }).await;
        }
    }

    /// A visit has ended.
    pub async fn went(&self, target: &Target, round: Round) {
        let now = (self.clock)();
        self.meters.went(target, &round, now);
        let before = guard(&self.rounds).insert(target.clone(), (now, round.clone()));
        if before.is_none_or(|(_, before)| round.is_news_after(&before)) {
            self.note(Event::Round {
                target: target.to_string(),
                verdict: round.verdict.word().to_owned(),
                decision: round.decision,
                reason: round.reason,
            })
            .await;
        }
    }

    /// Takes up another stack file and other tokens, or stays with what it has.
    ///
    /// Another stack's is none: its journal, its lock and its audit log are elsewhere, and nobody
    /// would look after the one that is left. Says whether it was taken up.
    pub async fn take_up(&self, read: Result<(Arc<dyn Work>, Tokens), String>) -> bool {
        let own = self.work().name();
        let read = read.and_then(|read| match read.0.name() {
            name if name == own => Ok(read),
            name => {
                Err(format!("it is of the stack `{name}`, and this daemon looks after `{own}`"))
            }
        });
        self.meters.stack_file_good.set(i64::from(read.is_ok()));
        match read {
            Ok((work, tokens)) => {
                *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = tokens;
                self.queue().replace(work.charges());
                *self.work.write().unwrap_or_else(PoisonError::into_inner) = work;
                self.meters.stack_file_read.set(seconds((self.clock)()));
                self.note(Event::Reloaded).await;
                self.all_due();
                true
            }
            Err(why) => {
                tracing::error!(why, "the stack file stays as it was read before");
                self.note(Event::Kept { why }).await;
                false
            }
        }
    }

    /// What was done, latest first, before this daemon began too.
    pub fn acted(&self) -> Vec<Entry> {
        guard(&self.acted).iter().rev().take(REMEMBERED).cloned().collect()
    }

    /// Writes a line into the audit log.
    pub async fn note(&self, event: Event) {
        let entry = Entry { at: (self.clock)(), event };
        if entry.has_acted() {
            guard(&self.acted).push(entry.clone());
        }
        let written = self.audit.note(entry).await;
        if let Err(error) = written {
            self.meters.audit_failures.inc();
            tracing::error!(%error, "cannot write to the audit log");
        }
    }
}

/// A lock whose holder panicked guards nothing half done here.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
