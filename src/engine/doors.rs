//! The way to the stack's machines for whoever makes them serve.

use crate::{
    provision::{Machine, Reach},
    ssh::{Deadlines, Login, Session, SshError, Target, connect},
};

/// Connects to machines whose host keys somebody vouches for: a tag, the stack file, a person.
pub struct Doors {
    /// How we prove who we are.
    pub login: Login,
}

impl Reach for Doors {
    type Machine = Session;

    async fn reach(&self, machine: &Machine) -> Result<Session, SshError> {
        // A machine without an address is not knocked at.
        let ip = machine.public_ip.unwrap_or([0; 4].into());
        let target = Target::at(ip, (&machine.user, &machine.host_keys), &self.login);
        connect(&target, Deadlines::default()).await
    }
}
