//! What was done to a machine's size before.

use jiff::{SignedDuration, Timestamp};

use crate::values::SizeSlug;

/// The resizes of a droplet, as `DigitalOcean` remembers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Oldest first.
    resizes: Vec<Resized>,
    /// When it was read, by the clock that wrote it.
    as_of: Timestamp,
}

/// One resize, whether it succeeded or not: the machine was off for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resized {
    /// When it began.
    pub at: Timestamp,
    /// From which size, if that is known.
    pub from: Option<SizeSlug>,
    /// To which size, if that is known.
    pub to: Option<SizeSlug>,
}

impl History {
    /// A history in any order.
    ///
    /// `as_of` is when it was read, by `DigitalOcean`'s clock, or by ours where it tells none.
    pub fn new(resizes: impl IntoIterator<Item = Resized>, as_of: Timestamp) -> Self {
        let mut resizes: Vec<Resized> = resizes.into_iter().collect();
        resizes.sort_by_key(|resized| resized.at);
        Self { resizes, as_of }
    }

    /// The resizes, oldest first.
    pub fn resizes(&self) -> &[Resized] {
        &self.resizes
    }

    /// When the last one began.
    pub fn last(&self) -> Option<Timestamp> {
        self.resizes.last().map(|resized| resized.at)
    }

    /// How many began within a span before a moment, or after it.
    pub fn since(&self, now: Timestamp, span: SignedDuration) -> usize {
        let newest_first = self.resizes.iter().rev();
        newest_first.take_while(|resized| now.duration_since(resized.at) < span).count()
    }

    /// How far our clock is from the one that wrote it.
    pub fn skew(&self, now: Timestamp) -> SignedDuration {
        let ahead = self.last().filter(|last| *last > now.max(self.as_of));
        now.duration_since(ahead.unwrap_or(self.as_of)).abs()
    }
}
