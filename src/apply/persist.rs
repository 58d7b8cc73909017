//! Trying again while something holds a thing back.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    apply::{StepError, What, job::Job},
    digitalocean::ApiError,
};

/// Repeats a call that may be repeated until nothing is in its way any more.
///
/// In its way are members of a network, an attachment, another action on the droplet. An answer
/// that was lost is asked for again only as long as an API that fails is tried.
pub async fn persist<T, F>(job: &Job<'_>, doing: &str, call: impl Fn() -> F) -> Result<T, StepError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let began = Instant::now();
    let mut is_told = false;
    loop {
        match call().await {
            Ok(done) => return Ok(done),
            Err(error) if began.elapsed() >= patience(job, &error) => {
                return Err(StepError::api(doing)(error.of_repeatable()));
            }
            Err(_) => {}
        }
        if !is_told {
            job.tell(What::Waiting { reason: format!("DigitalOcean to let us {doing}") });
            is_told = true;
        }
        job.pause(job.timing().interval(began.elapsed())).await?;
    }
}

/// How long a call that ended so is tried again.
fn patience(job: &Job<'_>, error: &ApiError) -> Duration {
    if error.is_conflict() || error.is_pending_event() {
        job.timing().release
    } else if error.is_ambiguous() {
        job.client().pace().patience
    } else {
        Duration::ZERO
    }
}
