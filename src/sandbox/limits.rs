//! How many calls a token may make: 250 a minute, 5,000 an hour, 10 lists of keys a minute.
//!
//! The windows slide: every call counts until its own minute or hour is over
//! (docs.digitalocean.com/reference/api/intro, "Rate Limit"). In a sandbox that is faster than
//! DigitalOcean, minutes and hours are as much shorter.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::sandbox::answer::Refusal;

/// Whether callers are slowed down as DigitalOcean does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RateLimit {
    /// Calls beyond the limits get 429.
    On,
    /// Calls are never too many, and not counted.
    Off,
}

const A_MINUTE: usize = 250;
const AN_HOUR: usize = 5000;
const KEY_LISTS: usize = 10;
const MINUTE: SignedDuration = SignedDuration::from_secs(60);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What is left, in the words of the answer's headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Calls an hour.
    pub limit: usize,
    /// Calls left.
    pub remaining: usize,
    /// When the oldest call stops counting, in seconds of the epoch.
    pub reset: i64,
}

/// The kinds of calls that are counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Any call.
    Ordinary,
    /// The list of SSH keys.
    KeyList,
}

/// The calls that still count.
#[derive(Debug)]
pub struct Limits {
    /// Whether they are enforced.
    pub mode: RateLimit,
    /// How many times faster than DigitalOcean's minutes and hours go by.
    pub speed: f64,
    hour: VecDeque<Timestamp>,
    minute: VecDeque<Timestamp>,
    key_lists: VecDeque<Timestamp>,
}

impl Limits {
    /// Starts with nothing counted.
    pub fn new(mode: RateLimit, speed: f64) -> Self {
        let (hour, minute, key_lists) = Default::default();
        Self { mode, speed, hour, minute, key_lists }
    }

    /// Counts a call, or refuses it.
    pub fn admit(&mut self, weight: Weight, now: Timestamp) -> Result<(), Refusal> {
        if self.mode == RateLimit::Off {
            return Ok(());
        }
        let (hour, minute) = (self.sped(HOUR), self.sped(MINUTE));
        expire(&mut self.hour, hour, now);
        expire(&mut self.minute, minute, now);
        expire(&mut self.key_lists, minute, now);
        if self.hour.len() >= AN_HOUR {
            return Err(Refusal::too_many("API Rate limit exceeded."));
        }
        if self.minute.len() >= A_MINUTE {
            return Err(burst(&self.minute, minute, now));
        }
        if weight == Weight::KeyList {
            if self.key_lists.len() >= KEY_LISTS {
                return Err(burst(&self.key_lists, minute, now));
            }
            self.key_lists.push_back(now);
        }
        self.hour.push_back(now);
        self.minute.push_back(now);
        Ok(())
    }

    /// What is left; nothing while the minute is used up.
    pub fn quota(&self, now: Timestamp) -> Quota {
        let left = AN_HOUR.saturating_sub(self.hour.len());
        let burst = self.minute.len() >= A_MINUTE;
        let oldest = self.hour.front().copied().unwrap_or(now);
        let reset = oldest.checked_add(self.sped(HOUR)).unwrap_or(Timestamp::MAX).as_second();
        Quota { limit: AN_HOUR, remaining: if burst { 0 } else { left }, reset }
    }

    fn sped(&self, span: SignedDuration) -> SignedDuration {
        SignedDuration::from_secs_f64(span.as_secs_f64() / self.speed)
    }
}

fn expire(window: &mut VecDeque<Timestamp>, length: SignedDuration, now: Timestamp) {
    while window.front().is_some_and(|oldest| now.duration_since(*oldest) >= length) {
        window.pop_front();
    }
}

/// Only the refusal of a burst says how long to wait.
fn burst(window: &VecDeque<Timestamp>, minute: SignedDuration, now: Timestamp) -> Refusal {
    let age = window.front().map_or(SignedDuration::ZERO, |oldest| now.duration_since(*oldest));
    let left = minute.saturating_sub(age).as_secs_f64().ceil();
    let mut refusal = Refusal::too_many("API Rate limit exceeded.");
    refusal.retry_after = Some(whole_seconds(left));
    refusal
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to an hour before the cast"
)]
fn whole_seconds(seconds: f64) -> u64 {
    seconds.clamp(1.0, 3600.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_burst_is_refused_until_its_minute_is_over() {
        let mut limits = Limits::new(RateLimit::On, 1.0);
        for _ in 0..A_MINUTE {
            limits.admit(Weight::Ordinary, at(10)).unwrap();
        }
        assert_eq!(limits.admit(Weight::Ordinary, at(30)).unwrap_err().retry_after, Some(40));
        assert_eq!(limits.quota(at(30)).remaining, 0);
        limits.admit(Weight::Ordinary, at(70)).unwrap();
    }

    #[test]
    fn a_fast_sandbox_has_short_minutes() {
        let mut limits = Limits::new(RateLimit::On, 20.0);
        for _ in 0..A_MINUTE {
            limits.admit(Weight::Ordinary, at(10)).unwrap();
        }
        assert_eq!(limits.admit(Weight::Ordinary, at(11)).unwrap_err().retry_after, Some(2));
        limits.admit(Weight::Ordinary, at(13)).unwrap();
    }

    #[test]
    fn an_hour_is_refused_without_a_wait() {
        let mut limits = Limits::new(RateLimit::On, 1.0);
        for minute in 0..20 {
            for _ in 0..A_MINUTE {
                limits.admit(Weight::Ordinary, at(minute * 60)).unwrap();
            }
        }
        let refusal = limits.admit(Weight::Ordinary, at(1200)).unwrap_err();
        assert_eq!(refusal.retry_after, None);
        assert_eq!(limits.quota(at(1200)).reset, 3600);
    }

    #[test]
    fn lists_of_keys_have_a_limit_of_their_own() {
        let mut limits = Limits::new(RateLimit::On, 1.0);
        for _ in 0..KEY_LISTS {
            limits.admit(Weight::KeyList, at(0)).unwrap();
        }
        assert!(limits.admit(Weight::KeyList, at(1)).is_err());
        limits.admit(Weight::Ordinary, at(1)).unwrap();
    }
}
