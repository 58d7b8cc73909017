//! What one run knows of a droplet on its way: what it asked for, when, and what came of it.
//!
//! Pure, with time as a value. Losing all of it costs nothing but patience: a course that begins
//! anew, in another process, decides from what it sees.

use std::time::Duration;

use crate::apply::resize::decide::{Mark, Move, Power, Seen, Shutdown, SwitchingOn, Tried, next};

/// How many failures to switch a droplet on are worth a person's eye.
pub const ALARMING: u32 = 3;

/// The rest after the first failure to switch on is this long; each one doubles it.
const FIRST_REST: u32 = 1;

/// The longest rest, in seconds.
const LONGEST_REST: u32 = 60;

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until a system that was asked to stop has stopped.
    pub shutdown: Duration,
    /// Until nothing matters any more but being on.
    pub debt: Duration,
    /// Until a tag that was put on a droplet shows on it.
    pub mark: Duration,
    /// A second at DigitalOcean's pace.
    pub second: Duration,
}

/// What a course is to end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The droplet on, with the size it is to have.
    Size,
    /// The droplet on.
    On,
}

/// A droplet's course so far.
#[derive(Clone, Debug)]
pub struct Course {
    limits: Limits,
    tried: Tried,
    /// When it was asked to shut down.
    asked: Option<Duration>,
    /// When switching it on last failed.
    failed_on: Option<Duration>,
    /// How often in a row that failed.
    failures: u32,
}

impl Course {
    /// The course of a droplet to which nothing has been done yet.
    pub fn new(limits: Limits, aim: Aim) -> Self {
        let tried = Tried { is_given_up: aim == Aim::On, ..Tried::default() };
        Self { limits, tried, asked: None, failed_on: None, failures: 0 }
    }

    /// The move that follows from what is seen so long after the beginning.
    pub fn next(&mut self, seen: Seen, at: Duration) -> Move {
        self.tried.misses = if seen.power == Power::Gone { self.tried.misses + 1 } else { 0 };
        self.tried.shutdown = match self.asked {
            None => Shutdown::NotAsked,
            Some(asked) if at.saturating_sub(asked) < self.limits.shutdown => Shutdown::Asked,
            Some(_) => Shutdown::Ignored,
        };
        let rests = |failed| at.saturating_sub(failed) < self.rest();
        self.tried.switching_on = match self.failed_on {
            Some(failed) if rests(failed) => SwitchingOn::Resting,
            Some(_) | None => SwitchingOn::Ready,
        };
        self.tried.is_given_up |= at > self.limits.debt;
        let mark = match seen.mark {
            Mark::Missing if at < self.limits.mark => Mark::Awaited,
            Mark::Carried | Mark::Awaited | Mark::Missing => seen.mark,
        };
        next(Seen { mark, ..seen }, self.tried)
    }

    /// Notes that a move is about to be made.
    pub fn makes(&mut self, step: Move, at: Duration) {
        match step {
            Move::Shutdown => self.asked = Some(at),
            Move::PowerOff => self.tried.power_offs += 1,
            Move::Resize => self.tried.resizes += 1,
            Move::PowerOn
            | Move::Wait
            | Move::Finish
            | Move::Keep
            | Move::Lose
            | Move::Leave
            | Move::Yield => {}
        }
    }

    /// Notes that DigitalOcean will not have it: the size is given up, being on never is.
    pub fn refused(&mut self, step: Move, at: Duration) {
        match step {
            Move::Resize => self.tried.is_given_up = true,
            Move::PowerOn => self.could_not_switch_on(at),
            Move::Shutdown
            | Move::PowerOff
            | Move::Wait
            | Move::Finish
            | Move::Keep
            | Move::Lose
            | Move::Leave
            | Move::Yield => {}
        }
    }

    /// Notes that the token may not do that, and so nothing else of the kind.
    pub fn forbidden(&mut self, step: Move, at: Duration) {
        self.tried.is_given_up = true;
        self.refused(step, at);
    }

    /// Notes that switching on was refused or failed.
    pub fn could_not_switch_on(&mut self, at: Duration) {
        self.failures += 1;
        self.failed_on = Some(at);
    }

    /// How often switching on has failed.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether the droplet may have been switched off on the way.
    pub fn has_begun(&self) -> bool {
        self.asked.is_some() || self.tried.has_begun()
    }

    /// Whether nothing matters any more but being on.
    pub fn is_given_up(&self) -> bool {
        self.tried.is_given_up
    }

    /// How long switching on is left alone: twice as long after each failure, up to a minute.
    fn rest(&self) -> Duration {
        let doubled = FIRST_REST << self.failures.saturating_sub(1).min(6);
        self.limits.second * doubled.min(LONGEST_REST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const LIMITS: Limits = Limits {
        shutdown: Duration::from_mins(2),
        debt: Duration::from_mins(15),
        mark: Duration::from_mins(5),
        second: SECOND,
    };
    const ON: Seen =
        Seen { power: Power::On, is_busy: false, is_at_target: false, mark: Mark::Carried };
    const OFF: Seen = Seen { power: Power::Off, ..ON };

    #[test]
    fn a_system_has_two_minutes_to_stop_before_the_plug_is_pulled() {
        let mut course = Course::new(LIMITS, Aim::Size);
        assert_eq!(course.next(ON, SECOND), Move::Shutdown);
        course.makes(Move::Shutdown, SECOND);
        assert_eq!(course.next(ON, SECOND * 120), Move::Wait);
        assert_eq!(course.next(ON, SECOND * 121), Move::PowerOff);
    }

    #[test]
    fn a_switch_that_fails_is_tried_again_after_rests_that_double_up_to_a_minute() {
        let mut course = Course::new(LIMITS, Aim::On);
        let (mut at, mut rests) = (Duration::ZERO, Vec::new());
        for _ in 0..9 {
            let began = at;
            while course.next(OFF, at) == Move::Wait {
                at += SECOND;
            }
            rests.push(at.saturating_sub(began).as_secs());
            course.refused(Move::PowerOn, at);
        }
        assert_eq!(rests, [0, 1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn past_its_deadline_only_being_on_matters() {
        let mut course = Course::new(LIMITS, Aim::Size);
        assert_eq!(course.next(OFF, SECOND), Move::Resize);
        assert_eq!(course.next(OFF, SECOND * 901), Move::PowerOn);
        assert_eq!(course.next(ON, SECOND * 902), Move::Keep);
    }

    #[test]
    fn a_droplet_is_gone_when_it_is_missing_three_times_in_a_row() {
        let gone = Seen { power: Power::Gone, ..ON };
        let mut course = Course::new(LIMITS, Aim::On);
        let moves: Vec<Move> =
            [gone, gone, ON, gone, gone, gone].map(|seen| course.next(seen, SECOND)).into();
        let waits = [Move::Wait; 2];
        assert_eq!(moves[..2], waits);
        assert_eq!(moves[3..], [Move::Wait, Move::Wait, Move::Lose]);
    }

    #[test]
    fn a_size_that_is_refused_is_given_up_and_being_on_is_not() {
        let mut course = Course::new(LIMITS, Aim::Size);
        course.makes(Move::Resize, SECOND);
        course.refused(Move::Resize, SECOND);
        assert!(course.is_given_up() && course.has_begun());
        assert_eq!(course.next(OFF, SECOND), Move::PowerOn);
    }
}
