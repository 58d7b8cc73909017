//! Why a copy was not taken, put back or deleted.

use jiff::Timestamp;
use thiserror::Error;

use crate::{digitalocean::ApiError, journal::JournalError};

/// Why nothing could be begun.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The account cannot be read.
    #[error("cannot read the account; nothing was changed")]
    Account(#[from] ApiError),
    /// The journal cannot be opened or written.
    #[error("the journal cannot be used; nothing was sent")]
    Journal(#[from] JournalError),
    /// A name means nothing.
    #[error("{what} `{name}`")]
    Unknown {
        /// What there is none of, as `no volume with a snapshot policy is called`.
        what: &'static str,
        /// The name.
        name: String,
        /// What there is.
        hint: String,
    },
    /// Somebody asked to stop while it only read.
    #[error("stopped before anything was changed")]
    Stopped,
}

/// Why a volume has no copy of a night.
#[derive(Debug, Error)]
pub enum TakeError {
    /// DigitalOcean takes one every ten minutes (docs: Snapshots, limits), and one was taken.
    #[error("DigitalOcean takes one snapshot of a volume every 10 minutes{again}")]
    TooSoon {
        /// When it takes the next, if that can be told, as `; the next at 03:20 UTC`.
        again: String,
    },
    /// The volume has as many as DigitalOcean keeps.
    #[error("the volume has {count} snapshots, the most DigitalOcean keeps")]
    Full {
        /// How many.
        count: usize,
    },
    /// A call failed.
    #[error("cannot take the snapshot")]
    Api(#[from] ApiError),
    /// No answer came, twice, and nothing of it can be found.
    #[error("taking the snapshot got no answer, and nothing of it can be found")]
    Lost(#[source] Option<Box<ApiError>>),
    /// It is there, and DigitalOcean does not show that it is whole.
    #[error("the snapshot `{name}` is there, and DigitalOcean gives it no size yet")]
    NotGood {
        /// Its name.
        name: String,
    },
    /// What the stack file wants to be run before a copy failed.
    #[error("the command before the copy failed: {0}")]
    Hook(String),
    /// The journal cannot be written, so nothing was sent.
    #[error("the journal cannot be used; nothing was sent")]
    Journal(#[from] JournalError),
}

impl TakeError {
    /// That it is too soon for another one.
    pub fn too_soon(again: Option<Timestamp>) -> Self {
        let again = again.map(|again| format!("; the next at {} UTC", again.strftime("%H:%M")));
        Self::TooSoon { again: again.unwrap_or_default() }
    }

    /// What to do next.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::TooSoon { .. } => "run the same command again then",
            Self::Full { .. } => {
                "`dostack snapshot prune` makes room; what it keeps can be deleted in the control panel"
            }
            Self::Api(_) | Self::Lost(_) => "run the same command again; no night is copied twice",
            Self::NotGood { .. } => "run the same command again in a minute, to look once more",
            Self::Hook(_) => "put that right on the machine, then run the same command again",
            Self::Journal(_) => "make room or put its permissions right",
        }
    }
}

/// Why a volume was not made from a snapshot, or not put in its place.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// A call failed.
    #[error("cannot {doing}")]
    Api {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        #[source]
        source: Box<ApiError>,
    },
    /// The name is no volume's.
    #[error("that is no name for a volume: {rule}")]
    Name {
        /// Which names are.
        rule: String,
    },
    /// Somebody else's volume has the name.
    #[error("a volume `{volume}` ({id}) is there already, and it is not this stack's")]
    Taken {
        /// Its name.
        volume: String,
        /// Its id.
        id: String,
    },
    /// The volume is on another droplet.
    #[error(
        "the volume `{volume}` is on droplet {droplet}; dostack takes nothing from another machine"
    )]
    Elsewhere {
        /// Its name.
        volume: String,
        /// Where it is.
        droplet: u64,
    },
    /// The machine does not let go of the old volume.
    #[error("the volume `{volume}` is still in use on its machine: {why}")]
    InUse {
        /// Its name.
        volume: String,
        /// What the machine said.
        why: String,
    },
    /// It took longer than it ever should.
    #[error("cannot {doing} `{volume}`: it takes too long")]
    Late {
        /// What was tried.
        doing: &'static str,
        /// The volume's name.
        volume: String,
    },
    /// It is not there any more.
    #[error("the volume {volume} has vanished")]
    Vanished {
        /// Its id.
        volume: String,
    },
}

impl RestoreError {
    /// A call that failed while something was being done.
    pub fn api(doing: &'static str) -> impl FnOnce(ApiError) -> Self {
        move |source| Self::Api { doing, source: Box::new(source) }
    }
}
