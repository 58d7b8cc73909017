//! The one move that follows from what is seen: a pure decision.

/// What a droplet looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whether it is on.
    pub power: Power,
    /// Whether an action holds it.
    pub is_busy: bool,
    /// Whether it has the size it is to have.
    pub is_at_target: bool,
    /// Whether it carries this run's debt, without which nobody may switch it off.
    pub mark: Mark,
}

/// Whether a droplet carries the debt of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It does.
    Carried,
    /// Not yet, though it was put there.
    Awaited,
    /// Not any more: another run has paid it.
    Missing,
}

/// Whether a droplet is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It is.
    On,
    /// It is not.
    Off,
    /// DigitalOcean has no such droplet.
    Gone,
    /// Being built, archived, or in a state this version does not know.
    Other,
}

/// What this run has already tried; an empty one is always a good start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// The request to shut down.
    pub shutdown: Shutdown,
    /// How often the plug was pulled.
    pub power_offs: u32,
    /// How often the resize was started.
    pub resizes: u32,
    /// What came of switching it on.
    pub switching_on: SwitchingOn,
    /// How often in a row it could not be found.
    pub misses: u32,
    /// Whether nothing matters any more but being on: nothing else was asked for, the deadline is
    /// past, or DigitalOcean refused the size.
    pub is_given_up: bool,
}

impl Tried {
    /// Whether this run may have switched the droplet off.
    pub const fn has_begun(&self) -> bool {
        !matches!(self.shutdown, Shutdown::NotAsked) || self.power_offs > 0 || self.resizes > 0
    }
}

/// What became of the request to shut down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shutdown {
    /// It was not made.
    #[default]
    NotAsked,
    /// The system still has time to follow it.
    Asked,
    /// It had its time.
    Ignored,
}

/// Whether switching on may be tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SwitchingOn {
    /// It may.
    #[default]
    Ready,
    /// It has just failed, and is left alone for a while.
    Resting,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Look again.
    Wait,
    /// Ask its system to stop.
    Shutdown,
    /// Pull the plug.
    PowerOff,
    /// Give it its new size.
    Resize,
    /// Switch it on.
    PowerOn,
    /// It is on with its new size.
    Finish,
    /// It is on with its old size, and stays so.
    Keep,
    /// It is gone for good, and nothing is made in its place.
    Lose,
    /// Nothing can be done to a droplet in this state.
    Leave,
    /// Another run has taken it over.
    Yield,
}

/// How often a resize is started.
const RESIZES: u32 = 2;

/// How often the plug is pulled before the machine is left as it is: on.
const POWER_OFFS: u32 = 3;

/// How often a droplet is missing before it counts as gone: one answer can be wrong.
const MISSES: u32 = 3;

/// The move that follows.
pub fn next(seen: Seen, tried: Tried) -> Move {
    let step = of_its_own(seen, tried);
    let is_final = match step {
        Move::Finish | Move::Keep | Move::Lose | Move::Leave | Move::Yield => true,
        Move::Wait | Move::Shutdown | Move::PowerOff | Move::Resize | Move::PowerOn => false,
    };
    if is_final || seen.mark == Mark::Carried || seen.is_busy || seen.power == Power::Gone {
        return step;
    }
    without_mark(seen, tried)
}

/// The debt is not on it yet, or another run has paid it.
///
/// A run that was held up between looking and acting may have switched it off after that: switching
/// on what is off is right whoever does it.
fn without_mark(seen: Seen, tried: Tried) -> Move {
    match (seen.power, seen.mark) {
        (Power::Off, _) if tried.has_begun() => switch_on(tried),
        (_, Mark::Missing) => Move::Yield,
        (_, Mark::Awaited | Mark::Carried) => Move::Wait,
    }
}

/// The move that follows for a droplet that is this run's.
fn of_its_own(seen: Seen, tried: Tried) -> Move {
    match (seen.power, seen.is_busy, seen.is_at_target) {
        (Power::Gone, _, _) if tried.misses < MISSES => Move::Wait,
        (Power::Gone, _, _) => Move::Lose,
        (_, true, _) => Move::Wait,
        (Power::Other, false, _) => Move::Leave,
        (Power::On, false, true) => Move::Finish,
        (Power::On, false, false) => switch_off(tried),
        (Power::Off, false, true) => switch_on(tried),
        (Power::Off, false, false) if tried.is_given_up || tried.resizes >= RESIZES => {
            switch_on(tried)
        }
        (Power::Off, false, false) => Move::Resize,
    }
}

/// A machine that is on again after a resize was tried stays on.
fn switch_off(tried: Tried) -> Move {
    if tried.is_given_up || tried.resizes >= RESIZES || tried.power_offs >= POWER_OFFS {
        return Move::Keep;
    }
    match tried.shutdown {
        Shutdown::NotAsked => Move::Shutdown,
        Shutdown::Asked => Move::Wait,
        Shutdown::Ignored => Move::PowerOff,
    }
}

