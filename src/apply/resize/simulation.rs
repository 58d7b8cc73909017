//! Ten thousand resizes against a droplet that is a value: killed, frozen and refused at every step.
//!
//! What decides is the real thing ([`Course`]); what is simulated is DigitalOcean, the order in which
//! a run calls it, and time.

use std::time::Duration;

use crate::apply::resize::{
    course::{Aim, Course, Limits},
    decide::{Mark, Move, Power, Seen},
};

const SECOND: Duration = Duration::from_secs(1);
const LIMITS: Limits = Limits {
    shutdown: Duration::from_mins(2),
    debt: Duration::from_mins(15),
    mark: Duration::from_mins(5),
    second: SECOND,
};

/// The sizes: what the droplet has, and what it is to have.
const OLD: u8 = 1;
const NEW: u8 = 2;

/// More calls than any run makes, and more rounds than any rescue takes.
const MOST_CALLS: u32 = 400;

/// Chance from a seed (xorshift, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
}

/// A promise on the droplet, as its tag has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Debt {
    id: u32,
    size: u8,
    /// By the clock on somebody's wall.
    deadline: i64,
}

/// What DigitalOcean is doing to the droplet.
#[derive(Clone, Copy, Debug)]
struct Action {
    step: Move,
    size: u8,
    ends: Duration,
    fails: bool,
}

/// An account with one droplet.
struct Cloud {
    now: Duration,
    /// What a clock on the wall shows, in seconds; it may jump.
    wall: i64,
    is_on: bool,
    size: u8,
    action: Option<Action>,
    debts: Vec<Debt>,
    /// How often the size has changed.
    resizes: u32,
    opened: u32,
    dice: Dice,
    /// One call in so many goes wrong; none at zero.
    trouble: u64,
}

impl Cloud {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let trouble = [0, 12, 6, 4][usize::try_from(dice.below(4)).unwrap()];
        let (now, wall) = (Duration::ZERO, 1_800_000_000);
        Self {
            now,
            wall,
            is_on: true,
            size: OLD,
            action: None,
            debts: Vec::new(),
            resizes: 0,
            opened: 0,
            dice,
            trouble,
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.wall += i64::try_from(time.as_secs()).unwrap();
        let Some(action) = self.action.filter(|action| action.ends <= self.now) else { return };
        self.action = None;
        if action.fails {
            return;
        }
        match action.step {
            Move::Shutdown | Move::PowerOff => self.is_on = false,
            Move::PowerOn => self.is_on = true,
            Move::Resize => {
                self.size = action.size;
                self.resizes += 1;
            }
            Move::Wait | Move::Finish | Move::Keep | Move::Lose | Move::Leave | Move::Yield => {
                panic!("{:?} is no action", action.step)
            }
        }
    }

    fn goes_wrong(&mut self) -> bool {
        self.trouble > 0 && self.dice.one_in(self.trouble)
    }

    fn may_begin(&self, step: Move) -> bool {
        let is_off = !self.is_on;
        self.action.is_none()
            && match step {
                Move::Shutdown | Move::PowerOff => self.is_on,
                Move::PowerOn | Move::Resize => is_off,
                Move::Wait | Move::Finish | Move::Keep | Move::Lose | Move::Leave | Move::Yield => {
                    false
                }
            }
    }

    /// A call that is to begin an action: accepted, refused, or lost on either way.
    fn act(&mut self, step: Move, size: u8) -> Answer {
        self.pass(SECOND);
        if !self.may_begin(step) {
            return if self.action.is_some() { Answer::Lost } else { Answer::Refused };
        }
        let wrong = self.goes_wrong().then(|| self.dice.below(4));
        if let Some(0) = wrong {
            return Answer::Refused;
        }
        if let Some(1) = wrong {
            return Answer::Lost;
        }
        let fails = wrong == Some(2);
        let takes = SECOND * u32::try_from(2 + self.dice.below(90)).unwrap();
        self.action = Some(Action { step, size, ends: self.now + takes, fails });
        if wrong == Some(3) { Answer::Lost } else { Answer::Accepted }
    }

    fn settle(&mut self) {
        while self.action.is_some() {
            self.pass(SECOND);
        }
    }
}

#[derive(PartialEq, Eq)]
enum Answer {
    Accepted,
    Refused,
    Lost,
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Open,
    Look,
    Act(Move),
    Close,
    Over,
}

