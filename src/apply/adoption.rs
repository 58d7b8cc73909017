//! Taking something in, and letting go of it: which tag when.
//!
//! The claim is on before the first mark is, and off after the last: a run that ends in between
//! leaves something of which everybody knows whose it is.

use crate::{
    apply::{StepError, firewall, job::Job, record, resize, tag},
    digitalocean::tags::{Tagged, TaggedKind},
    plan::{Marking, Release, Unmarking},
};

/// Puts the marks on a droplet, by which firewalls cover it from then on.
pub async fn mark(job: &Job<'_>, marking: &Marking) -> Result<(), StepError> {
    job.intend(&job.step.name, None).await?;
    for missing in &marking.add_tags {
        tag::put(job, missing, droplet(marking.droplet)).await?;
    }
    for claim in &marking.claims {
        tag::delete_one(job, claim).await?;
    }
    Ok(())
}

/// Lets go of something; a droplet that an earlier run left off is switched on before.
pub async fn release(job: &Job<'_>, release: &Release) -> Result<(), StepError> {
    job.intend(&job.step.name, None).await?;
    match release {
        Release::Droplet { id, marks, power_cycle } => {
            if let Some(cycle) = power_cycle {
                resize::cycle(job, *id, cycle).await?;
            }
            unmark(job, marks, &droplet(*id)).await
        }
        Release::Volume { id, marks } => {
            let resource_type = TaggedKind::Volume;
            unmark(job, marks, &Tagged { resource_id: id.clone(), resource_type }).await
        }
        Release::Firewall { id, tags } => firewall::uncover(job, id, tags).await,
        Release::Records(records) => record::release(job, records).await,
    }
}

async fn unmark(job: &Job<'_>, marks: &Unmarking, from: &Tagged) -> Result<(), StepError> {
    tag::put(job, &marks.claim, from.clone()).await?;
    for ours in &marks.tags {
        tag::take_off(job, ours, from.clone()).await?;
    }
    tag::delete_one(job, &marks.claim).await
}

fn droplet(id: u64) -> Tagged {
    Tagged { resource_id: id.to_string(), resource_type: TaggedKind::Droplet }
}
