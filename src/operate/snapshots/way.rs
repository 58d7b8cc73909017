//! The way to the machine that has a volume.

use crate::{
    config::Stack,
    engine::{Site, machines},
    ssh::{Login, Remote, Session},
    values::in_full,
};

/// Makes connections to droplets.
pub trait Way: Sync {
    /// What commands run on.
    type Machine: Remote;

    /// Connects to a droplet of the stack's, or says why that cannot be.
    fn to(&self, droplet: u64) -> impl Future<Output = Result<Self::Machine, String>> + Send;
}

/// By the addresses and the host keys that the account knows.
pub struct Account<'a> {
    /// The account.
    pub site: &'a Site,
    /// Whose machines they are.
    pub stack: &'a Stack,
    /// How we prove who we are.
    pub login: Login,
}

impl Way for Account<'_> {
    type Machine = Session;

    async fn to(&self, droplet: u64) -> Result<Session, String> {
        let machines = machines(self.site, self.stack).await.map_err(|error| in_full(&error))?;
        let machine = machines.into_iter().find(|machine| machine.droplet.id == droplet);
        let machine = machine.ok_or_else(|| format!("droplet {droplet} is not the stack's"))?;
        Box::pin(machine.connect(self.stack, &self.login)).await.map_err(|error| in_full(&error))
    }
}

/// To no machine at all, and why.
pub struct Nowhere(pub &'static str);

impl Way for Nowhere {
    type Machine = Session;

    async fn to(&self, _droplet: u64) -> Result<Session, String> {
        Err(self.0.to_owned())
    }
}
