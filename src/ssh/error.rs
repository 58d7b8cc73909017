//! Why a machine cannot be worked on.

use std::{io, net::SocketAddr, path::PathBuf, time::Duration};

use thiserror::Error;

/// Why a machine cannot be worked on; nothing a command reads is ever part of it.
#[derive(Debug, Error)]
pub enum SshError {
    /// Nobody answers at the address.
    #[error("cannot connect to {address}")]
    Unreachable {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Whoever answers does not speak SSH as we do, or not any more.
    #[error("cannot agree with {address} on an SSH connection")]
    Greeting {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Whoever answers has another host key than the machine.
    #[error("{address} answers with the host key {presented}, and {known}; nothing was sent to it")]
    HostKey {
        /// Where.
        address: SocketAddr,
        /// The key it answered with, by both of its fingerprints.
        presented: String,
        /// What is known of the machine's key.
        known: String,
    },
    /// The file with our key cannot be used.
    #[error("cannot use the key file `{}`: {why}", path.display())]
    KeyFile {
        /// Which.
        path: PathBuf,
        /// Why, without anything of the file.
        why: String,
        /// What to do about it.
        help: String,
    },
    /// There is neither a key file nor an agent with a key.
    #[error("there is no key to log in to {address} with: {why}")]
    NoKey {
        /// Where.
        address: SocketAddr,
        /// Where was looked for one.
        why: String,
    },
    /// The machine takes none of our keys.
    #[error("{address} lets nobody in as `{user}` with {offered}")]
    Denied {
        /// Where.
        address: SocketAddr,
        /// As whom.
        user: String,
        /// The keys it was offered.
        offered: String,
    },
    /// The user that logs in cannot become root.
    #[error("`{user}` cannot become root on {address}: {said}")]
    NotRoot {
        /// Where.
        address: SocketAddr,
        /// Who.
        user: String,
        /// What the machine said.
        said: String,
    },
    /// A script that is too long for one message.
    #[error("the script has {bytes} bytes, which is more than a connection takes")]
    TooLong {
        /// How long.
        bytes: usize,
    },
    /// The connection broke.
    #[error("the connection to {address} broke")]
    Lost {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Nothing was heard of the machine for too long.
    #[error("nothing was heard of {address} for {} s", after.as_secs())]
    Silent {
        /// Where.
        address: SocketAddr,
        /// How long.
        after: Duration,
    },
    /// A command did not end in time, and was ended.
    #[error("what runs on {address} did not end within {} s, and was ended", after.as_secs())]
    Overdue {
        /// Where.
        address: SocketAddr,
        /// How long it had.
        after: Duration,
    },
}

impl SshError {
    /// Whether it may pass by itself, as while a machine starts.
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Greeting { .. }
            | Self::Lost { .. }
            | Self::Silent { .. } => true,
            Self::HostKey { .. }
            | Self::KeyFile { .. }
            | Self::NoKey { .. }
            | Self::Denied { .. }
            | Self::NotRoot { .. }
            | Self::TooLong { .. }
            | Self::Overdue { .. } => false,
        }
    }

    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::Unreachable { .. } | Self::Silent { .. } => {
                "check that the machine runs, and that `ssh.allow_from` in the stack file has your \
                 own address"
            }
            Self::Greeting { .. } | Self::Lost { .. } => {
                "run the same command again; a machine that has just started may need a minute"
            }
            Self::HostKey { .. } => {
                "find out who answers there before anything else; if somebody made the machine's \
                 host key anew, compare the fingerprint on its console (`ssh-keygen -l -f \
                 /etc/ssh/ssh_host_ed25519_key.pub`)"
            }
            Self::KeyFile { help, .. } => help,
            Self::NoKey { .. } => {
                "name the file with `ssh.private_key` in the stack file, or start an agent and add \
                 the key to it: `eval \"$(ssh-agent)\" && ssh-add`"
            }
            Self::Denied { .. } => {
                "log in with the private half of one of `ssh.public_keys` in the stack file, and as \
                 its `ssh.user`"
            }
            Self::NotRoot { .. } => {
                "let the user run `sudo` without a password, or log in as `root` (`ssh.user`)"
            }
            Self::TooLong { .. } => "this is a bug of dostack's",
            Self::Overdue { .. } => "run the same command again, or look at what keeps it",
        }
        .to_owned()
    }
}
