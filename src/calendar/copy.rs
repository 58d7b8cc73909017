//! A snapshot of a volume, as far as the calendar asks.

use jiff::{SignedDuration, Timestamp};

use crate::{calendar::Slot, values::Address};

/// How far the clock of DigitalOcean and ours may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A snapshot of a volume.
#[derive(Clone, Debug, PartialEq)]
pub struct Copy {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The slot it was taken for, if it is one of the stack's own: by its mark and its name.
    pub slot: Option<Slot>,
    /// The place in the stack it was taken at, by its own mark, as `vector:volume`.
    pub place: Option<Address>,
    /// When DigitalOcean says it was taken.
    pub taken: Timestamp,
    /// What it takes, in GiB.
    pub size_gb: f64,
    /// The size in GiB of the volume it was taken of.
    pub volume_gb: u64,
    /// Whether somebody holds it.
    pub is_held: bool,
}

/// What a copy is to the calendar.
#[derive(Clone, std::marker::Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Taken for a slot, and good.
    Counts(Slot),
    /// Taken for a slot, and held: it stays, and counts for nothing else.
    Held(Slot),
    /// Taken for a slot, and not good, or not yet: DigitalOcean gives it no size.
    Unfinished(Slot),
    /// By its slot or by DigitalOcean's clock of a time to come: somebody's clock was wrong.
    Future(Slot),
    /// Not the calendar's: taken by hand, by a replacement, or for another stack.
    Foreign,
}

impl Copy {
    /// Whether a volume of this size can be made from it again, as far as DigitalOcean tells.
    pub fn is_good(&self) -> bool {
        self.size_gb > 0.0 && self.volume_gb > 0
    }

    /// Whether DigitalOcean took it later than it is now: then our clock is behind.
    pub fn is_ahead_of(&self, now: Timestamp) -> bool {
        self.taken > now.checked_add(SKEW).unwrap_or(Timestamp::MAX)
    }

    /// What it is to the calendar.
    pub fn standing(&self, now: Timestamp) -> Standing {
        let Some(slot) = self.slot else { return Standing::Foreign };
        if self.is_held {
            Standing::Held(slot)
        } else if slot.moment() > now || self.is_ahead_of(now) {
            Standing::Future(slot)
        } else if self.is_good() {
            Standing::Counts(slot)
        } else {
            Standing::Unfinished(slot)
        }
    }
}
