//! How long things may take, and how often to look.
//!
//! The figures are DigitalOcean's own pace. They shrink with the client's: a sandbox that is twenty
//! times as fast is looked at twenty times as often.

use std::time::Duration;

use crate::{
    digitalocean::Pace,
    plan::{Action, Step},
    resources::Kind,
};

/// The waits before each look for something whose creation was not answered. DigitalOcean gives no
/// figure for how late a call can take effect; in 137 seconds its own deadlines have passed.
const LOST: [u64; 6] = [2, 5, 10, 20, 40, 60];

/// The part of them that is enough where a second creation of one name is refused.
const LOST_NAMED: usize = 2;

/// The share of the time already waited after which to look again, which is how late it is seen at
/// most. A boot of half a minute is looked for nineteen times, the last time soon after it.
const SHARE: f64 = 0.13;

/// Every limit of a run.
#[derive(Clone, Debug)]
pub struct Timing {
    /// Until a droplet is on, has its addresses and its creation is completed.
    pub create_droplet: Duration,
    /// Until a droplet is gone.
    pub delete_droplet: Duration,
    /// Until a volume is attached, detached or larger.
    pub volume: Duration,
    /// Until all droplets follow a firewall.
    pub firewall: Duration,
    /// Until a droplet that another action holds is free.
    pub idle: Duration,
    /// Until whatever holds back a deletion has gone.
    pub release: Duration,
    /// Until a droplet of our name without tags is surely not ours.
    pub untagged: Duration,
    /// Until a system that was asked to stop has stopped.
    pub shutdown: Duration,
    /// Until a droplet that was switched off must be on.
    pub debt: Duration,
    /// Until trying to switch a droplet on is left to the next run.
    pub power_on: Duration,
    /// Between two looks at an action whose effect does not show.
    pub action: Duration,
    /// Before an action that creates a droplet is looked at early.
    pub create_action: Duration,
    /// For calls on their way when the run is stopped.
    pub grace: Duration,
    first_poll: Duration,
    longest_poll: Duration,
    second: Duration,
}

impl Timing {
    /// The limits at a client's pace, whose first look comes after a second at DigitalOcean.
    pub fn at(pace: &Pace) -> Self {
        let second = pace.first_poll;
        let minutes = |count: u32| second * 60 * count;
        Self {
            create_droplet: minutes(15),
            delete_droplet: minutes(10),
            volume: minutes(5),
            firewall: minutes(5),
            idle: minutes(10),
            release: minutes(10),
            untagged: minutes(10),
            shutdown: minutes(2),
            debt: minutes(15),
            power_on: minutes(20),
            action: second * 10,
            create_action: second * 45,
            grace: Duration::from_secs(3),
            first_poll: pace.first_poll,
            longest_poll: pace.longest_poll,
            second,
        }
    }

    /// A second at DigitalOcean, which is shorter against a sandbox in a hurry.
    pub fn second(&self) -> Duration {
        self.second
    }

    /// When to look again after having waited so long.
    pub fn interval(&self, waited: Duration) -> Duration {
        waited.mul_f64(SHARE).clamp(self.first_poll, self.longest_poll.max(self.first_poll))
    }

    /// How long a step usually takes; nothing where it is a call and its answer.
    ///
    /// For whoever watches only: DigitalOcean promises no figure, and nothing depends on these.
    pub fn usually(&self, step: &Step) -> Option<Duration> {
        let seconds = match (step.kind, step.action) {
            (Kind::Droplet, Action::Create) => 35,
            (Kind::Droplet, Action::Delete) => 15,
            (Kind::Firewall, Action::Create | Action::Update) => 5,
            (Kind::Volume, Action::Update) | (Kind::Attachment, Action::Create) => 8,
            (_, Action::Resize | Action::Replace) => step.downtime?.as_secs(),
            _ => return None,
        };
        Some(self.second.mul_f64(seconds_of(seconds)))
    }

    /// The waits before each look for something that may appear late.
    pub fn lost(&self) -> impl Iterator<Item = Duration> {
        LOST.into_iter().map(move |seconds| self.second.mul_f64(seconds_of(seconds)))
    }

    /// The waits where a second creation of the same name is refused.
    pub fn lost_named(&self) -> impl Iterator<Item = Duration> {
        self.lost().take(LOST_NAMED)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few minutes are exact")]
const fn seconds_of(seconds: u64) -> f64 {
    seconds as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_of_half_a_minute_costs_at_most_nineteen_looks() {
        let timing = Timing::at(&Pace::default());
        let boot = Duration::from_secs(30);
        let (mut waited, mut looks) = (Duration::ZERO, 0);
        while waited < boot {
            waited += timing.interval(waited);
            looks += 1;
        }
        assert!(looks <= 19, "{looks} looks");
        assert!(waited < boot.mul_f64(1.12), "seen after {waited:?}");
    }

    #[test]
    fn what_was_lost_is_looked_for_during_two_minutes() {
        let timing = Timing::at(&Pace::default());
        assert_eq!(timing.lost().sum::<Duration>(), Duration::from_secs(137));
    }
}
