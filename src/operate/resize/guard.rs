//! Paying debts found in the account: no stack file, no lock, no questions, only power.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::{
    apply::{self, Event, Outcome, World},
    digitalocean::ApiError,
    engine::Site,
    inventory::indebted_droplets,
    journal::{Journal, JournalError, Record},
    plan,
    resources::{Debt, LiveDroplet},
    secrets::Store,
    values::{Address, ComponentName, Mark, StackName},
};

/// Whose machine it is where no mark tells: one between the account's hands and ours.
const NOBODY: &str = "unmarked";

/// What such a machine is called.
const MACHINE: &str = "machine";

/// A machine that owes being on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Debtor {
    /// Whose it is.
    pub stack: StackName,
    /// Its place there.
    pub address: Address,
    /// The machine.
    pub droplet: LiveDroplet,
    /// What it owes; of several the one that is due last.
    pub debt: Debt,
}

impl Debtor {
    /// Whether whoever opened the debt has had the time to pay it.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.debt.deadline <= now.as_second()
    }

    fn of(droplet: LiveDroplet) -> Option<Self> {
        let debt = droplet.debt()?;
        let stack = droplet.tags.iter().find_map(|tag| Mark::stack_in(tag.as_str()));
        let stack = stack.and_then(|stack| StackName::parse(&stack).ok()).unwrap_or_else(nobody);
        let address = Mark::new(stack.clone()).address_among(&droplet.tags);
        let address = address.unwrap_or_else(|| {
            Address::component(ComponentName::parse(MACHINE).expect("a plain word is a name"))
        });
        Some(Self { stack, address, droplet, debt })
    }
}

fn nobody() -> StackName {
    StackName::parse(NOBODY).expect("a plain word is a name")
}

/// Every machine of the account that owes being on, in one listing.
pub async fn debtors(site: &Site) -> Result<Vec<Debtor>, ApiError> {
    let droplets = indebted_droplets(&site.client).await?;
    Ok(droplets.into_iter().filter_map(Debtor::of).collect())
}

/// Switches machines on, side by side, and lets go of their debts; tells how each ended.
pub async fn pay<'a>(
    site: &Site,
    debtors: &'a [Debtor],
    (events, stop): (UnboundedSender<Event>, &CancellationToken),
) -> Vec<(&'a Debtor, Outcome)> {
    let mut journals: BTreeMap<&StackName, Journal> = BTreeMap::new();
    for Debtor { stack, .. } in debtors {
        if !journals.contains_key(stack) {
            journals.insert(stack, journal(site, stack).await);
        }
    }
    let payments = debtors.iter().map(|debtor| {
        let world = World {
            client: site.client.clone(),
            journal: journals
                .get(&debtor.stack)
                .cloned()
                .unwrap_or_else(|| Journal::none(site.run)),
            clock: Arc::clone(&site.clock),
            seed: Arc::clone(&site.seed),
            secrets: Store::default(),
            events: events.clone(),
            at_once: 1,
            stop: stop.clone(),
        };
        async move { (debtor, switch_on(&world, debtor).await) }
    });
    join_all(payments).await
}

async fn switch_on(world: &World, debtor: &Debtor) -> Outcome {
    let machine = (debtor.address.clone(), debtor.droplet.clone());
    let plan = plan::switch_on(&Mark::new(debtor.stack.clone()), &[machine]);
    Box::pin(apply::run(world, &plan)).await
}

/// The stack's journal, or none: a disk that cannot be written leaves no machine off.
async fn journal(site: &Site, stack: &StackName) -> Journal {
    let begun = begin(site, stack).await;
    begun.unwrap_or_else(|error| {
        tracing::warn!(%error, %stack, "the journal cannot be used; paying without it");
        Journal::none(site.run)
    })
}

async fn begin(site: &Site, stack: &StackName) -> Result<Journal, JournalError> {
    let folder = site.folder.join(stack.as_str());
    let (journal, _) = Journal::open(&folder, stack, site.run, site.clock.clone())?;
    let command = "guard".to_owned();
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let holder = site.holder.to_string();
    journal.append(Record::RunStarted { command, version, holder }).await?;
    Ok(journal)
}
