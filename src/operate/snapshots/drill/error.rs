//! Why a snapshot was not tried.

use thiserror::Error;

use crate::{digitalocean::ApiError, operate::snapshots::RestoreError};

/// Why a snapshot was not tried, or not everything of a drill is removed.
#[derive(Debug, Error)]
pub enum DrillError {
    /// A call failed.
    #[error("cannot {doing}")]
    Api {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        #[source]
        source: Box<ApiError>,
    },
    /// Its volume is not where it should be.
    #[error(transparent)]
    Volume(#[from] RestoreError),
    /// No answer came to the call that makes the droplet, and it cannot be found.
    #[error("making the droplet {name} got no answer, and it cannot be found")]
    Lost {
        /// Its name.
        name: String,
        /// The answer there was.
        #[source]
        source: Box<ApiError>,
    },
    /// It took longer than it ever should.
    #[error("droplet {droplet} is not {wanted}: it takes too long")]
    Late {
        /// Which.
        droplet: u64,
        /// What it should be, as `on` or `gone`.
        wanted: &'static str,
    },
    /// Somebody asked to stop.
    #[error("stopped")]
    Stopped,
}

impl DrillError {
    /// A call that failed while something was being done.
    pub fn api(doing: &'static str) -> impl FnOnce(ApiError) -> Self {
        move |source| Self::Api { doing, source: Box::new(source) }
    }

    /// Whether something may still come into being that nobody has seen.
    pub fn is_uncertain(&self) -> bool {
        match self {
            Self::Lost { .. } => true,
            Self::Api { source, .. } | Self::Volume(RestoreError::Api { source, .. }) => {
                source.is_ambiguous()
            }
            Self::Volume(
                RestoreError::Name { .. }
                | RestoreError::Taken { .. }
                | RestoreError::Elsewhere { .. }
                | RestoreError::InUse { .. }
                | RestoreError::Late { .. }
                | RestoreError::Vanished { .. },
            )
            | Self::Late { .. }
            | Self::Stopped => false,
        }
    }
}
