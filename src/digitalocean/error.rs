//! What can go wrong with a call, and what that says about the account.
//!
//! The variants are the decisions a caller has: give up on the token, wait and run again, look the
//! thing up, tell the person.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::digitalocean::call::{Call, Method};

/// Why a call did not do what it was sent for.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 401: DigitalOcean does not know the token.
    #[error("{}: the token is not accepted: {}", .0.call, .0)]
    Unauthorized(Box<Refusal>),
    /// 403: the token lacks a scope for this method and path, or the thing forbids it
    /// (`is_conflict`).
    #[error("{}: not allowed: {}", .0.call, .0)]
    Forbidden(Box<Refusal>),
    /// Another 4xx: the same call will be refused again unless something changes.
    #[error("{}: refused: {}", .0.call, .0)]
    Refused(Box<Refusal>),
    /// 5xx until patience ended; the call has no effect that repeating it would double.
    #[error("{}: still failing after {} s: {}", .refusal.call, .tried_for.as_secs(), .refusal)]
    Failing {
        /// The last answer.
        refusal: Box<Refusal>,
        /// How long it was tried.
        tried_for: Duration,
    },
    /// 429 until patience ended; most likely nothing happened.
    #[error("{}: too many requests for {} s: {}", .refusal.call, .tried_for.as_secs(), .refusal)]
    Throttled {
        /// The last answer.
        refusal: Box<Refusal>,
        /// How long it was waited.
        tried_for: Duration,
        /// How much longer DigitalOcean asks to wait, if it says.
        wait: Option<Duration>,
    },
    /// No connection, or none that lasted until the answer was there.
    #[error("{call}: no answer from {address}, tried for {} s", .tried_for.as_secs())]
    Unreachable {
        /// What was tried.
        call: Call,
        /// The API's address.
        address: String,
        /// How long it was tried.
        tried_for: Duration,
        /// The last failure.
        #[source]
        source: reqwest::Error,
    },
    /// A create went out and its answer was lost, or was 429 where a second one would double what
    /// it makes: it may or may not have happened. Never sent again here.
    #[error("{call}: without an answer to rely on, it may or may not have taken effect")]
    Ambiguous {
        /// What was sent.
        call: Call,
        /// What came instead of an answer.
        #[source]
        source: Box<Self>,
    },
    /// Something else answers at this address: a captive portal, a proxy, another service.
    #[error("{call}: {address} does not answer as DigitalOcean does: {why}")]
    NotDigitalOcean {
        /// What was tried.
        call: Call,
        /// The API's address.
        address: String,
        /// What it answered instead.
        why: String,
    },
    /// The answer is larger than any of DigitalOcean's.
    #[error("{call}: the answer is larger than {limit_mib} MiB")]
    TooLarge {
        /// What was tried.
        call: Call,
        /// The most that is read, unpacked.
        limit_mib: usize,
    },
    /// The answers do not fit together: another thing than asked for, a list that will not hold
    /// still.
    #[error("{call}: {why}")]
    Inconsistent {
        /// What was tried.
        call: Call,
        /// What does not fit.
        why: String,
    },
}

