//! What a journal holds.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::values::{Address, StackName};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1 without a gap.
    pub seq: u64,
    /// The run that wrote it.
    pub run: Uuid,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub record: Record,
}

/// What a line says; never a secret and never what a machine boots with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Record {
    /// The first line of every journal.
    Header {
        /// Whose journal it is.
        stack: StackName,
        /// The version of its form.
        version: u32,
    },
    /// A run begins.
    RunStarted {
        /// The command, as `up`.
        command: String,
        /// The version of dostack.
        version: String,
        /// Who runs it: host, user, process.
        holder: String,
    },
    /// The account's lock was taken.
    LockTaken {
        /// The id of the firewall that is the lock.
        id: String,
        /// Who holds it, in full.
        holder: String,
    },
    /// Readings decided about a component.
    Decided {
        /// The component's address.
        address: Address,
        /// What, and by which reading.
        said: String,
    },
    /// A call that changes something is about to be sent.
    Intent {
        /// What is changed.
        address: Address,
        /// Its kind.
        kind: String,
        /// What it is called at DigitalOcean.
        name: String,
        /// What is done to it.
        action: String,
        /// A short hash of what is sent, where that matters.
        body: Option<String>,
    },
    /// What was asked for is known to exist.
    Acknowledged {
        /// What it is.
        address: Address,
        /// Its id at DigitalOcean.
        id: String,
        /// How it became known.
        via: Via,
    },
    /// An answer was lost: what was asked for may or may not exist.
    Ambiguous {
        /// What it is.
        address: Address,
    },
    /// A droplet is about to be switched off and must be on again.
    DebtOpened {
        /// The droplet's address.
        address: Address,
        /// The droplet's id.
        droplet: u64,
        /// The tag that says the same at DigitalOcean.
        tag: String,
    },
    /// The droplet is on again.
    DebtClosed {
        /// The droplet's address.
        address: Address,
        /// The droplet's id.
        droplet: u64,
        /// The tag, which is gone.
        tag: String,
    },
    /// A step is done.
    StepDone {
        /// Which.
        address: Address,
    },
    /// A step failed.
    StepFailed {
        /// Which.
        address: Address,
        /// Why, in words.
        error: String,
    },
    /// A run has ended by itself.
    RunEnded {
        /// How, in a word or two.
        outcome: String,
    },
}

/// How something became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// DigitalOcean answered the call that made it.
    Answer,
    /// It was looked up.
    Lookup,
}
