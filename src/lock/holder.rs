//! Who holds a lock.

use std::fmt;

use sha2::{Digest, Sha256};

/// One process on one machine; facts that the caller reads, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The machine's own id, which no other has.
    pub machine: String,
    /// The id of the machine's present boot.
    pub boot: String,
    /// The machine's name, for people.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// When the process began, in the machine's own count, so that a reused number is told apart.
    pub began: u64,
    /// A number drawn for this run alone.
    pub nonce: u64,
}

impl Holder {
    /// Everything about it, for the journal, which stays on this machine.
    pub fn in_full(&self) -> String {
        let Self { machine, boot, began, nonce, .. } = self;
        format!("{self}, machine {machine}, boot {boot}, began {began}, nonce {nonce:016x}")
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "process {} on {}", self.pid, self.host)
    }
}

/// The first 64 bits of a hash: machine ids are not for publishing.
pub fn hash(text: &str) -> u64 {
    let hash = Sha256::digest(text);
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    u64::from_be_bytes(first)
}
