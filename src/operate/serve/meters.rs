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

use crate::operate::serve::work::{Copied, Round, Target};

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
    debts: Family<Labels, Gauge>,
    snapshots: Family<Labels, Gauge>,
    snapshots_missed: Family<Labels, Gauge>,
    snapshot_newest: Family<Labels, Number>,
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
            debts: Family::default(),
            snapshots: Family::default(),
            snapshots_missed: Family::default(),
            snapshot_newest: Family::default(),
        };
        meters.register_webhook();
        meters.register_work();
        meters.register_snapshots();
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

    fn register_snapshots(&mut self) {
        let all = &mut self.registry;
        all.register("snapshots", "Snapshots that a volume has", self.snapshots.clone());
        all.register(
            "snapshots_missed",
            "Nights since the newest snapshot that have none and get none",
            self.snapshots_missed.clone(),
        );
        all.register(
            "snapshot_newest_timestamp_seconds",
            "The night of a volume's newest good snapshot; 0 where it has none",
            self.snapshot_newest.clone(),
        );
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
        if let Some(debts) = round.debts {
            let labels = vec![("component", target.component.to_string())];
            self.debts.get_or_create(&labels).set(count(debts));
        }
        round.copied.iter().for_each(|copied| self.copied(copied));
    }

    fn copied(&self, copied: &Copied) {
        let labels = vec![("volume", copied.volume.clone())];
        self.snapshots.get_or_create(&labels).set(count(copied.count));
        self.snapshots_missed.get_or_create(&labels).set(count(copied.missed));
        let newest = copied.newest.map(seconds).unwrap_or_default();
        self.snapshot_newest.get_or_create(&labels).set(newest);
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

fn count(things: usize) -> i64 {
    i64::try_from(things).unwrap_or(i64::MAX)
}

fn of(target: &Target) -> Labels {
    vec![("component", target.component.to_string()), ("duty", target.duty.word().to_owned())]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use regex::Regex;

    use super::*;
    use crate::{
        operate::serve::work::{Duty, Verdict},
        values::ComponentName,
    };

    /// A page on which every series has counted something.
    fn page() -> String {
        let meters = Meters::new();
        let component = ComponentName::parse("vector").unwrap();
        let target = Target { duty: Duty::Size, component };
        let volume = "core-vector-data".to_owned();
        let copied = Copied { volume, count: 24, newest: None, missed: 1 };
        let mut round = Round::new(Verdict::Held, "stay", "calm");
        round.debts = Some(0);
        round.copied.push(copied);
        meters.posted(200, "taken");
        meters.woke(&target);
        meters.went(&target, &round, Timestamp::UNIX_EPOCH);
        meters.text()
    }

    fn names(text: &str) -> BTreeSet<&str> {
        let name = Regex::new("dostack_[a-z_]+").unwrap();
        name.find_iter(text).map(|found| found.as_str()).collect()
    }

    #[test]
    fn rules_and_dashboard_ask_for_what_there_is() {
        let page = page();
        let there = names(&page);
        let asking = [
            include_str!("../../../deploy/prometheus/dostack.rules.yaml"),
            include_str!("../../../deploy/prometheus/dostack.rules.test.yaml"),
            include_str!("../../../deploy/grafana/dashboard.json"),
        ];
        for text in asking {
            let asked = names(text);
            assert!(asked.is_subset(&there), "{:?}", asked.difference(&there));
        }
    }

    #[test]
    fn the_dashboard_is_json_and_every_panel_has_a_place_of_its_own() {
        let text = include_str!("../../../deploy/grafana/dashboard.json");
        let dashboard: serde_json::Value = serde_json::from_str(text).unwrap();
        let panels = dashboard["panels"].as_array().unwrap();
        let places: BTreeSet<String> =
            panels.iter().map(|panel| panel["gridPos"].to_string()).collect();
        assert_eq!(places.len(), panels.len());
    }
}
