//! Why there is no value; none of these texts holds one.

use std::{collections::BTreeSet, io, path::PathBuf};

use thiserror::Error;

use crate::values::SecretName;

/// Why the values of secrets cannot be read or written.
#[derive(Debug, Error)]
pub enum SecretsError {
    /// Nobody has given these.
    #[error("no value for the secrets `{}`", joined(.0))]
    Missing(BTreeSet<SecretName>),
    /// Others than its owner may look into a file.
    #[error("`{}` can be read by others: its mode is {mode:04o}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("`{}`, line {line}: {what}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The program that should tell a value did not.
    #[error("the program `{program}`, which tells `{name}`, {why}")]
    Program {
        /// The secret.
        name: SecretName,
        /// The program.
        program: String,
        /// What it did instead.
        why: String,
    },
    /// There is no key to open encrypted values with.
    #[error("there is no age key at `{}`", .0.display())]
    NoKey(PathBuf),
    /// The key is not among those a value was encrypted for.
    #[error("the age key {key} does not open `{name}`")]
    Foreign {
        /// The secret.
        name: SecretName,
        /// The public half of the key there is.
        key: String,
    },
    /// An encrypted value is damaged.
    #[error("the encrypted value of `{0}` is damaged")]
    Damaged(SecretName),
    /// A value cannot be encrypted.
    #[error("cannot encrypt the value of `{name}`")]
    Seal {
        /// The secret.
        name: SecretName,
        /// Why.
        source: io::Error,
    },
    /// There is no file of encrypted values.
    #[error("there is no file of secrets `{}`", .0.display())]
    NoVault(PathBuf),
    /// The file of encrypted values has none for a name.
    #[error("`{name}` has no value in `{}`", path.display())]
    NotKept {
        /// The secret.
        name: SecretName,
        /// The file.
        path: PathBuf,
    },
    /// Nobody is called so under `recipients`.
    #[error("there is nobody called `{0}` under `recipients`")]
    Nobody(String),
    /// Whoever encrypts anew could not read what comes of it.
    #[error("you would lock yourself out: none of your age keys is left under `recipients`")]
    LockedOut,
    /// Nobody is left who could open a value.
    #[error("there is nobody under `recipients` who could open a value")]
    NobodyReads,
    /// A text is no age recipient.
    #[error("this is no age recipient; one reads `age1` and 58 letters and digits")]
    NoRecipient,
    /// What was given is no value.
    #[error("the value {0}")]
    Value(&'static str),
    /// Another program writes the same file.
    #[error("another dostack is writing `{}`", .0.display())]
    Busy(PathBuf),
}

fn joined(names: &BTreeSet<SecretName>) -> String {
    names.iter().map(SecretName::as_str).collect::<Vec<_>>().join("`, `")
}