/// A run: the calls of a resize, or of paying a debt, one by one.
struct Run {
    course: Course,
    began: Duration,
    stage: Stage,
    own: Option<Debt>,
    /// All that is let go of at the end.
    paid: Vec<Debt>,
    to: u8,
    /// What switching on came to, if the last look has to tell.
    switching: bool,
}

impl Run {
    /// A resize opens a debt; whoever only switches on takes the one there is.
    fn new(cloud: &Cloud, aim: Aim, to: u8) -> Self {
        let own = (aim == Aim::On).then(|| *cloud.debts.last().unwrap());
        let stage = if own.is_some() { Stage::Look } else { Stage::Open };
        let (course, paid) = (Course::new(LIMITS, aim), cloud.debts.clone());
        Self { course, began: cloud.now, stage, own, paid, to, switching: false }
    }

    /// Makes one call, or waits.
    fn step(&mut self, cloud: &mut Cloud) {
        let at = cloud.now.saturating_sub(self.began);
        self.stage = match self.stage {
            Stage::Open => self.open(cloud),
            Stage::Look => self.look(cloud, at),
            Stage::Act(step) => self.act(cloud, step, at),
            Stage::Close => self.close(cloud),
            Stage::Over => Stage::Over,
        };
    }

    fn open(&mut self, cloud: &mut Cloud) -> Stage {
        cloud.pass(SECOND);
        let own = *self.own.get_or_insert_with(|| {
            cloud.opened += 1;
            Debt { id: cloud.opened, size: self.to, deadline: cloud.wall + 900 }
        });
        let wrong = cloud.goes_wrong();
        if !cloud.debts.contains(&own) && (!wrong || cloud.dice.one_in(2)) {
            cloud.debts.push(own);
        }
        if wrong { Stage::Open } else { Stage::Look }
    }

    fn look(&mut self, cloud: &mut Cloud, at: Duration) -> Stage {
        cloud.pass(SECOND);
        let is_missed = cloud.goes_wrong() && cloud.dice.one_in(8);
        let is_busy = cloud.action.is_some();
        if self.switching && !is_busy {
            self.switching = false;
            if !cloud.is_on {
                self.course.could_not_switch_on(at);
            }
        }
        let own = self.own.unwrap();
        let seen = Seen {
            power: match cloud.is_on {
                _ if is_missed => Power::Gone,
                true => Power::On,
                false => Power::Off,
            },
            is_busy,
            is_at_target: cloud.size == self.to,
            mark: if cloud.debts.contains(&own) { Mark::Carried } else { Mark::Missing },
        };
        match self.course.next(seen, at) {
            Move::Wait => {
                let rest = 1 + cloud.dice.below(10);
                cloud.pass(SECOND * u32::try_from(rest).unwrap());
                Stage::Look
            }
            Move::Finish | Move::Keep => Stage::Close,
            Move::Yield => Stage::Over,
            Move::Lose if is_missed => Stage::Look,
            step @ (Move::Shutdown | Move::PowerOff | Move::Resize | Move::PowerOn) => {
                // What is noted before a call is noted although the call may never leave.
                self.course.makes(step, at);
                Stage::Act(step)
            }
            step @ (Move::Lose | Move::Leave) => panic!("{step:?} of a droplet that is there"),
        }
    }

    fn act(&mut self, cloud: &mut Cloud, step: Move, at: Duration) -> Stage {
        let answer = cloud.act(step, self.to);
        if answer == Answer::Refused {
            self.course.refused(step, at);
        }
        self.switching = step == Move::PowerOn && answer == Answer::Accepted;
        Stage::Look
    }

    fn close(&mut self, cloud: &mut Cloud) -> Stage {
        cloud.pass(SECOND);
        let mut gone = self.paid.clone();
        gone.extend(self.own);
        let wrong = cloud.goes_wrong();
        // A deletion that got no answer may have happened.
        if !wrong || cloud.dice.one_in(2) {
            cloud.debts.retain(|debt| !gone.contains(debt));
        }
        if wrong { Stage::Close } else { Stage::Over }
    }

    /// Goes on to its end, or until it has made so many calls.
    fn go(&mut self, cloud: &mut Cloud, calls: u32) {
        for _ in 0..calls {
            if self.stage == Stage::Over {
                return;
            }
            self.step(cloud);
        }
        assert!(calls < MOST_CALLS, "it never ends: {:?} {:?}", self.stage, self.course);
    }
}

