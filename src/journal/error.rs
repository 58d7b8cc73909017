//! Why a journal cannot be used; nothing has been sent then.

use std::{io, path::PathBuf, sync::Arc};

use thiserror::Error;

use crate::values::StackName;

/// Why a journal cannot be read or written.
#[derive(Clone, Debug, Error)]
pub enum JournalError {
    /// Another process on this machine writes to it.
    #[error("another run is writing to {}: {holder}", path.display())]
    Held {
        /// The journal.
        path: PathBuf,
        /// The other run.
        holder: String,
    },
    /// A symbolic link, a folder or a device stands where a file or folder of ours should.
    #[error("{} is not {expected} of its own", path.display())]
    WrongKind {
        /// The place.
        path: PathBuf,
        /// What it should be: `a file`, `a folder`.
        expected: &'static str,
    },
    /// The system refused.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// A line is not what was written.
    #[error("{} is damaged at line {line} (byte {offset}): {why}", path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// Where the line begins, in bytes.
        offset: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The journal belongs to another stack.
    #[error("{} is the journal of the stack `{found}`, not of `{wanted}`", path.display())]
    OtherStack {
        /// The journal.
        path: PathBuf,
        /// Whose it is.
        found: StackName,
        /// Whose it should be.
        wanted: StackName,
    },
    /// A later dostack wrote the journal.
    #[error("{} was written by a later version of dostack (form {version})", path.display())]
    Newer {
        /// The journal.
        path: PathBuf,
        /// The version of its form.
        version: u32,
    },
    /// An earlier write failed, and what is on disk is not known.
    #[error("nothing more is written to {}, because an earlier write failed", path.display())]
    Closed {
        /// The journal.
        path: PathBuf,
    },
}
