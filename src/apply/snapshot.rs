//! Snapshots: deleted.

use crate::apply::{StepError, job::Job, persist::persist};

/// Deletes a snapshot and what is in it.
pub async fn delete(job: &Job<'_>, id: &str) -> Result<(), StepError> {
    let doing = format!("delete the snapshot {}", job.step.name);
    persist(job, &doing, || job.client().delete_snapshot(id)).await?;
    Ok(())
}
