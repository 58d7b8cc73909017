//! What came back, and what to do about it: a pure decision.
//!
//! DigitalOcean has no idempotency keys. A create whose answer is lost is therefore ambiguous and
//! never repeated here; whatever can be repeated without doubling anything is, until patience ends.
//!
//! Nobody knows whether a call that was answered with 429 may have been carried out all the same. So
//! one that would make a second thing is not repeated after that either before somebody has looked.

use std::time::Duration;

use crate::digitalocean::call::Twice;
use crate::digitalocean::settings::Pace;

/// What one try came back with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Back {
    /// A whole answer with this status, and the wait it asks for.
    Answer {
        /// The HTTP status.
        status: u16,
        /// From `retry-after`.
        wait: Option<Duration>,
    },
    /// 429 for the whole account: most likely nothing happened.
    Throttled {
        /// From `retry-after` or `ratelimit-reset`.
        wait: Option<Duration>,
    },
    /// The connection never stood (name, route, port, handshake): nothing was sent.
    NotSent,
    /// The other side's certificate is not to be trusted: nothing was sent.
    Untrusted,
    /// The call was sent, or partly, and no whole answer came.
    Lost,
    /// The answer was larger than is read.
    TooLarge,
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attempt {
    /// What would come of trying again what has happened.
    pub twice: Twice,
    /// Which try this was with this kind of trouble, from 1.
    pub number: u32,
    /// How long the trouble has lasted.
    pub tried_for: Duration,
    /// A number from 0 to 1 that spreads the waits of many clients.
    pub dice: f64,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Use the answer, good or bad.
    Take,
    /// Send the call again after this long.
    Wait(Duration),
    /// Report the trouble.
    GiveUp,
    /// Report that nobody knows whether it happened.
    Ambiguous,
    /// Hold everybody back this long, and report that nobody knows whether it happened.
    Look(Duration),
}

/// Decides what follows from one try.
pub fn verdict(attempt: &Attempt, back: Back, pace: &Pace) -> Verdict {
    match back {
        Back::Answer { status, wait } if is_failure(status) => {
            again_unless_create(attempt, wait, pace)
        }
        Back::Answer { .. } => Verdict::Take,
        Back::Throttled { wait } => throttled(attempt, wait, pace),
        Back::NotSent => again(attempt, None, pace),
        Back::Lost => again_unless_create(attempt, None, pace),
        Back::TooLarge if attempt.twice != Twice::Same => Verdict::Ambiguous,
        Back::TooLarge | Back::Untrusted => Verdict::GiveUp,
    }
}

/// Statuses that speak of the service, not of the request; 408 comes from proxies that lost
/// patience.
pub fn is_failure(status: u16) -> bool {
    status >= 500 || status == 408
}

fn again_unless_create(attempt: &Attempt, wait: Option<Duration>, pace: &Pace) -> Verdict {
    match attempt.twice {
        Twice::Same => again(attempt, wait, pace),
        Twice::Refused | Twice::Doubled => Verdict::Ambiguous,
    }
}

/// A second try is always made, even when the first alone used up all patience.
fn again(attempt: &Attempt, wait: Option<Duration>, pace: &Pace) -> Verdict {
    let left = pace.patience.saturating_sub(attempt.tried_for);
    if left.is_zero() && attempt.number > 1 {
        return Verdict::GiveUp;
    }
    let wait = backoff(attempt, pace).max(wait.unwrap_or_default());
    Verdict::Wait(wait.min(left))
}

/// Waits longer than the patience left are not begun: DigitalOcean said that nothing will come of
/// them.
fn throttled(attempt: &Attempt, wait: Option<Duration>, pace: &Pace) -> Verdict {
    let wait =
        wait.map_or_else(|| backoff(attempt, pace), |wait| wait + wait.mul_f64(attempt.dice / 8.0));
    if attempt.tried_for + wait > pace.throttle_patience {
        return Verdict::GiveUp;
    }
    match attempt.twice {
        Twice::Same | Twice::Refused => Verdict::Wait(wait),
        Twice::Doubled => Verdict::Look(wait),
    }
}

