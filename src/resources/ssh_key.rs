//! SSH keys of the account.

use serde::Serialize;

use crate::values::{Fingerprint, PublicKey};

/// A key that is to be registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SshKey {
    /// Carries the stack's mark.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

/// A registered key that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveKey {
    /// Its id.
    pub id: u64,
    /// Its name, which may hold a mark.
    pub name: String,
    /// Its fingerprint, the same for one key everywhere.
    pub fingerprint: Fingerprint,
}