/// Who comes after a run that was killed.
#[derive(Clone, Copy, Debug)]
enum Rescue {
    Guard,
    Up,
    Resize,
}

/// What a rescuer does next: the runs it is made of, until there is none.
fn rescue(cloud: &Cloud, who: Rescue) -> Option<Run> {
    let debt = cloud.debts.iter().max_by_key(|debt| (debt.deadline, debt.id));
    match (who, debt) {
        (Rescue::Guard | Rescue::Up, None) => None,
        (Rescue::Resize, None) => (cloud.size != NEW).then(|| Run::new(cloud, Aim::Size, NEW)),
        (Rescue::Up, Some(debt)) if debt.size != cloud.size => {
            Some(Run::new(cloud, Aim::Size, debt.size))
        }
        (Rescue::Guard | Rescue::Up | Rescue::Resize, Some(_)) => {
            Some(Run::new(cloud, Aim::On, cloud.size))
        }
    }
}

fn finish(cloud: &mut Cloud, who: Rescue) {
    // A size that is refused for good is not asked for again and again.
    for _ in 0..2 {
        let Some(mut run) = rescue(cloud, who) else { return };
        run.go(cloud, MOST_CALLS);
    }
}

fn assert_well(cloud: &mut Cloud, story: &str) {
    cloud.settle();
    assert!(cloud.is_on, "left off: {story}");
    assert!(cloud.debts.is_empty(), "still owing {:?}: {story}", cloud.debts);
    assert!(cloud.resizes <= 1, "resized {} times: {story}", cloud.resizes);
}

/// Three seconds in a debug build.
#[test]
fn of_ten_thousand_resizes_killed_anywhere_none_is_left_off_and_none_done_twice() {
    let mut grown = 0;
    for seed in 0..10_000 {
        let mut cloud = Cloud::new(seed);
        let mut run = Run::new(&cloud, Aim::Size, NEW);
        let killed = u32::try_from(seed % 40).unwrap();
        run.go(&mut cloud, killed);
        // A second one, which is killed too, now and then.
        let who = [Rescue::Guard, Rescue::Up, Rescue::Resize];
        let pick = |cloud: &mut Cloud| who[usize::try_from(cloud.dice.below(3)).unwrap()];
        let (first, second) = (pick(&mut cloud), pick(&mut cloud));
        let idle = cloud.dice.below(2000);
        cloud.pass(SECOND * u32::try_from(idle).unwrap());
        cloud.wall += i64::try_from(cloud.dice.below(200_000)).unwrap() - 100_000;
        if let Some(mut run) = rescue(&cloud, first) {
            let calls = u32::try_from(cloud.dice.below(40)).unwrap();
            run.go(&mut cloud, calls);
        }
        finish(&mut cloud, second);
        assert_well(
            &mut cloud,
            &format!("seed {seed}, killed after {killed}, {first:?}, {second:?}"),
        );
        grown += cloud.resizes;
    }
    assert!(grown > 5_000, "only {grown} of them have grown");
}

#[test]
fn a_run_that_was_frozen_and_goes_on_after_its_debt_was_paid_leaves_nothing_off() {
    for seed in 0..2_000 {
        let mut cloud = Cloud::new(seed);
        let mut frozen = Run::new(&cloud, Aim::Size, NEW);
        frozen.go(&mut cloud, u32::try_from(seed % 40).unwrap());
        cloud.pass(SECOND * 1200);
        finish(&mut cloud, Rescue::Guard);
        assert_well(&mut cloud, &format!("seed {seed}, frozen"));
        frozen.go(&mut cloud, MOST_CALLS);
        finish(&mut cloud, Rescue::Guard);
        assert_well(&mut cloud, &format!("seed {seed}, thawed"));
    }
}

#[test]
fn a_guard_every_minute_switches_on_what_was_left_off_within_its_time_and_some_minutes() {
    for seed in 0..1_000 {
        let mut cloud = Cloud { trouble: 0, ..Cloud::new(seed) };
        let mut run = Run::new(&cloud, Aim::Size, NEW);
        run.go(&mut cloud, u32::try_from(seed % 40).unwrap());
        for _ in 0..20 {
            cloud.pass(Duration::from_mins(1));
            if cloud.debts.iter().all(|debt| debt.deadline <= cloud.wall) {
                finish(&mut cloud, Rescue::Guard);
            }
        }
        assert_well(&mut cloud, &format!("seed {seed}"));
    }
}
