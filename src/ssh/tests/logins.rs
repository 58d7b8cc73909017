//! Who answers, and who may log in.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{Sshd, digest, refusal, target, told, tool::tool};
use crate::{
    ssh::{
        Command as Script, Deadlines, Login, Remote as _, SshError, Target, connect, greet,
        host_key,
    },
    values::{HostDigest, PublicKey},
};

#[tokio::test]
async fn another_host_key_than_the_machine_s_is_sent_nothing() {
    let Some(sshd) = Sshd::start() else { return };
    let own = digest(&sshd.host_key());
    let other = HostDigest::of(b"another machine");
    let wrong = Target { host_keys: BTreeSet::from([other.clone()]), ..target(&sshd) };
    let refused = refusal(&wrong).await;
    assert!(matches!(refused, SshError::HostKey { .. }), "{refused:?}");
    let text = told(&refused);
    let shown = host_key(sshd.address(), Deadlines::default()).await.unwrap();
    assert!(text.contains(&own.to_string()) && text.contains(&shown.fingerprint()), "{text}");
    assert!(text.contains(&other.to_string()) && text.contains("nothing was sent"), "{text}");

    let unknown = Target { host_keys: BTreeSet::new(), ..target(&sshd) };
    let refused = refusal(&unknown).await;
    assert!(told(&refused).contains("none of the machine is known"), "{refused}");
}

#[tokio::test]
async fn either_of_two_known_host_keys_will_do() {
    let Some(sshd) = Sshd::start() else { return };
    let mut target = target(&sshd);
    target.host_keys.insert(HostDigest::of(b"the one before"));
    let shown = greet(&target, Deadlines::default()).await.unwrap();
    assert_eq!(shown.line(), shortened(&sshd.host_key()));
    assert!(connect(&target, Deadlines::default()).await.is_ok());
}

#[tokio::test]
async fn a_key_that_the_machine_does_not_take_is_named() {
    let Some(sshd) = Sshd::start() else { return };
    let other = sshd.another_key("other", "");
    let login = Login { key_file: Some(other.clone()), ..Login::default() };
    let refused = refusal(&Target { login, ..target(&sshd) }).await;
    assert!(matches!(refused, SshError::Denied { .. }), "{refused:?}");
    assert!(refused.to_string().contains(other.to_str().unwrap()), "{refused}");
}

#[tokio::test]
async fn a_key_file_that_cannot_be_used_is_told_with_the_way_out() {
    let Some(sshd) = Sshd::start() else { return };
    let encrypted = sshd.another_key("encrypted", "canary");
    let broken = sshd.folder().join("config");
    let missing = sshd.folder().join("missing");
    for (path, why) in [
        (encrypted, "ssh-add"),
        (broken, "no private key"),
        (missing, "No such file"),
        (sshd.key_file().with_extension("pub"), "no private key"),
    ] {
        let login = Login { key_file: Some(path), ..Login::default() };
        let refused = refusal(&Target { login, ..target(&sshd) }).await;
        let text = told(&refused);
        assert!(matches!(refused, SshError::KeyFile { .. }), "{refused:?}");
        assert!(text.contains(why) && !text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn without_a_key_the_error_says_how_to_have_one() {
    let Some(sshd) = Sshd::start() else { return };
    let nowhere = sshd.folder().join("no-agent");
    for (login, why) in [
        (Login::default(), "no agent runs"),
        (Login { agent: Some(nowhere), ..Login::default() }, "no agent answers at"),
    ] {
        let refused = refusal(&Target { login, ..target(&sshd) }).await;
        let text = told(&refused);
        assert!(text.contains(why) && text.contains("ssh-agent"), "{text}");
    }
}

#[tokio::test]
async fn the_agent_lets_us_in_where_the_file_is_encrypted_and_among_many_keys() {
    let Some(sshd) = Sshd::start() else { return };
    let Some(agent) = Agent::start(sshd.folder()) else { return };
    let login = Login { agent: Some(agent.socket.clone()), ..Login::default() };
    let refused = refusal(&Target { login, ..target(&sshd) }).await;
    assert!(refused.to_string().contains("the agent holds none"), "{refused}");

    // More than a server lets somebody try; the one that it takes is the last.
    for number in 0..8 {
        agent.add(&sshd.another_key(&format!("other-{number}"), ""));
    }
    agent.add(&sshd.key_file());
    let known = vec![PublicKey::parse(&sshd.user_key()).unwrap()];
    let encrypted = Some(sshd.another_key("encrypted", "canary"));
    for key_file in [None, encrypted] {
        let login = Login { key_file, agent: Some(agent.socket.clone()), known: known.clone() };
        let target = Target { login, ..target(&sshd) };
        let session = connect(&target, Deadlines::default()).await.unwrap();
        let output = session.run(&Script::new("echo $SSH_AUTH_SOCK")).await.unwrap();
        assert_eq!(output.text(), "\n", "the agent is not handed on");
    }
}

#[tokio::test]
async fn nobody_and_somebody_else_at_the_address_are_told_apart() {
    let Some(sshd) = Sshd::start() else { return };
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = free.local_addr().unwrap();
    let short = Deadlines { handshake: Duration::from_millis(200), ..Deadlines::default() };
    let refused = connect(&Target { address: silent, ..target(&sshd) }, short).await;
    let refused = refused.err().unwrap();
    assert!(matches!(refused, SshError::Greeting { .. }) && refused.may_pass(), "{refused:?}");
    drop(free);
    let refused = refusal(&Target { address: silent, ..target(&sshd) }).await;
    assert!(matches!(refused, SshError::Unreachable { .. }) && refused.may_pass(), "{refused:?}");
}

/// A line without its comment.
fn shortened(line: &str) -> String {
    line.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// An agent that runs for one test.
struct Agent {
    process: Child,
    socket: PathBuf,
}

impl Agent {
    fn start(folder: &Path) -> Option<Self> {
        let socket = folder.join("agent");
        let mut process = tool("ssh-agent")?
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // It tells where it is as soon as it listens there.
        let mut line = String::new();
        let said = process.stdout.take().unwrap();
        BufReader::new(said).read_line(&mut line).unwrap();
        Some(Self { process, socket })
    }

    fn add(&self, key: &Path) {
        let mut add = Command::new("ssh-add");
        let added = add.arg("-q").arg(key).env("SSH_AUTH_SOCK", &self.socket).status().unwrap();
        assert!(added.success());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
