//! Trying again while something holds a thing back.

use tokio::time::Instant;

use crate::{
    apply::{StepError, What, job::Job},
    digitalocean::ApiError,
};

/// Repeats a call that may be repeated until nothing is in its way any more.
///
/// In its way are members of a network, an attachment, another action on the droplet.
pub async fn persist<T, F>(job: &Job<'_>, doing: &str, call: impl Fn() -> F) -> Result<T, StepError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let began = Instant::now();
    let mut is_told = false;
    loop {
        match call().await {
            Ok(done) => return Ok(done),
            Err(error) if !is_in_the_way(&error) || began.elapsed() > job.timing().release => {
                return Err(StepError::api(doing)(error));
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

fn is_in_the_way(error: &ApiError) -> bool {
    error.is_conflict() || error.is_pending_event() || error.is_ambiguous()
}
