//! Domains.

use crate::{
    apply::{
        StepError,
        creation::{self, Creation, Guard, Match},
        job::Job,
    },
    digitalocean::{ApiError, domains::Domain as Made},
    resources::Domain,
};

/// Makes a domain; one that the account serves already will do.
pub async fn create(job: &Job<'_>, wanted: &Domain) -> Result<(), StepError> {
    creation::create(job, &Draft { job, wanted }).await?;
    Ok(())
}

struct Draft<'a> {
    job: &'a Job<'a>,
    wanted: &'a Domain,
}

impl Creation for Draft<'_> {
    type Thing = Made;

    fn what(&self) -> String {
        format!("the domain {}", self.wanted.name)
    }

    fn guard(&self) -> Guard {
        Guard::Name
    }

    async fn make(&self) -> Result<Made, ApiError> {
        self.job.client().create_domain(self.wanted.name.as_str()).await
    }

    async fn find(&self) -> Result<Match<Made>, StepError> {
        let found = self.job.client().domain(self.wanted.name.as_str()).await;
        let found = found.map_err(StepError::api(format!("read {}", self.what())))?;
        Ok(found.map_or(Match::Nothing, Match::Ours))
    }

    fn id(made: &Made) -> String {
        made.name.clone()
    }
}
