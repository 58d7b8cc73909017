//! What needs a machine off: the power sequence, and the debt it opens.
//!
//! Before anything is switched off, the journal and a tag on the droplet say that it must be on
//! again. Then the loop has no memory worth keeping: each round it reads the droplet, decides the
//! one move that follows, makes it and forgets it, so that a lost answer, a killed run and another
//! machine that takes over are all the same to it.

mod course;
mod cycle;
pub mod debt;
mod decide;
mod trial;

use crate::{
    apply::{StepError, job::Job},
    plan::PowerCycle,
};

use self::cycle::Cycle;

pub use self::trial::may_switch;

/// Brings a droplet to the size a plan asks for and leaves it on, at that size or the old one.
///
/// What a droplet owes ends with it: where it is gone for good, so is the debt, and nothing is made
/// in its place.
pub async fn cycle(job: &Job<'_>, id: u64, wanted: &PowerCycle) -> Result<(), StepError> {
    let debt = debt::open(job, id, wanted).await?;
    let result = Cycle::new(job, id, wanted, &debt).run().await;
    match &result {
        Ok(()) | Err(StepError::KeptSize { .. } | StepError::Vanished { .. }) => {
            debt.close(job, id).await?;
            job.settled();
        }
        Err(_) => {}
    }
    result
}

#[cfg(test)]
mod simulation;
