//! Tags.

use futures_util::future::try_join_all;

use crate::{
    apply::{StepError, job::Job, persist::persist},
    digitalocean::tags::Tagged,
    resources::WantedTag,
    values::Tag,
};

/// Makes a tag that firewalls target.
pub async fn create(job: &Job<'_>, wanted: &WantedTag) -> Result<(), StepError> {
    job.intend(wanted.tag.as_str(), None).await?;
    ensure(job, &wanted.tag).await
}

/// Puts a tag on something, and makes the tag if there is none.
pub async fn put(job: &Job<'_>, tag: &Tag, on: Tagged) -> Result<(), StepError> {
    ensure(job, tag).await?;
    let (name, on) = (tag.as_str(), [on]);
    persist(job, &format!("put the tag {tag} on it"), || job.client().tag(name, &on)).await
}

/// Takes a tag off something; the tag itself stays.
pub async fn take_off(job: &Job<'_>, tag: &Tag, from: Tagged) -> Result<(), StepError> {
    let (name, from) = (tag.as_str(), [from]);
    let doing = format!("take the tag {tag} off it");
    persist(job, &doing, || job.client().untag(name, &from)).await?;
    Ok(())
}

/// Deletes tags, all at once; whatever carries one loses it.
pub async fn delete(job: &Job<'_>, tags: &[Tag]) -> Result<(), StepError> {
    try_join_all(tags.iter().map(|tag| delete_one(job, tag))).await?;
    Ok(())
}

/// Deletes a tag.
pub async fn delete_one(job: &Job<'_>, tag: &Tag) -> Result<(), StepError> {
    let deleted = job.client().delete_tag(tag.as_str()).await;
    deleted.map_err(StepError::api(format!("delete the tag {tag}")))?;
    Ok(())
}

/// Making a tag that is there changes nothing, so an answer that was lost is simply asked for again.
pub async fn ensure(job: &Job<'_>, tag: &Tag) -> Result<(), StepError> {
    let doing = format!("create the tag {tag}");
    persist(job, &doing, || job.client().create_tag(tag.as_str())).await?;
    Ok(())
}
