//! Times as the API writes them: whole seconds of UTC.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// A time that prints as `2026-11-21T04:05:06Z`.
#[derive(Debug, Clone, Copy)]
pub struct Stamp(pub Timestamp);

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = Timestamp::from_second(self.0.as_second()).unwrap_or(self.0);
        serializer.collect_str(&whole)
    }
}
