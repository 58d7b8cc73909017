//! Whether a machine may become smaller, and how long it may be off.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{
    metrics::{Reading, Value},
    policy::{Copies, Hold},
    resources::Size,
    values::SizeSlug,
};

const MIB: f64 = 1024.0 * 1024.0;
const GIB: f64 = 1024.0 * MIB;

/// How much of a size's memory a load may need, in hundredths, so that it still runs well there.
const FULL: f64 = 80.0;

/// How long a resize takes for each GiB of disk that is used, at most (`DigitalOcean`: "about one
/// minute per GB of used disk space").
const PER_GIB: Duration = Duration::from_mins(1);

/// Why a load does not fit a size, by the bytes of memory it needed.
pub fn fits(needed: &Reading, slug: &SizeSlug, size: &Size) -> Result<(), Hold> {
    let span = match needed {
        Reading::Unknown(why) => return Err(Hold::NoProof(why.clone())),
        Reading::Known(span) => span,
    };
    let bytes = span.most.number();
    let room = f64::from(size.memory_mb) * MIB * FULL / 100.0;
    let is_proven = matches!(span.most, Value::Exactly(bytes) if (0.0..room).contains(&bytes));
    if is_proven { Ok(()) } else { Err(Hold::NoRoom(slug.clone(), whole(bytes / MIB))) }
}

/// How old the last snapshot may be: where nights are copied, one that failed is put right first.
const RECENT: SignedDuration = SignedDuration::from_hours(24);

/// Why a machine does not become smaller, by the snapshots of its volume.
pub fn copied(copies: Copies, now: Timestamp) -> Result<(), Hold> {
    match copies {
        Copies::None => Err(Hold::NoCopy(None)),
        Copies::Last(last) if now.duration_since(last) > RECENT => Err(Hold::NoCopy(Some(last))),
        Copies::Last(_) | Copies::Unasked => Ok(()),
    }
}

/// How long a machine may be off, by the bytes of disk that are used; all of it where nobody knows.
pub fn outage(used: &Reading, disk_gb: u32) -> Duration {
    let gib = match used {
        Reading::Known(span) => whole((span.most.number() / GIB).ceil()).min(u64::from(disk_gb)),
        Reading::Unknown(_) => u64::from(disk_gb),
    };
    let minutes = u32::try_from(gib).unwrap_or(u32::MAX).max(1);
    PER_GIB.saturating_mul(minutes)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bytes of a machine are far below 2^53, and what is negative is none"
)]
const fn whole(number: f64) -> u64 {
    number.max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{GIB, fits, outage};
    use crate::{
        metrics::{Reading, Span, Unknown, Value},
        policy::{Hold, tests::size},
        values::SizeSlug,
    };

    fn bytes(number: f64) -> Reading {
        Reading::Known(Span::constant(Value::Exactly(number)))
    }

    #[test]
    fn a_load_fits_with_a_fifth_to_spare() {
        let slug = SizeSlug::new("s-2vcpu-4gb");
        let size = size(4096, 80, 24);
        assert_eq!(fits(&bytes(3.1 * GIB), &slug, &size), Ok(()));
        assert_eq!(fits(&bytes(3.5 * GIB), &slug, &size), Err(Hold::NoRoom(slug.clone(), 3584)));
        let nobody = Reading::Unknown(Unknown::NoSeries);
        assert_eq!(fits(&nobody, &slug, &size), Err(Hold::NoProof(Unknown::NoSeries)));
    }

    #[test]
    fn a_machine_is_off_a_minute_for_each_gib_at_most() {
        assert_eq!(outage(&bytes(11.5 * GIB), 160), Duration::from_mins(12));
        assert_eq!(outage(&Reading::Unknown(Unknown::NoSeries), 160), Duration::from_mins(160));
        assert_eq!(outage(&bytes(0.0), 160), Duration::from_mins(1));
    }
}
