//! The one move that follows from what is seen: a pure decision.
//!
//! Forward, the new machine gets the old one's volumes; back, the old one has them again and is
//! on, and the new one is gone. Whoever takes over in the middle needs to know nothing else.

/// What is to come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The new machine has the data.
    Replace,
    /// The old machine has the data and is on, and there is no new one.
    Restore,
}

/// What the two machines and their data look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The machine that is replaced.
    pub old: Machine,
    /// The one that takes its place.
    pub new: Machine,
    /// The first volume that is not where it is to be.
    pub data: Data,
    /// Whether that volume is known to have been copied since the old machine was switched off.
    pub is_copied: bool,
}

/// What one of the machines is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// There is none.
    Absent,
    /// An action holds it, or it is being built.
    Busy,
    /// It is on.
    On,
    /// It is off.
    Off,
    /// In a state that only a person can judge.
    Odd,
}

/// Where a volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// There is no volume, or every one is where the goal wants it.
    InPlace,
    /// On the old machine, though the goal wants it on the new one.
    OnOld,
    /// On none.
    Free,
    /// On the new machine, though the goal wants it on the old one.
    OnNew,
    /// On a machine that has no part in this.
    Elsewhere,
}

/// What this run has already tried; an empty one is always a good start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Whether the old machine was asked to shut down.
    pub is_asked: bool,
    /// Whether it had its time to do so.
    pub is_late: bool,
    /// How often its plug was pulled.
    pub power_offs: u32,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Look again.
    Wait,
    /// Ask the old machine's system to stop.
    Shutdown,
    /// Pull the old machine's plug.
    PowerOff,
    /// Take a snapshot of the volume.
    Copy,
    /// Take the volume off the old machine.
    Detach,
    /// Put the volume on the new machine.
    AttachToNew,
    /// Switch the new machine on.
    SwitchOnNew,
    /// The new machine has all it needs.
    Finish,
    /// It cannot be done: go back.
    GiveUp,
    /// Take the new machine away; its volumes stay.
    RemoveNew,
    /// Put the volume on the old machine.
    AttachToOld,
    /// Switch the old machine on.
    SwitchOnOld,
    /// All is as it was.
    Restored,
    /// Nothing can be done to a machine in this state.
    Leave,
}

/// How often the plug is pulled before the machine is left as it is: on.
const POWER_OFFS: u32 = 3;

/// The move that follows.
pub fn next(goal: Goal, seen: Seen, tried: Tried) -> Move {
    match goal {
        Goal::Replace => forward(seen, tried),
        Goal::Restore => back(seen),
    }
}

/// Nothing is done to the old machine until the new one is on.
fn forward(seen: Seen, tried: Tried) -> Move {
    match (seen.new, seen.data, seen.old) {
        (Machine::On, Data::InPlace, _) => Move::Finish,
        (Machine::Absent | Machine::Odd, _, _)
        | (_, Data::Elsewhere, _)
        | (Machine::On, _, Machine::Odd) => Move::GiveUp,
        (Machine::Busy, _, _)
        | (Machine::On, Data::OnNew, _)
        | (Machine::On, Data::OnOld, Machine::Absent)
        | (Machine::On, _, Machine::Busy) => Move::Wait,
        (Machine::Off, _, _) => Move::SwitchOnNew,
        (Machine::On, Data::OnOld, Machine::On) => switch_off(tried),
        (Machine::On, Data::OnOld | Data::Free, _) if !seen.is_copied => Move::Copy,
        (Machine::On, Data::OnOld, Machine::Off) => Move::Detach,
        (Machine::On, Data::Free, _) => Move::AttachToNew,
    }
}

fn switch_off(tried: Tried) -> Move {
    if tried.power_offs >= POWER_OFFS {
        Move::GiveUp
    } else if tried.is_late {
        Move::PowerOff
    } else if tried.is_asked {
        Move::Wait
    } else {
        Move::Shutdown
    }
}

