//! Chance for the spread of waits, from a seed.

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of numbers that look random and repeat with their seed.
///
/// The sequence is `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
/// Generators, 2014).
pub struct Dice(AtomicU64);

impl Dice {
    /// Dice that fall the same way for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next throw, from 0 up to but not 1.
    pub fn throw(&self) -> f64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut mixed = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let top = u32::try_from((mixed ^ (mixed >> 31)) >> 32).expect("32 bits fit");
        f64::from(top) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throws_repeat_with_the_seed_and_stay_in_range() {
        let (one, two, other) = (Dice::new(7), Dice::new(7), Dice::new(8));
        let throws: Vec<f64> = (0..100).map(|_| one.throw()).collect();
        assert!(throws.iter().all(|throw| (0.0..1.0).contains(throw)));
        assert_eq!(throws, (0..100).map(|_| two.throw()).collect::<Vec<_>>());
        assert_ne!(throws, (0..100).map(|_| other.throw()).collect::<Vec<_>>());
    }
}
