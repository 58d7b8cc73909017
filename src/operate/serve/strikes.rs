//! Wrong tokens: who shows one waits for the answer, and twice as long for the next.
//!
//! A right one never waits, wherever it comes from: behind a proxy all callers share an address.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::operate::serve::crowd::Origin;

/// How long the answer to a first wrong token waits; each one after it doubles that.
const FIRST: Duration = Duration::from_millis(100);

/// How often that is doubled: to 3.2 s.
const DOUBLED: u32 = 5;

/// After how long without another one a caller's wrong tokens are forgotten.
const FORGOTTEN: Duration = Duration::from_mins(1);

/// The most callers that are remembered.
const REMEMBERED: usize = 1024;

/// Who has shown wrong tokens lately.
#[derive(Debug, Default)]
pub struct Strikes {
    callers: Mutex<BTreeMap<Origin, Strike>>,
}

#[derive(Clone, Copy, Debug)]
struct Strike {
    before: u32,
    last: Instant,
}

impl Strikes {
    /// Notes a wrong token, and tells how long its answer is to wait.
    pub fn note(&self, origin: Origin, now: Instant) -> Duration {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = |strike: &Strike| now.saturating_duration_since(strike.last) < FORGOTTEN;
        let known = callers.get(&origin).copied().filter(recent);
        if known.is_none() && callers.len() >= REMEMBERED {
            callers.retain(|_, strike| recent(strike));
        }
        if known.is_none() && callers.len() >= REMEMBERED {
            // Of so many at once nobody can be told from another.
            callers.pop_first();
        }
        let before = known.map_or(0, |strike| strike.before.saturating_add(1));
        callers.insert(origin, Strike { before, last: now });
        FIRST * (1 << before.min(DOUBLED))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn origin(number: u32) -> Origin {
        Origin::of(Ipv4Addr::from_bits(number).into())
    }

    #[test]
    fn each_wrong_token_waits_longer_until_they_are_forgotten() {
        let (strikes, now) = (Strikes::default(), Instant::now());
        let waits = |count: usize, at: Instant| -> Vec<u128> {
            std::iter::repeat_with(|| strikes.note(origin(1), at).as_millis()).take(count).collect()
        };
        assert_eq!(waits(7, now), [100, 200, 400, 800, 1600, 3200, 3200]);
        assert_eq!(strikes.note(origin(2), now), FIRST, "another caller");
        assert_eq!(waits(1, now + FORGOTTEN / 2), [3200]);
        assert_eq!(waits(1, now + FORGOTTEN * 2), [100]);
    }

    #[test]
    fn callers_beyond_number_are_not_all_remembered() {
        let (strikes, now) = (Strikes::default(), Instant::now());
        for number in 0..5000 {
            strikes.note(origin(number), now);
        }
        assert_eq!(strikes.callers.lock().unwrap().len(), REMEMBERED);
        strikes.note(origin(9999), now + FORGOTTEN);
        assert_eq!(strikes.callers.lock().unwrap().len(), 1);
    }
}
