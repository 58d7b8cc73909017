//! A run that may change the account: journal, lock, look, apply.

use std::time::Duration;

use crate::{
    config::Stack,
    engine::{EngineError, Look, Site, look},
    journal::{Journal, Record},
    lock::{Held, LockError, Taking, acquire},
    plan::Asked,
};

/// How often two runs that took the lock at one moment try again.
const TRIES: u32 = 3;

/// A run that holds the stack's lock.
pub struct Run {
    /// Its journal.
    pub journal: Journal,
    /// What opening the journal found: a line torn by a crash.
    pub warnings: Vec<String>,
    /// The lock.
    pub lock: Held,
    /// What is to be done.
    pub look: Look,
}

impl Run {
    /// Opens the journal, takes the lock and looks at the account, in this order.
    pub async fn begin(
        site: &Site,
        stack: &Stack,
        asked: &Asked,
        command: &str,
    ) -> Result<Self, EngineError> {
        let folder = site.folder.join(stack.name.as_str());
        let (journal, opened) = Journal::open(&folder, &stack.name, site.run, site.clock.clone())?;
        journal
            .append(Record::RunStarted {
                command: command.to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                holder: site.holder.to_string(),
            })
            .await?;
        let (lock, look) = locked_look(site, stack, asked).await?;
        let (id, holder) = (lock.id().to_owned(), site.holder.to_string());
        journal.append(Record::LockTaken { id, holder }).await?;
        Ok(Self { journal, warnings: opened.warnings, lock, look })
    }

    /// Says how the run ended and gives the lock back.
    pub async fn end(self, outcome: &str) -> Result<(), EngineError> {
        self.journal.append(Record::RunEnded { outcome: outcome.to_owned() }).await?;
        Ok(self.lock.release().await?)
    }
}

/// Takes the lock, looks, and makes sure from the look that nobody else took it at that moment.
async fn locked_look(
    site: &Site,
    stack: &Stack,
    asked: &Asked,
) -> Result<(Held, Look), EngineError> {
    let taking = Taking {
        client: &site.client,
        stack: &stack.name,
        holder: &site.holder,
        clock: site.clock.clone(),
        is_alive: &*site.is_alive,
    };
    let mut tries = 0;
    loop {
        tries += 1;
        let lock = acquire(&taking).await?;
        let look = match look(site, stack, asked).await {
            Ok(look) => look,
            Err(error) => {
                lock.release().await?;
                return Err(error);
            }
        };
        match lock.confirm(&look.inventory.firewalls) {
            Ok(()) => return Ok((lock, look)),
            Err(error @ LockError::Doubled { .. }) if tries < TRIES => {
                tracing::warn!(%error, "trying again");
                lock.retreat(own_wait(site.holder.nonce, tries)).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// A wait of this run's own, so that the two do not meet again: up to four seconds, then more.
fn own_wait(nonce: u64, tries: u32) -> Duration {
    Duration::from_millis(nonce % 4000) * tries
}
