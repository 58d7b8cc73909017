//! Until something is so.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    apply::{StepError, What, job::Job},
    digitalocean::{ApiError, actions::ActionStatus},
};

/// What is waited for.
pub struct Wait {
    /// In words, as `droplet 12 to be active`.
    pub reason: String,
    /// How long at most.
    pub at_most: Duration,
    /// The action that brings it about, if its id is known.
    pub action: Option<u64>,
    /// How long before the action is looked at although nothing shows.
    pub look_after: Duration,
}

impl Wait {
    /// A wait for the effect of an action.
    pub fn for_effect(job: &Job<'_>, reason: String, action: Option<u64>) -> Self {
        let timing = job.timing();
        Self { reason, at_most: timing.volume, action, look_after: timing.action }
    }

    /// Looks again and again until `look` sees it, then makes sure that the action is completed.
    ///
    /// `look` is told since when a shared listing is fresh enough. An action alone proves nothing,
    /// and neither does its effect: DigitalOcean shows either first.
    pub async fn until<T>(
        &self,
        job: &Job<'_>,
        mut look: impl AsyncFnMut(Instant) -> Result<Option<T>, StepError>,
    ) -> Result<T, StepError> {
        job.tell(What::Waiting { reason: self.reason.clone() });
        let began = Instant::now();
        let mut next_action = self.look_after;
        loop {
            let interval = job.timing().interval(began.elapsed());
            job.pause(interval).await?;
            let looked = look(Instant::now() - interval / 2).await;
            if let Some(seen) = unless_restless(looked)? {
                self.until_completed(job, began).await?;
                return Ok(seen);
            }
            if began.elapsed() >= next_action {
                self.completed(job).await?;
                next_action = began.elapsed() + self.look_after;
            }
            self.check_deadline(began)?;
        }
    }

    async fn until_completed(&self, job: &Job<'_>, began: Instant) -> Result<(), StepError> {
        while !self.completed(job).await? {
            self.check_deadline(began)?;
            job.pause(job.timing().interval(began.elapsed())).await?;
        }
        Ok(())
    }

    /// Whether the action is completed; one that is missing or unknown holds nothing up.
    async fn completed(&self, job: &Job<'_>) -> Result<bool, StepError> {
        let Some(id) = self.action else { return Ok(true) };
        let read = job.client().action(id).await;
        let action = read.map_err(StepError::api(format!("read action {id}")))?;
        match action.map(|action| action.status) {
            Some(ActionStatus::InProgress) => Ok(false),
            Some(ActionStatus::Errored) => {
                Err(StepError::Errored { doing: self.reason.clone(), action: id })
            }
            Some(ActionStatus::Completed | ActionStatus::Other(_)) | None => Ok(true),
        }
    }

    fn check_deadline(&self, began: Instant) -> Result<(), StepError> {
        let waited = began.elapsed();
        if waited < self.at_most {
            return Ok(());
        }
        Err(StepError::Late { what: self.reason.clone(), waited })
    }
}

/// What was seen; nothing yet where a list kept changing while it was read.
///
/// A list of several pages does that while ten machines come or go. The next look may be luckier,
/// and the wait has an end of its own.
fn unless_restless<T>(looked: Result<Option<T>, StepError>) -> Result<Option<T>, StepError> {
    match looked {
        Err(StepError::Api { source, .. }) if matches!(*source, ApiError::Inconsistent { .. }) => {
            Ok(None)
        }
        looked => looked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digitalocean::{Call, Method};

    fn failed(why: impl Fn(Call) -> ApiError) -> Result<Option<()>, StepError> {
        let call = Call { method: Method::Get, path: "/v2/droplets".to_owned() };
        Err(StepError::Api { doing: "list".to_owned(), source: Box::new(why(call)) })
    }

    #[test]
    fn a_list_that_keeps_changing_is_looked_at_again_and_no_failure() {
        let restless = failed(|call| ApiError::Inconsistent { call, why: String::new() });
        assert!(matches!(unless_restless(restless), Ok(None)));
        let broken = failed(|call| ApiError::TooLarge { call, limit_mib: 1 });
        assert!(unless_restless(broken).is_err());
    }
}