/// Doubles with every try; the upper half of each wait is left to the dice.
fn backoff(attempt: &Attempt, pace: &Pace) -> Duration {
    let doublings = attempt.number.saturating_sub(1).min(16);
    let full = pace.first_retry.saturating_mul(1 << doublings).min(pace.longest_retry);
    full.mul_f64(0.5 + attempt.dice / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn attempt(twice: Twice, number: u32, tried_for: Duration) -> Attempt {
        Attempt { twice, number, tried_for, dice: 0.0 }
    }

    fn decide(twice: Twice, back: Back) -> Verdict {
        verdict(&attempt(twice, 1, SECOND), back, &Pace::default())
    }

    fn answer(status: u16) -> Back {
        Back::Answer { status, wait: None }
    }

    #[test]
    fn answers_below_500_are_taken_whatever_the_call() {
        for twice in [Twice::Same, Twice::Refused, Twice::Doubled] {
            for status in [200, 201, 202, 204, 302, 400, 401, 403, 404, 409, 412, 422, 429] {
                assert_eq!(decide(twice, answer(status)), Verdict::Take, "{twice:?} {status}");
            }
        }
    }

    #[test]
    fn a_create_without_a_sure_answer_is_ambiguous() {
        for back in [
            answer(500),
            answer(502),
            answer(503),
            answer(504),
            answer(408),
            Back::Lost,
            Back::TooLarge,
        ] {
            for twice in [Twice::Refused, Twice::Doubled] {
                assert_eq!(decide(twice, back), Verdict::Ambiguous, "{twice:?} {back:?}");
            }
        }
    }

    #[test]
    fn everything_else_is_tried_again_after_a_failure() {
        for back in [answer(500), answer(504), answer(408), Back::Lost, Back::NotSent] {
            assert_eq!(decide(Twice::Same, back), Verdict::Wait(SECOND / 2), "{back:?}");
        }
    }

    #[test]
    fn a_create_that_was_not_sent_is_tried_again() {
        assert_eq!(decide(Twice::Refused, Back::NotSent), Verdict::Wait(SECOND / 2));
        assert_eq!(decide(Twice::Doubled, Back::NotSent), Verdict::Wait(SECOND / 2));
    }

    #[test]
    fn a_throttled_create_is_tried_again_only_where_a_second_thing_would_be_refused() {
        let throttled = Back::Throttled { wait: None };
        assert_eq!(decide(Twice::Refused, throttled), Verdict::Wait(SECOND / 2));
        assert_eq!(decide(Twice::Doubled, throttled), Verdict::Look(SECOND / 2));
    }

    #[test]
    fn an_untrusted_certificate_and_a_huge_answer_are_not_tried_again() {
        assert_eq!(decide(Twice::Same, Back::Untrusted), Verdict::GiveUp);
        assert_eq!(decide(Twice::Refused, Back::Untrusted), Verdict::GiveUp);
        assert_eq!(decide(Twice::Same, Back::TooLarge), Verdict::GiveUp);
    }

    #[test]
    fn waits_double_up_to_the_longest_and_the_dice_spread_them() {
        let pace = Pace { patience: SECOND * 1000, ..Pace::default() };
        let wait = |number, dice| {
            let attempt = Attempt { dice, ..attempt(Twice::Same, number, SECOND) };
            verdict(&attempt, Back::Lost, &pace)
        };
        assert_eq!(wait(1, 1.0), Verdict::Wait(SECOND));
        assert_eq!(wait(2, 1.0), Verdict::Wait(SECOND * 2));
        assert_eq!(wait(4, 1.0), Verdict::Wait(SECOND * 8));
        assert_eq!(wait(4, 0.0), Verdict::Wait(SECOND * 4));
        assert_eq!(wait(60, 1.0), Verdict::Wait(pace.longest_retry));
    }

    #[test]
    fn patience_bounds_the_waits_and_then_ends_them() {
        let pace = Pace::default();
        let asked = Back::Answer { status: 503, wait: Some(SECOND * 3600) };
        let late = attempt(Twice::Same, 5, SECOND * 20);
        assert_eq!(verdict(&late, asked, &pace), Verdict::Wait(SECOND * 10));
        let over = attempt(Twice::Same, 6, SECOND * 30);
        assert_eq!(verdict(&over, asked, &pace), Verdict::GiveUp);
    }

    #[test]
    fn a_first_try_that_used_up_all_patience_gets_a_second() {
        let slow = attempt(Twice::Same, 1, SECOND * 60);
        assert_eq!(verdict(&slow, Back::Lost, &Pace::default()), Verdict::Wait(Duration::ZERO));
    }

    #[test]
    fn throttling_waits_as_long_as_it_is_told_but_not_beyond_its_own_patience() {
        let pace = Pace::default();
        let told = |seconds: u32| Back::Throttled { wait: Some(SECOND * seconds) };
        let first = attempt(Twice::Refused, 1, Duration::ZERO);
        assert_eq!(verdict(&first, told(29), &pace), Verdict::Wait(SECOND * 29));
        assert_eq!(verdict(&first, told(3600), &pace), Verdict::GiveUp);
        let later = attempt(Twice::Refused, 20, SECOND * 590);
        assert_eq!(verdict(&later, told(29), &pace), Verdict::GiveUp);
    }
}
