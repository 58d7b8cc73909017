//! A volume's place on a machine.

use crate::{
    apply::{StepError, job::Job, volume::Change},
    digitalocean::volumes::VolumeAction,
    resources::Attachment,
    values::Region,
};

/// Attaches a volume to a droplet that exists; never takes it from another.
pub async fn create(job: &Job<'_>, wanted: &Attachment) -> Result<(), StepError> {
    let id = job.text_id(&wanted.volume)?;
    let droplet = job.droplet_id(&wanted.droplet)?;
    let volume = job.client().volume(&id).await;
    let volume = volume.map_err(StepError::api(format!("read volume {id}")))?;
    let volume = volume.ok_or_else(|| StepError::Vanished { what: format!("volume {id}") })?;
    match volume.droplet_ids.first() {
        Some(holder) if *holder == droplet => return Ok(()),
        Some(holder) => {
            let what = format!("volume {id}");
            return Err(StepError::Elsewhere { what, droplet: *holder });
        }
        None => {}
    }
    job.intend(&job.step.name, None).await?;
    let region = volume.region.slug;
    let change = Change {
        id: &id,
        region: Region::new(&region),
        action: VolumeAction::Attach { droplet_id: droplet, region },
        reason: format!("volume {id} to be on droplet {droplet}"),
    };
    change.until(job, |volume| volume.droplet_ids.contains(&droplet)).await
}
