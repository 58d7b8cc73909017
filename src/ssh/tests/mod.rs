//! Connections to a real server: what arrives, what is refused, and what ends.

#[path = "../../../tests/it/support/sshd.rs"]
mod sshd;
#[path = "../../../tests/it/support/tool.rs"]
mod tool;

mod commands;
mod logins;

use std::{collections::BTreeSet, net::TcpListener, path::Path, process::Command, time::Duration};

use self::sshd::{Sshd, current_user};
use crate::{
    ssh::{Deadlines, Login, Session, SshError, Target, connect},
    values::HostDigest,
};

impl Sshd {
    /// Starts one on any free port.
    fn start() -> Option<Self> {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops every server where it is, as a machine does that has no memory left.
    fn freeze(&self) {
        for connection in self.connections.lock().unwrap().iter() {
            let id = connection.server.id();
            let all = Command::new("pgrep").args(["-P", &id.to_string()]).output().unwrap().stdout;
            let children = String::from_utf8(all).unwrap();
            for id in children.split_whitespace().chain([id.to_string().as_str()]) {
                assert!(Command::new("kill").args(["-s", "STOP", id]).status().unwrap().success());
            }
        }
    }
}

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
    HostDigest::of_line(line).unwrap()
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
