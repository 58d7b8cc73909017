//! How a command ends: the documented exit codes.

use std::process::ExitCode;

/// An exit code and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// A bug of ours.
    Bug,
    /// Changes are pending: `preview --detailed-exitcode`, as Terraform's.
    Pending,
    /// Bad input or usage; nothing was sent.
    Input,
    /// The token, or what it may do.
    Token,
    /// DigitalOcean refused for good.
    Refused,
    /// DigitalOcean is unreachable or throttles; safe to run again.
    Unreachable,
    /// Partly done; safe to run again.
    Partly,
    /// Ambiguous or double; needs a person.
    Ambiguous,
    /// Another run holds the lock.
    Locked,
    /// The journal cannot be read or written; nothing was sent.
    Journal,
    /// A machine, a service or a probe does not serve.
    NotServing,
    /// Refused by a rule that protects data or money.
    Unsafe,
    /// Stopped by Ctrl-C.
    Interrupted,
    /// Stopped by a request to end.
    Terminated,
    /// A command that ran on a machine ended so, which says nothing of ours.
    Theirs(u8),
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Bug => 1,
            Self::Pending => 2,
            Self::Input => 3,
            Self::Token => 4,
            Self::Refused => 5,
            Self::Unreachable => 6,
            Self::Partly => 7,
            Self::Ambiguous => 8,
            Self::Locked => 9,
            Self::Journal => 10,
            Self::NotServing => 11,
            Self::Unsafe => 12,
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::Theirs(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
