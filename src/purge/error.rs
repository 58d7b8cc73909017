//! Why something was not deleted.

use std::time::Duration;

use thiserror::Error;

use crate::digitalocean::ApiError;

/// Why something was not deleted.
#[derive(Debug, Error)]
pub enum PurgeError {
    /// A call failed.
    #[error("cannot delete it")]
    Api(#[from] ApiError),
    /// DigitalOcean agreed, and it is still there.
    #[error("it was still there after {} s; it may still go", waited.as_secs())]
    Late {
        /// How long that was waited for.
        waited: Duration,
    },
    /// The droplet that holds the volume could not be deleted.
    #[error("its droplet is still there")]
    Held,
    /// Somebody asked to stop.
    #[error("stopped")]
    Stopped,
}
