//! Starts what is ready, skips what hangs on a failure, stops on request. It knows no clouds.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::{
    apply::{Ending, StepError},
    plan::Step,
    values::Address,
};

/// Who does the steps.
pub trait Crew {
    /// Does one step.
    fn work(&self, step: &Step) -> impl Future<Output = Result<(), StepError>>;

    /// The droplet on which nothing else may happen meanwhile.
    fn holds(&self, step: &Step) -> Option<String>;

    /// Hears that a step is not begun because of one that failed.
    fn skipped(&self, step: &Step, because: &Address);

    /// Hears that a step is not waited for any more; says what goes on without us.
    fn abandoned(&self, step: &Step) -> Option<String>;
}

/// How steps are put through.
pub struct Executor {
    /// How many at once.
    pub at_once: usize,
    /// Cancelled when nothing new is to be started.
    pub stop: CancellationToken,
    /// How long calls that are on their way may take after that.
    pub grace: Duration,
}

/// The steps by what has become of them.
struct Progress<'s> {
    waiting: Vec<&'s Step>,
    running: BTreeMap<&'s Address, &'s Step>,
    endings: BTreeMap<Address, Ending>,
    held: BTreeMap<&'s Address, String>,
}

impl Executor {
    /// Does every step that can be done, each after all it needs.
    pub async fn run<C: Crew>(&self, steps: &[Step], crew: &C) -> BTreeMap<Address, Ending> {
        let mut progress = Progress::new(steps);
        let mut works = FuturesUnordered::new();
        let mut is_closed = false;
        let mut deadline = None;
        loop {
            progress.skip(crew);
            while !is_closed && !self.stop.is_cancelled() && works.len() < self.at_once {
                let Some(step) = progress.start(crew) else { break };
                works.push(async move { (step, crew.work(step).await) });
            }
            if works.is_empty() {
                break;
            }
            tokio::select! {
                Some((step, result)) = works.next() => {
                    is_closed |= result.as_ref().is_err_and(StepError::is_fatal);
                    progress.end(step, result, crew);
                }
                () = self.stop.cancelled(), if deadline.is_none() => {
                    deadline = Some(Instant::now() + self.grace);
                }
                () = wait_until(deadline), if deadline.is_some() => break,
            }
        }
        drop(works);
        progress.finish(crew)
    }
}

async fn wait_until(deadline: Option<Instant>) {
    if let Some(deadline) = deadline {
        sleep_until(deadline).await;
    }
}

impl<'s> Progress<'s> {
    /// Steps that change nothing are done before they begin.
    fn new(steps: &'s [Step]) -> Self {
        let idle = steps.iter().filter(|step| !step.is_change());
        Self {
            endings: idle.map(|step| (step.address.clone(), Ending::Done)).collect(),
            waiting: steps.iter().filter(|step| step.is_change()).collect(),
            running: BTreeMap::new(),
            held: BTreeMap::new(),
        }
    }

    /// Ends every step that needs a failed one, and those that need them in turn.
    fn skip<C: Crew>(&mut self, crew: &C) {
        while let Some((place, because)) =
            self.waiting.iter().enumerate().find_map(|(n, step)| Some((n, self.broken(step)?)))
        {
            let step = self.waiting.remove(place);
            crew.skipped(step, &because);
            self.endings.insert(step.address.clone(), Ending::Skipped { because });
        }
    }

    /// The failed step at the root of what a step needs, if one is.
    fn broken(&self, step: &Step) -> Option<Address> {
        step.needs.iter().find_map(|need| match self.endings.get(need)? {
            Ending::Failed(_) => Some(need.clone()),
            Ending::Skipped { because } => Some(because.clone()),
            Ending::Done | Ending::Abandoned { .. } | Ending::NotStarted => None,
        })
    }

    /// Takes the first step whose needs are done and whose droplet is free.
    fn start<C: Crew>(&mut self, crew: &C) -> Option<&'s Step> {
        let open: BTreeSet<&Address> = self
            .waiting
            .iter()
            .map(|step| &step.address)
            .chain(self.running.keys().copied())
            .collect();
        let unfinished = |need: &Address| {
            open.contains(need)
                || self.endings.get(need).is_some_and(|ending| !matches!(ending, Ending::Done))
        };
        let place = self.waiting.iter().position(|step| {
            let free = || crew.holds(step).is_none_or(|key| !self.held.values().any(|h| *h == key));
            !step.needs.iter().any(unfinished) && free()
        })?;
        let step = self.waiting.remove(place);
        self.running.insert(&step.address, step);
        if let Some(droplet) = crew.holds(step) {
            self.held.insert(&step.address, droplet);
        }
        Some(step)
    }

    fn end<C: Crew>(&mut self, step: &'s Step, result: Result<(), StepError>, crew: &C) {
        self.running.remove(&step.address);
        self.held.remove(&step.address);
        let ending = match result {
            Ok(()) => Ending::Done,
            Err(StepError::Stopped) => Ending::Abandoned { running: crew.abandoned(step) },
            Err(error) => Ending::Failed(error),
        };
        self.endings.insert(step.address.clone(), ending);
    }

    /// Whatever still runs is abandoned, whatever still waits is not started.
    fn finish<C: Crew>(mut self, crew: &C) -> BTreeMap<Address, Ending> {
        for (address, step) in self.running {
            let running = crew.abandoned(step);
            self.endings.insert(address.clone(), Ending::Abandoned { running });
        }
        for step in self.waiting {
            self.endings.insert(step.address.clone(), Ending::NotStarted);
        }
        self.endings
    }
}
