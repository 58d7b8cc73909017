//! Why a step failed, and which kind of trouble that is.

use std::time::Duration;

use thiserror::Error;

use crate::{
    apply::Class,
    digitalocean::ApiError,
    journal::JournalError,
    values::{Address, SecretName, SizeSlug},
};

/// Why a step failed.
#[derive(Debug, Error)]
pub enum StepError {
    /// A call failed.
    #[error("cannot {doing}")]
    Api {
        /// What was tried.
        doing: String,
        /// Why not.
        #[source]
        source: Box<ApiError>,
    },
    /// What was about to be done could not be written down, so it was not done.
    #[error("the journal cannot be written, so nothing more is sent")]
    Journal(#[from] JournalError),
    /// More than one thing carries a mark that only one may carry.
    #[error("{what} exists more than once: {ids}; delete what is too much, then run this again")]
    Several {
        /// What it is.
        what: String,
        /// The ids of all of them.
        ids: String,
    },
    /// The name belongs to something that is not the stack's.
    #[error(
        "{what} exists ({id}) without this stack's mark; rename or delete it, or use another name"
    )]
    Taken {
        /// What it is.
        what: String,
        /// Its id.
        id: String,
    },
    /// An answer was lost, and it could not be found out whether the thing exists.
    #[error(
        "the answer to creating {what} was lost and nothing of it can be found; look at the account, then run this again"
    )]
    Lost {
        /// What it is.
        what: String,
    },
    /// It was tried as often as it is, no answer came, and it surely does not exist.
    #[error("creating {what} got no answer, and nothing of it can be found; run this again")]
    NotMade {
        /// What it is.
        what: String,
        /// What came instead of the last answer.
        #[source]
        source: Box<ApiError>,
    },
    /// DigitalOcean began and failed.
    #[error("DigitalOcean failed to {doing} (action {action}); run this again")]
    Errored {
        /// What it was doing.
        doing: String,
        /// The action that failed.
        action: u64,
    },
    /// What was being waited for is not there any more.
    #[error("{what} has vanished; run this again to make it anew")]
    Vanished {
        /// What it was.
        what: String,
    },
    /// It took longer than it ever should.
    #[error("waited {} s for {what}; it may still happen, run this again to go on waiting", waited.as_secs())]
    Late {
        /// What was waited for.
        what: String,
        /// How long.
        waited: Duration,
    },
    /// A volume or a reserved IP is on a droplet that has no part in this.
    #[error("{what} is on droplet {droplet}; dostack takes nothing from another machine")]
    Elsewhere {
        /// What it is.
        what: String,
        /// Where it is.
        droplet: u64,
    },
    /// Others are in a network that was to be deleted.
    #[error("cannot {what}, which still holds {members}; move or delete that, then run this again")]
    Occupied {
        /// What was tried.
        what: String,
        /// Who is in it: URNs with names.
        members: String,
        /// How DigitalOcean says it.
        #[source]
        source: Box<ApiError>,
    },
    /// A resize failed; the droplet is on again as it was.
    #[error("droplet {droplet} could not be resized to {to} and is on again with {size}: {why}")]
    KeptSize {
        /// The droplet.
        droplet: u64,
        /// The size it has.
        size: String,
        /// The size it was to have.
        to: SizeSlug,
        /// What went wrong.
        why: String,
    },
    /// A droplet could not be switched on; its debt stays open.
    #[error(
        "droplet {droplet} is not on: {why}; it is remembered in the account: `dostack guard --now` switches it on, and so do the next `up` and `resize`"
    )]
    NotOn {
        /// The droplet.
        droplet: u64,
        /// What went wrong.
        why: String,
    },
    /// What is to be sent holds a secret, and nobody has told its value.
    #[error(
        "there is no value for the secret {name}; set it in the environment, then run this again"
    )]
    NoSecret {
        /// Its name.
        name: SecretName,
    },
    /// A machine could not be replaced; the old one is on again as it was.
    #[error("droplet {droplet} could not be replaced and serves as before: {why}")]
    NotReplaced {
        /// The droplet.
        droplet: u64,
        /// What went wrong.
        why: String,
    },
    /// No snapshot of a volume can be taken, so nothing is done to it.
    #[error("no snapshot of the volume {volume} can be taken: {why}")]
    NoCopy {
        /// The volume.
        volume: String,
        /// Why not.
        why: String,
    },
    /// A step needs an id that no step before it learnt.
    #[error("the id of {need} is not known")]
    Unknown {
        /// What it needs.
        need: Address,
    },
    /// The run was stopped while the step waited.
    #[error("stopped")]
    Stopped,
}

impl StepError {
    /// A call that failed while something was being done.
    pub fn api(doing: impl Into<String>) -> impl FnOnce(ApiError) -> Self {
        let doing = doing.into();
        move |source| Self::Api { doing, source: Box::new(source) }
    }

    /// Which kind of trouble it is.
    pub fn class(&self) -> Class {
        match self {
            Self::Api { source, .. } => class_of(source),
            Self::Journal(_) => Class::Journal,
            Self::Several { .. } | Self::Taken { .. } | Self::Lost { .. } => Class::Ambiguous,
            Self::Elsewhere { .. } | Self::Occupied { .. } => Class::Refused,
            Self::NotMade { .. } | Self::Late { .. } => Class::Unreachable,
            Self::Errored { .. }
            | Self::Vanished { .. }
            | Self::KeptSize { .. }
            | Self::NotReplaced { .. }
            | Self::NoCopy { .. }
            | Self::NotOn { .. }
            | Self::NoSecret { .. } => Class::Partly,
            Self::Unknown { .. } => Class::Bug,
            Self::Stopped => Class::Stopped,
        }
    }

    /// Whether no other step can do better.
    pub fn is_fatal(&self) -> bool {
        match self.class() {
            Class::Journal => true,
            Class::Token => self.is_unknown_token(),
            Class::Refused
            | Class::Unreachable
            | Class::Partly
            | Class::Ambiguous
            | Class::Bug
            | Class::Stopped => false,
        }
    }

    fn is_unknown_token(&self) -> bool {
        match self {
            Self::Api { source, .. } => matches!(**source, ApiError::Unauthorized(_)),
            Self::Journal(_)
            | Self::Several { .. }
            | Self::Taken { .. }
            | Self::Lost { .. }
            | Self::NotMade { .. }
            | Self::Errored { .. }
            | Self::Vanished { .. }
            | Self::Late { .. }
            | Self::Elsewhere { .. }
            | Self::Occupied { .. }
            | Self::KeptSize { .. }
            | Self::NotReplaced { .. }
            | Self::NoCopy { .. }
            | Self::NotOn { .. }
            | Self::NoSecret { .. }
            | Self::Unknown { .. }
            | Self::Stopped => false,
        }
    }
}

fn class_of(error: &ApiError) -> Class {
    match error {
        // A VPC with members is refused with the status that a missing scope has.
        ApiError::Forbidden(_) if error.is_conflict() => Class::Refused,
        ApiError::Unauthorized(_) | ApiError::Forbidden(_) => Class::Token,
        ApiError::Refused(_) => Class::Refused,
        ApiError::Failing { .. }
        | ApiError::Throttled { .. }
        | ApiError::Unreachable { .. }
        | ApiError::NotDigitalOcean { .. }
        | ApiError::TooLarge { .. }
        | ApiError::Inconsistent { .. } => Class::Unreachable,
        ApiError::Ambiguous { .. } => Class::Ambiguous,
    }
}
