//! Which machine, who we are there, and how long anything may take.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use crate::values::{HostDigest, PublicKey};

/// Where SSH answers.
const PORT: u16 = 22;

/// A machine to connect to.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it answers.
    pub address: SocketAddr,
    /// The account on it.
    pub user: String,
    /// The host keys it may answer with; with none, nothing is sent to it.
    pub host_keys: BTreeSet<HostDigest>,
    /// How we prove who we are.
    pub login: Login,
}

impl Target {
    /// The machine at an address, for this account on it.
    pub fn at(ip: IpAddr, (user, host_keys): (&str, &BTreeSet<HostDigest>), login: &Login) -> Self {
        let (user, host_keys) = (user.to_owned(), host_keys.clone());
        Self { address: door(ip), user, host_keys, login: login.clone() }
    }
}

/// Where SSH answers at an address.
pub const fn door(ip: IpAddr) -> SocketAddr {
    SocketAddr::new(ip, PORT)
}

/// How we prove who we are: with the key file, then with what the agent holds.
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// The file with the private key.
    pub key_file: Option<PathBuf>,
    /// The agent's socket.
    pub agent: Option<PathBuf>,
    /// The keys that machines let in; of the agent's keys they are tried first.
    pub known: Vec<PublicKey>,
}

/// How long anything may take but the commands themselves.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Until somebody answers at the address.
    pub connect: Duration,
    /// Until both sides agree on a connection, and again until the machine lets us in.
    pub handshake: Duration,
    /// Without a sign of life from the machine, which is asked for one four times as often.
    pub idle: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            handshake: Duration::from_secs(20),
            idle: Duration::from_mins(1),
        }
    }
}
