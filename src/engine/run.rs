//! A run that may change the account: journal, lock, look, apply.

use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc::UnboundedSender, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    apply::{self, Event, Outcome, World},
    config::Stack,
    engine::{EngineError, Look, Site, look},
    journal::{Journal, Record},
    lock::{Held, LockError, Taking, acquire},
    plan::{Asked, Plan},
    values::Address,
};

/// How often two runs that took the lock at one moment try again.
const TRIES: u32 = 3;

/// How long giving the lock back may take where somebody waits for the end: with the grace that
/// calls on their way have, less than five seconds.
const HURRY: Duration = Duration::from_millis(1500);

/// A run that holds the stack's lock.
pub struct Run {
    /// What is to be done.
    pub look: Look,
    /// What a person should know before it is done.
    pub warnings: Vec<String>,
    journal: Journal,
    lock: Held,
}

/// How a plan is carried out.
pub struct Manner {
    /// How many steps are worked on at once.
    pub at_once: usize,
    /// Who watches.
    pub events: UnboundedSender<Event>,
    /// Cancelled when nothing new is to be started and nothing more waited for.
    pub stop: CancellationToken,
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
        let begun = Box::pin(begin_noted(site, stack, asked, &journal)).await;
        if begun.is_err() {
            // The reason why it could not begin is the error to report.
            drop(journal.append(Record::RunEnded { outcome: "could not begin".to_owned() }).await);
        }
        let (lock, look) = begun?;
        for (name, choice) in &look.choices {
            let address = Address::component(name.clone());
            journal.append(Record::Decided { address, said: choice.to_string() }).await?;
        }
        let mut warnings = opened.warnings;
        warnings.extend(lock.took_over.iter().map(|who| format!("took over the lock of {who}")));
        Ok(Self { look, warnings, journal, lock })
    }

    /// Carries a plan out, which is the look's own or a part of it, keeping the lock meanwhile; a lock that is lost stops the work.
    pub async fn carry_out(&self, site: &Site, plan: &Plan, manner: Manner) -> Outcome {
        let stop = &manner.stop;
        self.renew_after_a_pause(stop).await;
        let world = World {
            client: site.client.clone(),
            journal: self.journal.clone(),
            clock: site.clock.clone(),
            seed: Arc::clone(&site.seed),
            secrets: site.secrets.clone(),
            events: manner.events,
            at_once: manner.at_once,
            stop: stop.clone(),
        };
        self.with_lock(stop, Box::pin(apply::run(&world, plan))).await
    }

    /// Keeps the lock while something is done; a lock that is lost stops the work.
    pub async fn with_lock<T>(&self, stop: &CancellationToken, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        tokio::select! {
            done = &mut work => return done,
            lost = self.lock.clone().keep() => stop_without_lock(stop, &lost),
        }
        work.await
    }

    /// The journal of the run, for work that is no plan's.
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Writes down that nothing was done, and why.
    pub async fn decline(&self, why: &str) -> Result<(), EngineError> {
        Ok(self.journal.append(Record::RunEnded { outcome: why.to_owned() }).await?)
    }

    /// Gives the lock back; a run that was stopped does not wait for it long.
    pub async fn release(self, stop: &CancellationToken) -> Result<(), EngineError> {
        if stop.is_cancelled() {
            release_in_a_hurry(self.lock).await;
            return Ok(());
        }
        Ok(self.lock.release().await?)
    }

    /// Nobody renews the lock while a person reads the plan, so another run may have taken it over.
    async fn renew_after_a_pause(&self, stop: &CancellationToken) {
        if !self.lock.is_due() {
            return;
        }
        match self.lock.clone().renew().await {
            Ok(()) => {}
            Err(lost @ LockError::Lost { .. }) => stop_without_lock(stop, &lost),
            Err(error) => tracing::warn!(%error, "the lock could not be renewed"),
        }
    }
}

fn stop_without_lock(stop: &CancellationToken, lost: &LockError) {
    tracing::error!(error = %lost, "another run may have begun; stopping");
    stop.cancel();
}

/// Takes the lock, looks, and writes down whose lock it is.
async fn begin_noted(
    site: &Site,
    stack: &Stack,
    asked: &Asked,
    journal: &Journal,
) -> Result<(Held, Look), EngineError> {
    let (lock, look) = locked_look(site, stack, asked).await?;
    let (id, holder) = (lock.id().to_owned(), site.holder.in_full());
    match journal.append(Record::LockTaken { id, holder }).await {
        Ok(()) => Ok((lock, look)),
        Err(error) => {
            release_in_a_hurry(lock).await;
            Err(error.into())
        }
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
                release_in_a_hurry(lock).await;
                return Err(error);
            }
        };
        match lock.confirm(&look.inventory.firewalls) {
            Ok(()) => return Ok((lock, look)),
            Err(error @ LockError::Doubled { .. }) if tries < TRIES => {
                tracing::warn!(%error, "trying again");
                lock.retreat(own_wait(site.holder.nonce, tries)).await?;
            }
            Err(error) => {
                release_in_a_hurry(lock).await;
                return Err(error.into());
            }
        }
    }
}

/// Gives the lock back where something else is to be told, or somebody waits for the end.
///
/// A lock that stays is taken over by the next run of this machine at once.
async fn release_in_a_hurry(lock: Held) {
    match timeout(HURRY, lock.release()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the lock stays; the next run here takes it over"),
        Err(_) => tracing::warn!("the lock stays, no answer; the next run here takes it over"),
    }
}

/// A wait of this run's own, so that the two do not meet again: up to four seconds, then more.
fn own_wait(nonce: u64, tries: u32) -> Duration {
    Duration::from_millis(nonce % 4000) * tries
}
