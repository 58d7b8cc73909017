//! How a run went.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    apply::StepError,
    inventory::Known,
    plan::{Action, Plan},
    values::Address,
};

/// How a run went.
#[derive(Debug)]
pub struct Outcome {
    /// Every step that was to change something, in the plan's order.
    pub steps: Vec<StepOutcome>,
    /// What exists now, by address: what was known before and what the run learnt.
    pub known: Known,
}

/// How a step went.
#[derive(Debug)]
pub struct StepOutcome {
    /// Which step.
    pub address: Address,
    /// What was to be done to it.
    pub action: Action,
    /// How it ended.
    pub ending: Ending,
}

/// How a step ended.
#[derive(Debug)]
pub enum Ending {
    /// It is done.
    Done,
    /// It failed.
    Failed(StepError),
    /// It was not begun, because of a step that failed.
    Skipped {
        /// That step.
        because: Address,
    },
    /// It was begun, and the run was stopped.
    Abandoned {
        /// What goes on at DigitalOcean, if anything does.
        running: Option<String>,
    },
    /// It was not begun, because the run was stopped.
    NotStarted,
}

/// What kind of end that is: each has an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A bug of ours: 1.
    Bug,
    /// DigitalOcean refused: 5.
    Refused,
    /// DigitalOcean could not be reached: 6.
    Unreachable,
    /// Some is done and some is not: 7.
    Partly,
    /// The token is not accepted, or lacks a scope: 4.
    Token,
    /// The journal could not be written: 10.
    Journal,
    /// Something exists twice, or may: 8.
    Ambiguous,
    /// The run was stopped: 130 or 143.
    Stopped,
}

/// How many steps ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Done.
    pub done: usize,
    /// Failed.
    pub failed: usize,
    /// Skipped because of a failed one.
    pub skipped: usize,
    /// Begun or not, and left alone when the run was stopped.
    pub abandoned: usize,
}

impl Outcome {
    /// Joins a plan's steps with their endings.
    pub fn new(plan: &Plan, mut endings: BTreeMap<Address, Ending>, learnt: Known) -> Self {
        let ended = plan.changes().map(|step| StepOutcome {
            address: step.address.clone(),
            action: step.action,
            ending: endings.remove(&step.address).unwrap_or(Ending::NotStarted),
        });
        let steps = ended.collect();
        let mut known = plan.known.clone();
        known.extend(learnt);
        Self { steps, known }
    }

    /// How many steps ended how.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            match step.ending {
                Ending::Done => counts.done += 1,
                Ending::Failed(_) => counts.failed += 1,
                Ending::Skipped { .. } => counts.skipped += 1,
                Ending::Abandoned { .. } | Ending::NotStarted => counts.abandoned += 1,
            }
        }
        counts
    }

    /// The steps that failed, and why.
    pub fn failures(&self) -> impl Iterator<Item = (&StepOutcome, &StepError)> {
        self.steps.iter().filter_map(|step| match &step.ending {
            Ending::Failed(error) => Some((step, error)),
            Ending::Done
            | Ending::Skipped { .. }
            | Ending::Abandoned { .. }
            | Ending::NotStarted => None,
        })
    }

    /// What still goes on at DigitalOcean after the run was stopped.
    pub fn still_running(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match &step.ending {
            Ending::Abandoned { running } => running.as_deref(),
            Ending::Done | Ending::Failed(_) | Ending::Skipped { .. } | Ending::NotStarted => None,
        })
    }

    /// What kind of end this is; none when all is done.
    ///
    /// What needs a person comes first; then, that a part of the work is done is worth more than
    /// why the rest is not.
    pub fn class(&self) -> Option<Class> {
        let counts = self.counts();
        let worst = self.failures().map(|(_, error)| error.class()).max();
        let stopped = (counts.abandoned > 0).then_some(Class::Stopped);
        match (worst, stopped) {
            (None, stopped) => stopped,
            (Some(class @ (Class::Ambiguous | Class::Journal | Class::Token)), _) => Some(class),
            (Some(_), Some(stopped)) => Some(stopped),
            (Some(Class::Bug), None) => Some(Class::Bug),
            (Some(_), None) if counts.done > 0 => Some(Class::Partly),
            (Some(class), None) => Some(class),
        }
    }

    /// The end in a few words, for the history.
    pub fn summary(&self) -> String {
        let Counts { done, failed, skipped, abandoned } = self.counts();
        match self.class() {
            None => format!("{done} done"),
            Some(_) => {
                format!("{done} done, {failed} failed, {skipped} skipped, {abandoned} abandoned")
            }
        }
    }
}
