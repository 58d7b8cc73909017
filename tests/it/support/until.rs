//! Waiting for what somebody else does.

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long what a test waits for may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is left to others between two looks.
const PAUSE: Duration = Duration::from_millis(2);

/// Looks again and again until something is so, and lets others work in between.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::park_timeout(PAUSE);
    }
}
