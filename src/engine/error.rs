//! Why a look or a run cannot begin.

use thiserror::Error;

use crate::{
    components::ExpandError, digitalocean::ApiError, journal::JournalError, lock::LockError,
    plan::Flaw, render::RenderError,
};

/// Why a look or a run cannot begin.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The stack cannot be expanded.
    #[error("the stack cannot be expanded")]
    Stack(Vec<ExpandError>),
    /// The account cannot be read.
    #[error("cannot read the account; nothing was changed")]
    Account(#[from] ApiError),
    /// The journal cannot be opened or written.
    #[error("the journal cannot be used; nothing was sent")]
    Journal(#[from] JournalError),
    /// The lock cannot be taken or given back.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// What belongs on the machines cannot be rendered.
    #[error("cannot render what belongs on the machines")]
    Software(#[source] RenderError),
    /// The plan breaks a rule that every plan keeps.
    #[error("the plan breaks its own rules, which is a bug of dostack's; nothing was sent")]
    Flawed(Vec<Flaw>),
}
