//! Several cases of a test at the same time.

use std::thread;

/// Tries every case at once: each has an account of its own, and mostly waits.
pub fn side_by_side<T: Send>(cases: impl IntoIterator<Item = T>, tried: impl Fn(T) + Sync) {
    let tried = &tried;
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(move || tried(case));
        }
    });
}
