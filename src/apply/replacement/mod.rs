//! The replacement of a machine, as one transaction in which no data is lost.
//!
//! The new machine comes first and is on before anything happens to the old one, so that most
//! failures cost nothing. Then the old one is switched off, which is a debt in the account as it is
//! for a resize; its volumes are copied, taken off and put on the new one. If any of this fails, the
//! new machine goes, the volumes return and the old one is switched on. Names and addresses move in
//! steps of their own that need this one, and the old machine is deleted last, by a step that needs
//! them all.
//!
//! The loop has no memory worth keeping: a run that takes over reads both machines and the volumes,
//! and decides as the one before it would have.

mod copy;
mod decide;
mod exchange;
mod look;

use crate::{
    apply::{StepError, job::Job},
    plan::{Replacement, Succeed},
};

use self::exchange::Exchange;

/// Puts a new machine in an old one's place, or leaves the old one as it was.
pub async fn replace(job: &Job<'_>, wanted: &Replacement) -> Result<(), StepError> {
    job.intend(&job.step.name, None).await?;
    let mut exchange = Exchange::new(job, wanted)?;
    match wanted.succeed {
        Succeed::By(_) => exchange.prepare().await?,
        Succeed::NotAtAll => {}
    }
    exchange.run().await
}
