//! Where a volume is: on a droplet, or on none.

use tokio::time::{Instant, sleep};

use crate::{
    apply::Timing,
    digitalocean::{
        Client,
        volumes::{Volume, VolumeAction},
    },
    operate::snapshots::RestoreError,
};

/// Takes a volume off the droplet it is on.
pub async fn detach(client: &Client, id: &str) -> Result<(), RestoreError> {
    bring(client, id, None).await
}

/// Puts a volume that is on no droplet on one; never takes it from another.
pub async fn attach(client: &Client, id: &str, droplet: u64) -> Result<(), RestoreError> {
    bring(client, id, Some(droplet)).await
}

/// Starts the action and looks for its effect, again and again: a lost answer, and a droplet or a
/// volume that is busy, change nothing about what to do.
async fn bring(client: &Client, id: &str, to: Option<u64>) -> Result<(), RestoreError> {
    let (timing, began) = (Timing::at(client.pace()), Instant::now());
    let doing = if to.is_some() { "attach the volume" } else { "detach the volume" };
    let mut sent: Option<Instant> = None;
    loop {
        let volume = read(client, id).await?;
        let holder = volume.droplet_ids.first().copied();
        if holder == to {
            return Ok(());
        }
        if let (Some(droplet), Some(_)) = (holder, to) {
            return Err(RestoreError::Elsewhere { volume: volume.name, droplet });
        }
        if began.elapsed() > timing.idle {
            return Err(RestoreError::Late { doing, volume: volume.name });
        }
        if sent.is_none_or(|sent| sent.elapsed() > timing.volume) {
            let region = volume.region.slug;
            let action = match (to, holder) {
                (Some(droplet_id), _) => VolumeAction::Attach { droplet_id, region },
                (None, holder) => {
                    VolumeAction::Detach { droplet_id: holder.unwrap_or_default(), region }
                }
            };
            match client.act_on_volume(id, &action).await {
                Ok(_) => sent = Some(Instant::now()),
                // The listing shows on which one as soon as it is done.
                Err(error) if to.is_some() && error.is_attached() => sent = Some(Instant::now()),
                Err(error)
                    if error.is_ambiguous() || error.is_pending_event() || error.is_conflict() => {}
                Err(error) => return Err(RestoreError::api(doing)(error)),
            }
        }
        sleep(timing.interval(began.elapsed())).await;
    }
}

/// A volume, read by itself.
pub async fn read(client: &Client, id: &str) -> Result<Volume, RestoreError> {
    let volume = client.volume(id).await.map_err(RestoreError::api("read the volume"))?;
    volume.ok_or_else(|| RestoreError::Vanished { volume: id.to_owned() })
}
