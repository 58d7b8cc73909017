//! Machines: changed, the mildest change first.

use tokio::time::Instant;

use crate::{
    apply::{StepError, backups, job::Job, resize, tag, wait::Wait},
    digitalocean::{
        droplets::DropletAction,
        tags::{Tagged, TaggedKind},
    },
    plan::DropletUpdate,
};

/// Adds tags, renames, changes backups, and does what needs the machine off, in this order.
pub async fn update(job: &Job<'_>, update: &DropletUpdate) -> Result<(), StepError> {
    job.intend(&job.step.name, None).await?;
    for missing in &update.add_tags {
        let resource_type = TaggedKind::Droplet;
        tag::put(job, missing, Tagged { resource_id: update.id.to_string(), resource_type })
            .await?;
    }
    if let Some(name) = &update.rename {
        rename(job, update.id, name.as_str()).await?;
    }
    if let Some(change) = update.backups {
        backups::change(job, update.id, change).await?;
    }
    if let Some(cycle) = &update.power_cycle {
        resize::cycle(job, update.id, cycle).await?;
    }
    Ok(())
}

/// Renames a machine; one that is busy is waited for.
async fn rename(job: &Job<'_>, id: u64, name: &str) -> Result<(), StepError> {
    let began = Instant::now();
    let reason = format!("droplet {id} to be named {name}");
    let action = DropletAction::Rename { name: name.to_owned() };
    loop {
        match job.client().act_on_droplet(id, &action).await {
            Ok(action) => {
                let wait = Wait::for_effect(job, reason, Some(action.id));
                return wait.until(job, async |since| has_name(job, (id, name), since).await).await;
            }
            Err(error) => {
                let again = error.is_ambiguous() || error.is_pending_event();
                job.pause(job.timing().interval(began.elapsed())).await?;
                if has_name(job, (id, name), Instant::now()).await?.is_some() {
                    return Ok(());
                }
                if !again || began.elapsed() > job.timing().idle {
                    let doing = format!("rename droplet {id}");
                    return Err(StepError::api(doing)(error.of_repeatable()));
                }
            }
        }
    }
}

async fn has_name(
    job: &Job<'_>,
    (id, name): (u64, &str),
    since: Instant,
) -> Result<Option<()>, StepError> {
    let droplet = job.droplet(id, since).await?;
    Ok(droplet.filter(|droplet| droplet.name == name && !droplet.locked).map(|_| ()))
}
