//! What to think of a lock that is taken: a pure decision.

use crate::lock::{Claim, holder::Holder, holder::hash};

/// What to do about a lock that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is this run's own: its taking was answered by nobody.
    Ours,
    /// Its holder is gone: it may be taken over.
    Stale,
    /// Its holder may be at work.
    Held,
}

/// Decides about a claim; `is_alive` knows this machine's processes by number and beginning.
pub fn verdict(
    claim: &Claim,
    me: &Holder,
    now: u64,
    is_alive: &(dyn Fn(u32, u64) -> bool + Sync),
) -> Verdict {
    let is_alike = claim.machine == hash(&me.machine);
    if is_alike && claim.nonce == me.nonce && claim.pid == me.pid {
        return Verdict::Ours;
    }
    // A machine that does not know its own id cannot tell itself from another such one.
    let here = is_alike && !me.machine.is_empty();
    if !here {
        return if claim.until < now { Verdict::Stale } else { Verdict::Held };
    }
    let same_boot = claim.boot == hash(&me.boot);
    if same_boot && is_alive(claim.pid, claim.began) { Verdict::Held } else { Verdict::Stale }
}
