//! The way to the stack's machines for whoever makes them serve.

use std::time::Duration;

use crate::{
    provision::{Machine, Reach},
    ssh::{Deadlines, Login, Session, SshError, Target, connect},
};

/// How long one attempt to be heard may take. What is asked again and again is heard sooner than a
/// single attempt that waits: the system repeats that after one second, three and seven (RFC 6298).
const KNOCK: Duration = Duration::from_secs(2);

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
        connect(&target, Deadlines { connect: KNOCK, ..Deadlines::default() }).await
    }
}
