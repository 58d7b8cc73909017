//! The values of secrets, from wherever a person keeps them.
//!
//! A stack file lists names. Each value comes from the first of these that has it: the environment,
//! `.env.<stack>`, the program that the stack file names for it, the file of encrypted values beside
//! the stack file. What belongs to this one run comes before what everybody shares, so that a
//! pipeline or a person may put another value in the place of a shared one without touching it.

mod dotenv;
mod error;
mod file;
mod keys;
mod lock;
mod origin;
mod program;
mod sealed;
mod sources;
mod store;
mod value;
mod vault;

pub use self::{
    error::SecretsError,
    keys::{KeyFile, Keys, Made},
    origin::Origin,
    program::without_ours,
    sealed::Recipient,
    sources::Sources,
    store::Store,
    value::{LONGEST, of_bytes},
    vault::Vault,
};

#[cfg(test)]
mod tests;
