//! From an address to a connection: who answers, whether it is the machine, and who we are.
//!
//! libssh2 does these steps on a thread of its own, for an agent may ask a person first; a step that
//! takes too long is ended by cutting the socket.

use std::{io, net::SocketAddr, time::Duration};

use ssh2::MethodType;
use tokio::{task::spawn_blocking, time::timeout};

use crate::{
    ssh::{Deadlines, Session, SshError, Target, line::Line, login},
    values::ShownKey,
};

/// What is agreed on with a machine, best first. The host key of the sort that our machines have
/// comes first, because only one of a machine's keys is shown; SHA-1, CBC and short MACs are out.
const METHODS: [(MethodType, &str); 6] = [
    (
        MethodType::HostKey,
        "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,\
         rsa-sha2-256",
    ),
    (
        MethodType::Kex,
        "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,\
         ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group-exchange-sha256",
    ),
    (MethodType::CryptCs, CIPHERS),
    (MethodType::CryptSc, CIPHERS),
    (MethodType::MacCs, MACS),
    (MethodType::MacSc, MACS),
];

/// Those that a processor does by itself come first.
const CIPHERS: &str = "aes256-gcm@openssh.com,aes128-gcm@openssh.com,\
                       chacha20-poly1305@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr";

const MACS: &str = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,\
                    hmac-sha2-512";

/// Connects to a machine and logs in.
///
/// Who answers with a host key that is not among the machine's is sent nothing.
pub async fn connect(target: &Target, deadlines: Deadlines) -> Result<Session, SshError> {
    let Greeted { ssh, line, key: _ } = Greeted::by(target, deadlines).await?;
    let (logging_in, whom) = (ssh.clone(), target.clone());
    let done = aside(deadlines.handshake, move || login::login(&logging_in, &whom)).await;
    match done {
        Some(done) => done?,
        None => return Err(late(target.address)),
    }
    ssh.set_blocking(false);
    Ok(Session::new(target, ssh, line).idle(deadlines.idle))
}

/// Makes sure that it is the machine that answers, by its host key, and sends it nothing else.
pub async fn greet(target: &Target, deadlines: Deadlines) -> Result<ShownKey, SshError> {
    Ok(Greeted::by(target, deadlines).await?.key)
}

/// Asks who answers at an address for its host key, and sends nothing else: for a machine of which
/// no key is known yet, whose key a person has to confirm.
pub async fn host_key(address: SocketAddr, deadlines: Deadlines) -> Result<ShownKey, SshError> {
    Ok(Greeted::at(address, deadlines).await?.key)
}

/// A connection on which nobody has said who they are.
struct Greeted {
    /// Before libssh2's session, so that the socket is cut before that is taken apart.
    line: Line,
    ssh: ssh2::Session,
    key: ShownKey,
}

impl Greeted {
    async fn at(address: SocketAddr, deadlines: Deadlines) -> Result<Self, SshError> {
        let (line, socket) = Line::connect(address, deadlines.connect).await?;
        let within = milliseconds(deadlines.handshake);
        let Some(greeted) = aside(deadlines.handshake, move || agree(socket, within)).await else {
            return Err(late(address));
        };
        let (ssh, key) = greeted.map_err(|source| SshError::Greeting { address, source })?;
        Ok(Self { line, ssh, key })
    }

    /// A connection that only the machine itself can have answered.
    async fn by(target: &Target, deadlines: Deadlines) -> Result<Self, SshError> {
        let greeted = Self::at(target.address, deadlines).await?;
        if target.host_keys.contains(greeted.key.digest()) {
            Ok(greeted)
        } else {
            Err(greeted.stranger(target))
        }
    }

    fn stranger(&self, target: &Target) -> SshError {
        let known: Vec<String> = target.host_keys.iter().map(ToString::to_string).collect();
        SshError::HostKey {
            address: target.address,
            presented: format!("{} ({})", self.key.digest(), self.key.fingerprint()),
            known: match known.as_slice() {
                [] => "none of the machine is known".to_owned(),
                known => format!("the machine's is {}", known.join(" or ")),
            },
        }
    }
}

/// Agrees on a connection; blocks.
fn agree(socket: std::net::TcpStream, within: u32) -> io::Result<(ssh2::Session, ShownKey)> {
    let mut ssh = ssh2::Session::new()?;
    ssh.set_timeout(within);
    for (method, names) in METHODS {
        ssh.method_pref(method, names)?;
    }
    ssh.set_tcp_stream(socket);
    ssh.handshake()?;
    let key = ssh.host_key().and_then(|(blob, _)| ShownKey::read(blob));
    let key = key.ok_or_else(|| io::Error::other("its host key is of a sort that is not known"))?;
    Ok((ssh, key))
}

/// Does on another thread what may block; none when that takes too long.
async fn aside<T: Send + 'static>(
    within: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let done = timeout(within, spawn_blocking(work)).await.ok()?;
    Some(done.expect("what is done aside does not panic"))
}

fn late(address: SocketAddr) -> SshError {
    let source = io::Error::new(io::ErrorKind::TimedOut, "it takes too long");
    SshError::Greeting { address, source }
}

fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}