/// Whatever it is refused for, switching on is tried again.
fn switch_on(tried: Tried) -> Move {
    match tried.switching_on {
        SwitchingOn::Ready => Move::PowerOn,
        SwitchingOn::Resting => Move::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: Tried = Tried {
        shutdown: Shutdown::NotAsked,
        power_offs: 0,
        resizes: 0,
        switching_on: SwitchingOn::Ready,
        misses: 0,
        is_given_up: false,
    };
    const ASKED: Tried = Tried { shutdown: Shutdown::Asked, ..FRESH };
    const IGNORED: Tried = Tried { shutdown: Shutdown::Ignored, ..FRESH };
    const GIVEN_UP: Tried = Tried { is_given_up: true, ..FRESH };
    const TWICE: Tried = Tried { resizes: 2, ..IGNORED };
    const PULLED: Tried = Tried { power_offs: 3, ..IGNORED };
    const RESTING: Tried = Tried { switching_on: SwitchingOn::Resting, ..GIVEN_UP };
    const MISSED: Tried = Tried { misses: 1, ..FRESH };
    const MISSING: Tried = Tried { misses: 3, ..FRESH };

    const ON: Seen =
        Seen { power: Power::On, is_busy: false, is_at_target: false, mark: Mark::Carried };
    const OFF: Seen = Seen { power: Power::Off, ..ON };
    const ODD: Seen = Seen { power: Power::Other, ..ON };
    const GONE: Seen = Seen { power: Power::Gone, ..ON };
    const ON_AT_TARGET: Seen = Seen { is_at_target: true, ..ON };
    const OFF_AT_TARGET: Seen = Seen { is_at_target: true, ..OFF };

    #[test]
    fn each_state_has_one_move() {
        let table = [
            (ON, FRESH, Move::Shutdown),
            (ON, ASKED, Move::Wait),
            (ON, IGNORED, Move::PowerOff),
            (ON, PULLED, Move::Keep),
            (ON, GIVEN_UP, Move::Keep),
            (ON, TWICE, Move::Keep),
            (ON_AT_TARGET, FRESH, Move::Finish),
            (ON_AT_TARGET, GIVEN_UP, Move::Finish),
            (OFF, FRESH, Move::Resize),
            (OFF, ASKED, Move::Resize),
            (OFF, GIVEN_UP, Move::PowerOn),
            (OFF, TWICE, Move::PowerOn),
            (OFF, RESTING, Move::Wait),
            (OFF_AT_TARGET, FRESH, Move::PowerOn),
            (OFF_AT_TARGET, GIVEN_UP, Move::PowerOn),
            (OFF_AT_TARGET, RESTING, Move::Wait),
            (GONE, MISSED, Move::Wait),
            (GONE, MISSING, Move::Lose),
            (ODD, FRESH, Move::Leave),
        ];
        for (seen, tried, expected) in table {
            assert_eq!(next(seen, tried), expected, "{seen:?} {tried:?}");
        }
    }

    #[test]
    fn without_its_debt_on_it_a_machine_is_switched_on_at_most() {
        let (awaited, missing) = (Mark::Awaited, Mark::Missing);
        let table = [
            (ON, awaited, FRESH, Move::Wait),
            (ON, missing, FRESH, Move::Yield),
            (ON, missing, ASKED, Move::Yield),
            (ON, missing, GIVEN_UP, Move::Keep),
            (ON_AT_TARGET, missing, FRESH, Move::Finish),
            (OFF, awaited, FRESH, Move::Wait),
            (OFF, missing, FRESH, Move::Yield),
            (OFF, awaited, ASKED, Move::PowerOn),
            (OFF, missing, ASKED, Move::PowerOn),
            (OFF_AT_TARGET, missing, TWICE, Move::PowerOn),
        ];
        for (seen, mark, tried, expected) in table {
            let seen = Seen { mark, ..seen };
            assert_eq!(next(seen, tried), expected, "{seen:?} {tried:?}");
        }
    }

    #[test]
    fn nothing_is_done_to_a_busy_droplet() {
        for seen in [ON, OFF, ODD] {
            for tried in [FRESH, ASKED, IGNORED, GIVEN_UP, TWICE, RESTING] {
                let busy = Seen { is_busy: true, ..seen };
                assert_eq!(next(busy, tried), Move::Wait);
            }
        }
    }

    /// A move that leaves a machine off is followed, whatever was tried, by one that does not end.
    #[test]
    fn a_machine_that_is_off_is_never_left() {
        for tried in [FRESH, ASKED, IGNORED, GIVEN_UP, TWICE, PULLED, RESTING] {
            for seen in [OFF, OFF_AT_TARGET] {
                let step = next(seen, tried);
                assert!(matches!(step, Move::Resize | Move::PowerOn | Move::Wait), "{tried:?}");
            }
        }
    }
}
