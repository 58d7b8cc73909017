//! Commands and files for machines, over SSH.
//!
//! Whoever has work for a machine writes against [`Remote`]; [`connect()`] gives one that is real. A
//! connection is strict: the machine's host key has to match a digest that is known from elsewhere,
//! and we prove who we are with a key, never with a password. Secrets travel as a command's input,
//! the only part of a command that nobody on the machine can look up.

mod connect;
mod error;
mod line;
mod login;
mod plain;
mod pump;
mod remote;
mod session;
mod target;
mod upload;

pub use self::{
    connect::{connect, greet, host_key},
    error::SshError,
    plain::{Plain, plain},
    remote::{Chunk, Command, LIMIT, Output, Remote, Stdin},
    session::Session,
    target::{Deadlines, Login, Target, door},
    upload::{Upload, upload},
};

#[cfg(test)]
mod tests;