/// The new machine goes first, so that what is left is one machine, which every run brings up.
fn back(seen: Seen) -> Move {
    match (seen.new, seen.old, seen.data) {
        (_, Machine::Absent, _) | (Machine::Absent, Machine::Odd, _) => Move::Leave,
        (Machine::Busy, _, _) | (_, Machine::Busy, _) | (Machine::Absent, _, Data::OnNew) => {
            Move::Wait
        }
        (Machine::On | Machine::Off | Machine::Odd, _, _) => Move::RemoveNew,
        (Machine::Absent, _, Data::Free) => Move::AttachToOld,
        (Machine::Absent, Machine::Off, _) => Move::SwitchOnOld,
        (Machine::Absent, Machine::On, _) => Move::Restored,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINES: [Machine; 5] =
        [Machine::Absent, Machine::Busy, Machine::On, Machine::Off, Machine::Odd];
    const DATA: [Data; 5] = [Data::InPlace, Data::OnOld, Data::Free, Data::OnNew, Data::Elsewhere];
    const FRESH: Tried = Tried { is_asked: false, is_late: false, power_offs: 0 };
    const ASKED: Tried = Tried { is_asked: true, ..FRESH };
    const LATE: Tried = Tried { is_late: true, ..ASKED };
    const PULLED: Tried = Tried { power_offs: 3, ..LATE };

    fn seen(new: Machine, old: Machine, data: Data) -> Seen {
        Seen { old, new, data, is_copied: true }
    }

    fn every() -> impl Iterator<Item = Seen> {
        MACHINES.into_iter().flat_map(|new| {
            MACHINES.into_iter().flat_map(move |old| {
                DATA.into_iter().flat_map(move |data| {
                    [true, false].map(|is_copied| Seen { is_copied, ..seen(new, old, data) })
                })
            })
        })
    }

    #[test]
    fn forward_each_state_has_one_move() {
        use Machine::{Absent, Busy, Odd, Off, On};
        let table = [
            (On, On, Data::OnOld, FRESH, Move::Shutdown),
            (On, On, Data::OnOld, ASKED, Move::Wait),
            (On, On, Data::OnOld, LATE, Move::PowerOff),
            (On, On, Data::OnOld, PULLED, Move::GiveUp),
            (On, Off, Data::OnOld, FRESH, Move::Detach),
            (On, Off, Data::Free, FRESH, Move::AttachToNew),
            (On, On, Data::Free, FRESH, Move::AttachToNew),
            (On, Absent, Data::Free, FRESH, Move::AttachToNew),
            (On, Off, Data::InPlace, FRESH, Move::Finish),
            (On, On, Data::InPlace, FRESH, Move::Finish),
            (On, Odd, Data::OnOld, FRESH, Move::GiveUp),
            (Off, Off, Data::Free, FRESH, Move::SwitchOnNew),
            (Busy, On, Data::OnOld, FRESH, Move::Wait),
            (Absent, On, Data::OnOld, FRESH, Move::GiveUp),
            (On, Off, Data::Elsewhere, FRESH, Move::GiveUp),
        ];
        for (new, old, data, tried, expected) in table {
            let seen = seen(new, old, data);
            assert_eq!(next(Goal::Replace, seen, tried), expected, "{seen:?} {tried:?}");
        }
    }

    #[test]
    fn back_each_state_has_one_move() {
        use Machine::{Absent, Busy, Odd, Off, On};
        let table = [
            (On, Off, Data::OnNew, Move::RemoveNew),
            (Off, Off, Data::OnOld, Move::RemoveNew),
            (Odd, On, Data::OnOld, Move::RemoveNew),
            (Busy, Off, Data::Free, Move::Wait),
            (Absent, Off, Data::OnNew, Move::Wait),
            (Absent, Off, Data::Free, Move::AttachToOld),
            (Absent, Off, Data::InPlace, Move::SwitchOnOld),
            (Absent, On, Data::InPlace, Move::Restored),
            (Absent, Odd, Data::InPlace, Move::Leave),
        ];
        for (new, old, data, expected) in table {
            let seen = seen(new, old, data);
            assert_eq!(next(Goal::Restore, seen, FRESH), expected, "{seen:?}");
        }
    }

    #[test]
    fn no_volume_leaves_a_machine_that_is_on_or_before_it_is_copied() {
        for seen in every() {
            for tried in [FRESH, ASKED, LATE, PULLED] {
                let step = next(Goal::Replace, seen, tried);
                if step == Move::Detach {
                    assert!(seen.is_copied && seen.old == Machine::Off, "{seen:?}");
                }
                if step == Move::AttachToNew {
                    assert!(seen.is_copied && seen.data == Data::Free, "{seen:?}");
                }
            }
        }
    }

    #[test]
    fn the_old_machine_is_touched_only_while_the_new_one_is_on() {
        for seen in every().filter(|seen| seen.new != Machine::On) {
            let step = next(Goal::Replace, seen, FRESH);
            assert!(
                matches!(step, Move::Wait | Move::GiveUp | Move::SwitchOnNew),
                "{seen:?}: {step:?}"
            );
        }
    }

    /// The last word is never said over a machine that is off.
    #[test]
    fn an_end_leaves_a_machine_that_is_on() {
        for seen in every() {
            if next(Goal::Replace, seen, FRESH) == Move::Finish {
                assert_eq!(seen.new, Machine::On);
            }
            if next(Goal::Restore, seen, FRESH) == Move::Restored {
                assert_eq!((seen.old, seen.new), (Machine::On, Machine::Absent));
            }
        }
    }
}
