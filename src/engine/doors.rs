//! The way to the stack's machines for whoever makes them serve.

use std::net::SocketAddr;

use crate::{
    provision::{Machine, Reach},
    ssh::{Deadlines, Login, Session, SshError, Target, connect},
};

/// Where SSH answers.
const PORT: u16 = 22;

/// Connects to machines whose host keys somebody vouches for: a tag, the stack file, a person.
pub struct Doors {
    /// How we prove who we are.
    pub login: Login,
}

impl Reach for Doors {
    type Machine = Session;

    async fn reach(&self, machine: &Machine) -> Result<Session, SshError> {
        let target = Target {
            // A machine without an address is not knocked at.
            address: SocketAddr::new(machine.public_ip.unwrap_or([0; 4].into()), PORT),
            user: machine.user.clone(),
            host_keys: machine.host_keys.clone(),
            login: self.login.clone(),
        };
        connect(&target, Deadlines::default()).await
    }
}
