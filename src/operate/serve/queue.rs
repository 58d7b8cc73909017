//! What is to be seen to next: a set, so that a thousand alerts are one visit.
//!
//! Its length is the number of targets, whoever posts what. A target that was just seen to on
//! account of an alert rests for a while before the next alert is heard. The timer need not wait, and
//! no alert waits for what only the timer did.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::Instant;

use crate::operate::serve::work::{Charge, Duty, Target};

/// How long a target rests after a visit before an alert wakes it again: a post of a thief costs a
/// query every ten seconds and no more.
pub const REST: Duration = Duration::from_secs(10);

/// The targets there are, and which of them wait.
#[derive(Debug)]
pub struct Queue {
    charges: Vec<Charge>,
    due: BTreeSet<Target>,
    woken: BTreeSet<Target>,
    /// Those that are being seen to on account of an alert.
    heard: BTreeSet<Target>,
    /// When that ended the last time.
    seen: BTreeMap<Target, Instant>,
    rest: Duration,
}

impl Queue {
    /// A queue in which nothing waits.
    pub fn new(charges: Vec<Charge>, rest: Duration) -> Self {
        let (due, woken, heard, seen) = Default::default();
        Self { charges, due, woken, heard, seen, rest }
    }

    /// The targets there are.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.charges.iter().map(|charge| &charge.target)
    }

    /// Has other targets; what waits and is still among them goes on waiting.
    pub fn replace(&mut self, charges: Vec<Charge>) {
        self.charges = charges;
        let known: BTreeSet<Target> = self.targets().cloned().collect();
        self.due.retain(|target| known.contains(target));
        self.woken.retain(|target| known.contains(target));
        self.heard.retain(|target| known.contains(target));
        self.seen.retain(|target, _| known.contains(target));
    }

    /// Everything is due: the timer's word.
    pub fn all_due(&mut self) {
        self.due = self.targets().cloned().collect();
    }

    /// Alerts have come; gives the targets that were not waiting for that reason already.
    pub fn wake(&mut self, is_meant: impl Fn(&Charge) -> bool) -> Vec<Target> {
        let meant = self.charges.iter().filter(|charge| is_meant(charge));
        let fresh: Vec<Target> = meant
            .map(|charge| &charge.target)
            .filter(|target| !self.woken.contains(target))
            .cloned()
            .collect();
        self.woken.extend(fresh.iter().cloned());
        fresh
    }

    /// The next target of a duty to be seen to now; it waits no longer.
    pub fn take(&mut self, duty: Duty, now: Instant) -> Option<Target> {
        let is_rested = |target: &&Target| {
            self.due.contains(*target)
                || self.seen.get(*target).is_none_or(|seen| now >= *seen + self.rest)
        };
        let mut waiting = self.due.union(&self.woken).filter(|target| target.duty == duty);
        let target = waiting.find(is_rested)?.clone();
        self.due.remove(&target);
        if self.woken.remove(&target) {
            self.heard.insert(target.clone());
        }
        Some(target)
    }

    /// A visit has ended.
    pub fn seen(&mut self, target: &Target, now: Instant) {
        if self.heard.remove(target) {
            self.seen.insert(target.clone(), now);
        }
    }

    /// When the first of those that rest has rested.
    pub fn next(&self, duty: Duty) -> Option<Instant> {
        let waiting = self.woken.iter().filter(|target| target.duty == duty);
        waiting.filter_map(|target| Some(*self.seen.get(target)? + self.rest)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::ComponentName;

    fn target(component: &str) -> Target {
        Target { duty: Duty::Size, component: ComponentName::parse(component).unwrap() }
    }

    fn queue() -> Queue {
        let charge = |component: &str, alert: &str| Charge {
            target: target(component),
            alerts: [alert.to_owned()].into(),
        };
        Queue::new(vec![charge("app", "Slow"), charge("vector", "Full")], REST)
    }

    fn alert(name: &str) -> impl Fn(&Charge) -> bool {
        move |charge| charge.alerts.contains(name)
    }

    /// `vector` is seen to on account of an alert.
    fn visited(queue: &mut Queue, now: Instant) {
        queue.wake(alert("Full"));
        assert_eq!(queue.take(Duty::Size, now), Some(target("vector")));
        queue.seen(&target("vector"), now);
    }

    #[test]
    fn a_thousand_alerts_are_one_visit() {
        let (mut queue, now) = (queue(), Instant::now());
        assert_eq!(queue.wake(alert("Full")), [target("vector")]);
        for _ in 0..1000 {
            assert_eq!(queue.wake(alert("Full")), []);
        }
        assert_eq!(queue.take(Duty::Size, now), Some(target("vector")));
        assert_eq!(queue.take(Duty::Size, now), None);
    }

    #[test]
    fn an_alert_of_nobody_wakes_nobody() {
        let mut queue = queue();
        assert_eq!(queue.wake(alert("Unheard")), []);
        assert_eq!(queue.take(Duty::Size, Instant::now()), None);
    }

    #[test]
    fn an_alert_after_a_visit_for_one_waits_and_the_timer_does_not() {
        let (mut queue, now) = (queue(), Instant::now());
        visited(&mut queue, now);
        assert_eq!(queue.wake(alert("Full")), [target("vector")]);
        assert_eq!(queue.take(Duty::Size, now), None);
        assert_eq!(queue.next(Duty::Size), Some(now + REST));
        assert_eq!(queue.take(Duty::Size, now + REST), Some(target("vector")));
        queue.seen(&target("vector"), now);
        queue.all_due();
        assert_eq!(queue.take(Duty::Size, now), Some(target("app")));
        assert_eq!(queue.take(Duty::Size, now), Some(target("vector")));
        assert_eq!(queue.take(Duty::Copies, now), None);
    }

    #[test]
    fn an_alert_waits_for_no_visit_of_the_timers() {
        let (mut queue, now) = (queue(), Instant::now());
        queue.all_due();
        while let Some(target) = queue.take(Duty::Size, now) {
            queue.seen(&target, now);
        }
        assert_eq!(queue.wake(alert("Full")), [target("vector")]);
        assert_eq!(queue.take(Duty::Size, now), Some(target("vector")));
    }

    #[test]
    fn a_target_that_is_gone_waits_no_more() {
        let mut queue = queue();
        queue.all_due();
        queue.replace(vec![Charge { target: target("app"), alerts: BTreeSet::new() }]);
        assert_eq!(queue.take(Duty::Size, Instant::now()), Some(target("app")));
        assert_eq!(queue.take(Duty::Size, Instant::now()), None);
    }
}
