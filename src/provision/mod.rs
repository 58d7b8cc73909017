//! Makes machines serve: the only code that changes what runs on them.
//!
//! All machines are worked on side by side, each over one connection. What a machine has is compared
//! by hashes with what it is to have; only what differs is sent, and only services whose inputs
//! changed are started anew, in the order in which they need each other. What a machine reached is
//! kept on it, and in short as a tag in the account, so that a preview needs no connection.

mod adoption;
mod component;
mod compose;
mod deep;
mod difference;
mod digest;
mod error;
mod event;
mod host_key;
mod ladder;
mod machine;
mod manifest;
mod orders;
mod pending;
mod program;
mod quick;
mod recipe;
mod said;
mod state;
mod veil;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

use futures_util::future::{join_all, try_join_all};
use tokio::{
    sync::{mpsc::UnboundedSender, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{
    digitalocean::{
        ApiError, Client,
        tags::{Tagged, TaggedKind},
    },
    journal::Clock,
    secrets::Store,
    ssh::{Remote, SshError},
    values::{Address, Mark, Tag, in_full},
};

pub use self::{
    adoption::OldData,
    deep::differences,
    error::ProvisionError,
    event::{Event, What},
    machine::{Base, Birth, DiskPlace, Machine},
    pending::{Pending, Standing, pending},
};

/// Makes connections to machines.
pub trait Reach: Send + Sync {
    /// What commands run on.
    type Machine: Remote;

    /// Connects to a machine whose host key a tag of it knows.
    fn reach(
        &self,
        machine: &Machine,
    ) -> impl Future<Output = Result<Self::Machine, SshError>> + Send;
}

/// Keeps tags on droplets.
pub trait Account: Send + Sync {
    /// Puts a tag on a droplet; one that is there stays.
    fn put(&self, tag: &Tag, droplet: u64) -> impl Future<Output = Result<(), ApiError>> + Send;

    /// Takes a tag out of the account; one that is not there is gone already.
    fn forget(&self, tag: &Tag) -> impl Future<Output = Result<(), ApiError>> + Send;
}

/// Who works on the machines, and with what.
pub struct Crew<'a, R, A> {
    /// The way to them.
    pub reach: &'a R,
    /// The account they are in.
    pub account: &'a A,
    /// The values of secrets.
    pub secrets: &'a Store,
    /// The stack's marks.
    pub mark: &'a Mark,
    /// The time of day.
    pub clock: Clock,
    /// Who watches; nobody has to.
    pub events: UnboundedSender<Event>,
    /// How long is waited for what.
    pub patience: Patience,
    /// Where this program lies, for machines that run it too.
    pub program: PathBuf,
    /// Tells which machines serve, or never will.
    arrivals: BTreeMap<Address, watch::Sender<bool>>,
}

/// How long is waited for what.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Until a machine answers: a droplet boots in less than a minute.
    pub silent: Duration,
    /// Until it knows our keys, which cloud-init writes after the SSH server began.
    pub strange: Duration,
    /// Until it is ready for containers: packages are fetched and installed.
    pub bootstrap: Duration,
    /// Until a service is healthy; the longest of ours installs Python packages first.
    pub service: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            silent: Duration::from_mins(5),
            strange: Duration::from_mins(1),
            bootstrap: Duration::from_mins(20),
            service: Duration::from_mins(10),
        }
    }
}

/// How it went, machine by machine.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was changed on those that serve.
    pub serving: BTreeMap<Address, Vec<String>>,
    /// Why the others do not.
    pub failed: BTreeMap<Address, ProvisionError>,
    /// Those that were left when the run was stopped.
    pub abandoned: BTreeSet<Address>,
}

/// How one machine ended.
enum Ended {
    Serving(Vec<String>),
    Failed(ProvisionError),
    Abandoned,
}

/// Makes machines serve. It returns when each does, or has failed; and at once when `stop` is
/// cancelled. Dropping it is as safe as killing the process.
pub async fn run<R: Reach, A: Account>(
    mut crew: Crew<'_, R, A>,
    machines: &[Machine],
    stop: &CancellationToken,
) -> Outcome {
    let arrival = |machine: &Machine| (machine.address.clone(), watch::channel(false).0);
    crew.arrivals = machines.iter().map(arrival).collect();
    let crew = &crew;
    let all = machines.iter().map(|machine| async move {
        (machine.address.clone(), Box::pin(one(crew, machine, stop)).await)
    });
    let mut outcome = Outcome::default();
    for (address, ended) in join_all(all).await {
        match ended {
            Ended::Serving(changed) => drop(outcome.serving.insert(address, changed)),
            Ended::Failed(error) => drop(outcome.failed.insert(address, error)),
            Ended::Abandoned => drop(outcome.abandoned.insert(address)),
        }
    }
    outcome
}

