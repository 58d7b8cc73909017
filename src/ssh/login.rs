//! Who we are: the key file, then what the agent holds. Never a password.

use std::{fs, path::Path};

use secrecy::zeroize::Zeroizing;
use ssh_key::PrivateKey;
use ssh2::ErrorCode;

use crate::{
    ssh::{SshError, Target},
    values::PublicKey,
};

/// How many of the agent's keys are tried: OpenSSH's server hangs up after six (`MaxAuthTries`).
const TRIES: usize = 5;

/// What libssh2 says when a machine does not take a key (libssh2.h: `LIBSSH2_ERROR_…`
/// `AUTHENTICATION_FAILED`, `PUBLICKEY_UNVERIFIED`).
const NOT_TAKEN: [ErrorCode; 2] = [ErrorCode::Session(-18), ErrorCode::Session(-19)];

/// What libssh2 says when the connection broke (`SOCKET_SEND`, `TIMEOUT`, `SOCKET_DISCONNECT`,
/// `SOCKET_TIMEOUT`, `SOCKET_RECV`).
const BROKEN: [ErrorCode; 5] = [
    ErrorCode::Session(-7),
    ErrorCode::Session(-9),
    ErrorCode::Session(-13),
    ErrorCode::Session(-30),
    ErrorCode::Session(-43),
];

/// Logs in; blocks.
pub fn login(ssh: &ssh2::Session, target: &Target) -> Result<(), SshError> {
    let attempt = Attempt { ssh, target };
    let mut offered = Vec::new();
    let with_file = match &target.login.key_file {
        Some(path) => attempt.with_file(path, &mut offered),
        None => Ok(false),
    };
    if matches!(with_file, Ok(true)) {
        return Ok(());
    }
    let with_agent = match &target.login.agent {
        Some(socket) => attempt.with_agent(socket, &mut offered),
        None => Err("no agent runs".to_owned()),
    };
    match (with_agent, with_file) {
        (Ok(true), _) => Ok(()),
        (_, Err(error)) => Err(error),
        (_, _) if !offered.is_empty() => Err(SshError::Denied {
            address: target.address,
            user: target.user.clone(),
            offered: offered.join(", "),
        }),
        (Err(why), _) => Err(attempt.no_key(&why)),
        (Ok(false), _) => Err(attempt.no_key("the agent holds none")),
    }
}

/// An attempt to log in.
struct Attempt<'a> {
    ssh: &'a ssh2::Session,
    target: &'a Target,
}

impl Attempt<'_> {
    /// Whether the key in a file is taken.
    fn with_file(&self, path: &Path, offered: &mut Vec<String>) -> Result<bool, SshError> {
        let text = read(path)?;
        offered.push(format!("the key of `{}`", path.display()));
        match self.ssh.userauth_pubkey_memory(&self.target.user, None, &text, None) {
            Ok(()) => Ok(true),
            Err(error) if NOT_TAKEN.contains(&error.code()) => Ok(false),
            Err(error) if BROKEN.contains(&error.code()) => {
                Err(SshError::Greeting { address: self.target.address, source: error.into() })
            }
            Err(_) => Err(unusable(
                path,
                "it is no private key that can be read",
                "name the file of the private key, as `ssh-keygen -t ed25519` makes it",
            )),
        }
    }

    /// Whether one of the agent's keys is taken; why there is none to offer.
    fn with_agent(&self, socket: &Path, offered: &mut Vec<String>) -> Result<bool, String> {
        let said = |error: ssh2::Error| format!("the agent: {}", error.message());
        let mut agent = self.ssh.agent().map_err(said)?;
        agent.set_identity_path(socket).map_err(said)?;
        agent.connect().map_err(|_| format!("no agent answers at `{}`", socket.display()))?;
        agent.list_identities().map_err(said)?;
        let mut keys = agent.identities().map_err(said)?;
        let known: Vec<Vec<u8>> = self.target.login.known.iter().map(PublicKey::blob).collect();
        // In the order in which the agent has them, those that should be taken first.
        keys.sort_by_key(|key| !known.iter().any(|blob| blob == key.blob()));
        for key in keys.iter().take(TRIES) {
            offered.push(format!("the agent's key `{}`", key.comment()));
            match agent.userauth(&self.target.user, key) {
                Ok(()) => return Ok(true),
                // A machine that hangs up has had enough of our keys.
                Err(error) if BROKEN.contains(&error.code()) => break,
                Err(_) => {}
            }
        }
        Ok(false)
    }

    fn no_key(&self, why: &str) -> SshError {
        let named = self.target.login.key_file.is_some();
        let why = if named { why.to_owned() } else { format!("no file is named, and {why}") };
        SshError::NoKey { address: self.target.address, why }
    }
}

/// The text of a private key that is not encrypted.
fn read(path: &Path) -> Result<Zeroizing<String>, SshError> {
    let named = "name another with `ssh.private_key` in the stack file, or leave it out to use the \
                 agent";
    let text = fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| unusable(path, &error.to_string(), named))?;
    if is_encrypted(&text) {
        let add = format!("let the agent hold it: `ssh-add {}`", path.display());
        return Err(unusable(path, "it is encrypted, and the agent does not hold it", &add));
    }
    Ok(text)
}

/// Whether a passphrase is needed to read a key, in OpenSSH's form or in the two older ones.
fn is_encrypted(text: &str) -> bool {
    PrivateKey::from_openssh(text).is_ok_and(|key| key.is_encrypted())
        || text.contains("BEGIN ENCRYPTED PRIVATE KEY")
        || text.contains("Proc-Type: 4,ENCRYPTED")
}

fn unusable(path: &Path, why: &str, help: &str) -> SshError {
    SshError::KeyFile { path: path.to_owned(), why: why.to_owned(), help: help.to_owned() }
}
