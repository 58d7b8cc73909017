//! Why a lock is not had.

use thiserror::Error;

use crate::digitalocean::ApiError;

/// Why a lock is not had, or not any more.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another run holds it.
    #[error("the stack is locked by {holder} (firewall {id})")]
    Held {
        /// Who.
        holder: String,
        /// The firewall that is the lock.
        id: String,
    },
    /// Two runs hold one each.
    #[error("two runs took the lock `{name}` at the same moment")]
    Doubled {
        /// The lock's name.
        name: String,
    },
    /// It was taken over by another run, or unlocked by hand.
    #[error("the lock `{name}` is not this run's any more")]
    Lost {
        /// The lock's name.
        name: String,
    },
    /// DigitalOcean refuses it although nobody has it.
    #[error("cannot take the lock `{name}`")]
    Refused {
        /// The lock's name.
        name: String,
        /// What DigitalOcean said.
        #[source]
        source: Box<ApiError>,
    },
    /// A call failed.
    #[error("cannot {doing} the lock `{name}`")]
    Api {
        /// What was tried.
        doing: &'static str,
        /// The lock's name.
        name: String,
        /// Why it failed.
        #[source]
        source: Box<ApiError>,
    },
}
