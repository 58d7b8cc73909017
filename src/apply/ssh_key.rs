//! SSH keys.

use crate::{
    apply::{
        StepError,
        creation::{self, Creation, Guard, Match},
        job::Job,
    },
    digitalocean::{
        ApiError,
        keys::{Key, NewKey},
    },
    inventory::{Found, Id},
    resources::SshKey,
};

/// Registers a key; one that is registered under any name will do.
pub async fn create(job: &Job<'_>, wanted: &SshKey) -> Result<(), StepError> {
    let made = creation::create(job, &Draft { job, wanted }).await?;
    job.learn(Found::id(Id::Number(made.id)));
    Ok(())
}

/// Forgets a key; droplets that have it keep it.
pub async fn delete(job: &Job<'_>, id: u64) -> Result<(), StepError> {
    let deleted = job.client().delete_key(id).await;
    deleted.map_err(StepError::api(format!("delete the SSH key {}", job.step.name)))?;
    Ok(())
}

struct Draft<'a> {
    job: &'a Job<'a>,
    wanted: &'a SshKey,
}

impl Creation for Draft<'_> {
    type Thing = Key;

    fn what(&self) -> String {
        format!("the SSH key {}", self.wanted.name)
    }

    fn guard(&self) -> Guard {
        Guard::Name
    }

    async fn make(&self) -> Result<Key, ApiError> {
        let new = NewKey {
            name: self.wanted.name.clone(),
            public_key: self.wanted.key.line().to_owned(),
        };
        self.job.client().create_key(&new).await
    }

    async fn find(&self) -> Result<Match<Key>, StepError> {
        let found = self.job.client().key(self.wanted.key.fingerprint().as_str()).await;
        let found = found.map_err(StepError::api(format!("read {}", self.what())))?;
        Ok(found.map_or(Match::Nothing, Match::Ours))
    }

    fn id(made: &Key) -> String {
        made.id.to_string()
    }
}
