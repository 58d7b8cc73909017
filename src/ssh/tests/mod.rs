//! Connections to a real server: what arrives, what is refused, and what ends.

#[path = "../../../tests/it/support/sshd.rs"]
mod sshd;
#[path = "../../../tests/it/support/tool.rs"]
mod tool;

mod commands;
mod logins;

use std::{collections::BTreeSet, time::Duration};

use self::sshd::{Sshd, current_user};
use crate::{
    ssh::{Deadlines, Login, Session, SshError, Target, connect},
    values::{HostDigest, PublicKey},
};

/// How the server is reached when all is well.
fn target(sshd: &Sshd) -> Target {
    Target {
        address: sshd.address(),
        user: current_user(),
        host_keys: BTreeSet::from([digest(&sshd.host_key())]),
        login: Login { key_file: Some(sshd.key_file()), ..Login::default() },
    }
}

fn digest(line: &str) -> HostDigest {
    HostDigest::of(&PublicKey::parse(line).unwrap().blob())
}

async fn session(sshd: &Sshd) -> Session {
    connect(&target(sshd), Deadlines::default()).await.unwrap()
}

async fn refusal(target: &Target) -> SshError {
    let deadlines = Deadlines { handshake: Duration::from_secs(10), ..Deadlines::default() };
    connect(target, deadlines).await.err().expect("the connection is refused")
}

/// An error with its cause, as a person reads it.
fn told(error: &SshError) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    format!("{error}{} ({})", cause.unwrap_or_default(), error.help())
}
