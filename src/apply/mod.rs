//! Makes it so: the only code that changes what an account holds.
//!
//! A run obeys its plan and chooses nothing. What may be made twice is looked up before it is made
//! and again when an answer was lost, so that a run that was killed anywhere and started anew ends
//! in the same world. A droplet that is switched off is a debt in the account before it is off.

mod adoption;
mod alert;
mod attachment;
mod backups;
mod board;
mod creation;
mod domain;
mod droplet;
mod droplet_update;
mod error;
mod event;
mod executor;
mod firewall;
mod job;
mod outcome;
mod perform;
mod persist;
mod project;
mod record;
mod replacement;
mod reserved_ip;
mod resize;
mod snapshot;
mod ssh_key;
mod tag;
mod timing;
mod volume;
mod vpc;
mod wait;

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::{
    digitalocean::Client,
    journal::{Clock, Journal, Record},
    plan::{Plan, Step},
    secrets::Store,
    values::{Address, Seed, in_full},
};

use self::{
    executor::{Crew, Executor},
    job::{Job, Run},
};

pub use self::{
    error::StepError,
    event::{Event, What},
    outcome::{Class, Ending, Outcome},
    resize::may_switch,
    timing::Timing,
};

/// What a run works with.
pub struct World {
    /// The account.
    pub client: Client,
    /// Where it writes down what it is about to do.
    pub journal: Journal,
    /// The time of day.
    pub clock: Clock,
    /// Chance, for the keys of new machines.
    pub seed: Arc<Seed>,
    /// The values of secrets, asked for where one is sent.
    pub secrets: Store,
    /// Who watches; nobody has to.
    pub events: UnboundedSender<Event>,
    /// How many steps are worked on at once.
    pub at_once: usize,
    /// Cancelled when nothing new is to be started and nothing more waited for.
    pub stop: CancellationToken,
}

/// Carries out a plan.
///
/// It returns when every step is done, has failed, or waits for one that failed; and shortly after
/// `stop` is cancelled. Dropping it is as safe as killing the process.
pub async fn run(world: &World, plan: &Plan) -> Outcome {
    let run = Run::new(world, plan);
    let executor = Executor {
        at_once: world.at_once.max(1),
        stop: world.stop.clone(),
        grace: run.timing.grace,
    };
    let endings = executor.run(&plan.steps, &run).await;
    let outcome = Outcome::new(plan, endings, run.into_learnt());
    // The end is written for the history alone; a journal that fails now hides nothing.
    let ended = Record::RunEnded { outcome: outcome.summary() };
    drop(world.journal.append(ended).await);
    outcome
}

impl Crew for Run<'_> {
    async fn work(&self, step: &Step) -> Result<(), StepError> {
        let job = Job::new(self, step);
        job.tell(What::Started { usually: self.timing.usually(step) });
        let result = perform::perform(&job).await;
        let result = match result {
            Ok(()) => job.record(Record::StepDone { address: step.address.clone() }).await,
            Err(error) => {
                let (address, text) = (step.address.clone(), in_full(&error));
                // The step's own error is the one to report.
                drop(job.record(Record::StepFailed { address, error: text }).await);
                Err(error)
            }
        };
        match &result {
            Ok(()) => job.tell(What::Done { elapsed: job.elapsed() }),
            // The executor asks what goes on without us, and that is told then.
            Err(StepError::Stopped) => {}
            Err(error) => job.tell(What::Failed { error: in_full(&error) }),
        }
        result
    }

    fn holds(&self, step: &Step) -> Option<String> {
        perform::droplet_held(self, step)
    }

    fn skipped(&self, step: &Step, because: &Address) {
        Job::new(self, step).tell(What::Skipped { because: because.clone() });
    }

    fn abandoned(&self, step: &Step) -> Option<String> {
        let job = Job::new(self, step);
        let running = job.running();
        job.tell(What::Abandoned { running: running.clone() });
        running
    }
}

#[cfg(test)]
mod tests;