impl ApiError {
    /// The words DigitalOcean refused with, if it did.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Unauthorized(refusal) | Self::Forbidden(refusal) | Self::Refused(refusal) => {
                Some(refusal)
            }
            Self::Failing { refusal, .. } | Self::Throttled { refusal, .. } => Some(refusal),
            Self::Ambiguous { source, .. } => source.refusal(),
            Self::Unreachable { .. }
            | Self::NotDigitalOcean { .. }
            | Self::TooLarge { .. }
            | Self::Inconsistent { .. } => None,
        }
    }

    /// Whether a create may have happened although its answer is missing.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Ambiguous { .. })
    }

    /// Whether a create was put off, and may have happened all the same.
    pub fn is_put_off(&self) -> bool {
        matches!(self, Self::Ambiguous { source, .. } if matches!(**source, Self::Throttled { .. }))
    }

    /// Whether the thing does not exist.
    pub fn is_not_found(&self) -> bool {
        self.is_refused_with(404)
    }

    /// Whether the droplet is busy with another action: worth trying again once it is idle.
    pub fn is_pending_event(&self) -> bool {
        self.is_refused_with(422) && (self.says("pending event") || self.says("is locked"))
    }

    /// Whether a volume is on a droplet, or about to be, by an action whose answer was lost.
    pub fn is_attached(&self) -> bool {
        self.is_refused_with(422) && self.says("already attached")
    }

    /// Whether a volume was copied less than ten minutes ago, and so is not copied again yet.
    pub fn is_too_soon(&self) -> bool {
        self.is_refused_with(429)
    }

    /// Whether something still holds the thing back: an attached volume, members of a VPC.
    ///
    /// DigitalOcean says 403 as well as 409 for a VPC with members; its other 403s are about
    /// scopes.
    pub fn is_conflict(&self) -> bool {
        let held_vpc = matches!(self, Self::Forbidden(refusal)
            if refusal.call.method == Method::Delete && refusal.call.path.starts_with("/v2/vpcs/"));
        let conflict = self.is_refused_with(409) || self.is_refused_with(412);
        conflict && !self.is_taken() || held_vpc && self.says("member")
    }

    /// Whether a create failed because the name, range or key is in use already.
    pub fn is_taken(&self) -> bool {
        let create = matches!(self, Self::Refused(refusal)
            if refusal.call.method == Method::Post && !refusal.call.path.ends_with("/actions"));
        create
            && (self.is_refused_with(409)
                || self.is_refused_with(422)
                    && ["already exist", "already in use", "already been taken", "overlap"]
                        .iter()
                        .any(|words| self.says(words)))
    }

    /// The same trouble with a call that does no harm when it is repeated: no answer is lost there,
    /// it is only missing.
    pub fn of_repeatable(self) -> Self {
        match self {
            Self::Ambiguous { source, .. } => *source,
            Self::Unauthorized(_)
            | Self::Forbidden(_)
            | Self::Refused(_)
            | Self::Failing { .. }
            | Self::Throttled { .. }
            | Self::Unreachable { .. }
            | Self::NotDigitalOcean { .. }
            | Self::TooLarge { .. }
            | Self::Inconsistent { .. } => self,
        }
    }

    /// The same error without any link: DigitalOcean repeats what it was sent, and the address of a
    /// hook is a secret.
    pub fn without_links(self) -> Self {
        let clean = |refusal: Box<Refusal>| Box::new(refusal.without_links());
        match self {
            Self::Unauthorized(refusal) => Self::Unauthorized(clean(refusal)),
            Self::Forbidden(refusal) => Self::Forbidden(clean(refusal)),
            Self::Refused(refusal) => Self::Refused(clean(refusal)),
            Self::Failing { refusal, tried_for } => {
                Self::Failing { refusal: clean(refusal), tried_for }
            }
            Self::Throttled { refusal, tried_for, wait } => {
                Self::Throttled { refusal: clean(refusal), tried_for, wait }
            }
            Self::Ambiguous { call, source } => {
                Self::Ambiguous { call, source: Box::new(source.without_links()) }
            }
            other @ (Self::Unreachable { .. }
            | Self::NotDigitalOcean { .. }
            | Self::TooLarge { .. }
            | Self::Inconsistent { .. }) => other,
        }
    }

    fn is_refused_with(&self, status: u16) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == status)
    }

    fn says(&self, words: &str) -> bool {
        self.refusal().is_some_and(|refusal| refusal.message.to_ascii_lowercase().contains(words))
    }
}

/// A call that DigitalOcean answered with an error of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What was tried.
    pub call: Call,
    /// The HTTP status.
    pub status: u16,
    /// DigitalOcean's word for the kind of error: `unprocessable_entity`; empty when it gave none.
    pub id: String,
    /// DigitalOcean's sentence.
    pub message: String,
    /// The id under which DigitalOcean's support finds the call.
    pub request_id: Option<String>,
}

impl Refusal {
    /// The message with every link left out, whole or cut.
    fn without_links(mut self) -> Self {
        let words = self.message.split(' ');
        let words = words.map(|word| if word.contains("http") { "[REDACTED]" } else { word });
        self.message = words.collect::<Vec<_>>().join(" ");
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        for words in [&self.id, &self.message] {
            if !words.is_empty() {
                write!(f, " {words}")?;
            }
        }
        match &self.request_id {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}

impl Error for Refusal {}