async fn one<R: Reach, A: Account>(
    crew: &Crew<'_, R, A>,
    machine: &Machine,
    stop: &CancellationToken,
) -> Ended {
    let began = Instant::now();
    crew.tell(machine, What::Started);
    let climbed = tokio::select! {
        climbed = ladder::climb(crew, machine) => climbed,
        () = stop.cancelled() => {
            crew.tell(machine, What::Abandoned);
            crew.arrived(machine);
            return Ended::Abandoned;
        }
    };
    // Who waits for it goes on either way: it may serve without.
    crew.arrived(machine);
    match climbed {
        Ok(changed) => {
            let elapsed_ms = event::milliseconds(began.elapsed());
            crew.tell(machine, What::Serving { changed: changed.clone(), elapsed_ms });
            Ended::Serving(changed)
        }
        Err(error) => {
            crew.tell(machine, What::Failed { error: in_full(&error) });
            Ended::Failed(error)
        }
    }
}

impl<'a, R: Reach, A: Account> Crew<'a, R, A> {
    /// A crew whose patience is the usual one.
    pub fn new(
        (reach, account): (&'a R, &'a A),
        (secrets, mark): (&'a Store, &'a Mark),
        clock: Clock,
        events: UnboundedSender<Event>,
    ) -> Self {
        let (patience, arrivals) = (Patience::default(), BTreeMap::new());
        let program = PathBuf::new();
        Self { reach, account, secrets, mark, clock, events, patience, program, arrivals }
    }

    fn tell(&self, machine: &Machine, what: What) {
        let (at, address, name) = ((self.clock)(), machine.address.clone(), machine.name.clone());
        // Nobody has to listen.
        drop(self.events.send(Event { at, address, name, what }));
    }

    fn tell_doing(&self, machine: &Machine, doing: &str) {
        self.tell(machine, What::Working { doing: doing.to_owned() });
    }

    fn arrived(&self, machine: &Machine) {
        if let Some(arrival) = self.arrivals.get(&machine.address) {
            arrival.send_replace(true);
        }
    }

    /// Waits until the machines serve, or never will, that a machine's services ask for something.
    async fn wait_for_others(&self, machine: &Machine) {
        for other in machine.after.iter().filter_map(|address| self.arrivals.get(address)) {
            let mut arrival = other.subscribe();
            if !*arrival.borrow() {
                self.tell_doing(machine, "waiting for the services it needs");
            }
            // Whoever tells it lives as long as the run.
            drop(arrival.wait_for(|is_there| *is_there).await);
        }
    }

    async fn put(&self, machine: &Machine, tag: &Tag) -> Result<(), ProvisionError> {
        let put = self.account.put(tag, machine.droplet).await;
        put.map_err(|source| self.tag_error(format!("put the tag {tag} on it"), source))
    }

    async fn forget(&self, tag: &Tag) -> Result<(), ProvisionError> {
        let gone = self.account.forget(tag).await;
        gone.map_err(|source| self.tag_error(format!("take the tag {tag} off it"), source))
    }

    async fn forget_all(&self, tags: &BTreeSet<Tag>) -> Result<(), ProvisionError> {
        try_join_all(tags.iter().map(|tag| self.forget(tag))).await.map(drop)
    }

    #[expect(clippy::unused_self, reason = "stands beside its callers")]
    fn tag_error(&self, doing: String, source: ApiError) -> ProvisionError {
        ProvisionError::Tag { doing, source: Box::new(source) }
    }
}

/// How often a call is sent again whose answer was lost: a tag that is put twice is on it once.
const TRIES: u32 = 3;

impl Account for Client {
    async fn put(&self, tag: &Tag, droplet: u64) -> Result<(), ApiError> {
        let resource_id = droplet.to_string();
        let on = [Tagged { resource_id, resource_type: TaggedKind::Droplet }];
        again(|| self.create_tag(tag.as_str())).await?;
        again(|| self.tag(tag.as_str(), &on)).await
    }

    async fn forget(&self, tag: &Tag) -> Result<(), ApiError> {
        self.delete_tag(tag.as_str()).await.map(drop)
    }
}

async fn again<T, F>(call: impl Fn() -> F) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let mut tries = 1;
    loop {
        match call().await {
            Err(error) if error.is_ambiguous() && tries < TRIES => tries += 1,
            ended => return ended,
        }
    }
}

#[cfg(test)]
mod tests;
