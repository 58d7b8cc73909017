//! What the daemon counts, for Prometheus.
//!
//! Labels are names out of the stack file and words out of this program; nothing that a caller
//! chose ever becomes one, so that the number of series is bounded.

use std::sync::atomic::AtomicU64;

use jiff::Timestamp;
use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, family::Family, gauge::Gauge, info::Info},
    registry::Registry,
};

use crate::operate::serve::work::{Round, Target};

/// Labels of a series.
type Labels = Vec<(&'static str, String)>;

/// A time, in seconds since 1970, or another number with digits after the point.
type Number = Gauge<f64, AtomicU64>;

/// Every series of the daemon.
#[derive(Debug)]
pub struct Meters {
    registry: Registry,
    posts: Family<Labels, Counter>,
    woken: Family<Labels, Counter>,
    rounds: Family<Labels, Counter>,
    decisions: Family<Labels, Counter>,
    last_round: Family<Labels, Number>,
    /// Connections that are open.
    pub connections: Gauge,
    /// Connections that were one too many.
    pub turned_away: Counter,
    /// Whether the stack file could be read when that was last asked for: 1 or 0.
    pub stack_file_good: Gauge,
    /// When the stack file that is worked by was read.
    pub stack_file_read: Number,
    /// Lines of the audit log that could not be written.
    pub audit_failures: Counter,
    /// Machines that must be on again and may not be.
    pub debts: Gauge,
}

impl Meters {
    /// Series that have counted nothing yet.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("dostack");
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version that runs", version);
        let mut meters = Self {
            registry,
            posts: Family::default(),
            woken: Family::default(),
            rounds: Family::default(),
            decisions: Family::default(),
            last_round: Family::default(),
            connections: Gauge::default(),
            turned_away: Counter::default(),
            stack_file_good: Gauge::default(),
            stack_file_read: Number::default(),
            audit_failures: Counter::default(),
            debts: Gauge::default(),
        };
        meters.register_webhook();
        meters.register_work();
        meters.register_itself();
        meters
    }

    fn register_webhook(&mut self) {
        let all = &mut self.registry;
        all.register(
            "webhook_posts",
            "Posts of alerts, by what they were answered",
            self.posts.clone(),
        );
        all.register("webhook_woken", "Visits that an alert asked for", self.woken.clone());
    }

    fn register_work(&mut self) {
        let all = &mut self.registry;
        all.register("rounds", "Visits to a component, by how they ended", self.rounds.clone());
        all.register("decisions", "What was decided for a component", self.decisions.clone());
        all.register(
            "last_round_timestamp_seconds",
            "When a component was last visited without failure",
            self.last_round.clone(),
        );
        all.register("debts_open", "Machines that must be on again", self.debts.clone());
    }

    fn register_itself(&mut self) {
        let all = &mut self.registry;
        all.register("connections", "Connections that are open", self.connections.clone());
        all.register(
            "connections_turned_away",
            "Connections that were one too many",
            self.turned_away.clone(),
        );
        all.register(
            "stack_file_good",
            "Whether the stack file could be read the last time: 1 or 0",
            self.stack_file_good.clone(),
        );
        all.register(
            "stack_file_read_timestamp_seconds",
            "When the stack file that is worked by was read",
            self.stack_file_read.clone(),
        );
        all.register(
            "audit_failures",
            "Lines of the audit log that could not be written",
            self.audit_failures.clone(),
        );
    }

    /// A post was answered so, for a reason in a word.
    pub fn posted(&self, code: u16, reason: &'static str) {
        let labels = vec![("code", code.to_string()), ("reason", reason.to_owned())];
        self.posts.get_or_create(&labels).inc();
    }

    /// An alert asked for a visit.
    pub fn woke(&self, target: &Target) {
        self.woken.get_or_create(&of(target)).inc();
    }

    /// A visit has ended.
    pub fn went(&self, target: &Target, round: &Round, now: Timestamp) {
        let with = |name, word: &str| {
            let mut labels = of(target);
            labels.push((name, word.to_owned()));
            labels
        };
        self.rounds.get_or_create(&with("verdict", round.verdict.word())).inc();
        self.decisions.get_or_create(&with("decision", &round.decision)).inc();
        if !round.failed() {
            self.last_round.get_or_create(&of(target)).set(seconds(now));
        }
    }

    /// The page that Prometheus reads, in the `OpenMetrics` text format.
    pub fn text(&self) -> String {
        let mut page = String::new();
        // Writing into a text does not fail.
        let _ = text::encode(&mut page, &self.registry);
        page
    }
}

/// A time as Prometheus writes it.
pub fn seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

fn of(target: &Target) -> Labels {
    vec![("component", target.component.to_string()), ("duty", target.duty.word().to_owned())]
}
