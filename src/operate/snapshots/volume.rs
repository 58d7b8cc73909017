//! A volume made once, whatever becomes of the answer.

use tokio::time::{Instant, sleep};

use crate::{
    apply::Timing,
    digitalocean::{
        Client,
        volumes::{NewVolume, Volume},
    },
    operate::snapshots::{RestoreError, place::detach},
    values::Tag,
};

/// Makes a volume, or finds that it is made: by its name, which no other of the region has, and by a
/// mark that no other of that name would have.
pub async fn make(client: &Client, new: &NewVolume, mark: &Tag) -> Result<Volume, RestoreError> {
    let (timing, began) = (Timing::at(client.pace()), Instant::now());
    loop {
        if let Some(found) = named(client, new, mark).await? {
            return Ok(found);
        }
        match client.create_volume(new).await {
            Ok(made) => return Ok(made),
            Err(error) if error.is_ambiguous() || error.is_taken() => {
                if began.elapsed() > timing.action * 6 {
                    return Err(RestoreError::api("make the volume")(error.of_repeatable()));
                }
            }
            Err(error) => return Err(RestoreError::api("make the volume")(error)),
        }
        sleep(timing.interval(began.elapsed())).await;
    }
}

/// Takes a volume off its droplet and deletes it, which may be refused for a moment. One that is just
/// being attached is taken off as soon as it is there.
pub async fn delete(client: &Client, id: &str) -> Result<(), RestoreError> {
    let (timing, began) = (Timing::at(client.pace()), Instant::now());
    loop {
        match detach(client, id).await {
            Ok(()) => {}
            Err(RestoreError::Vanished { .. }) => return Ok(()),
            Err(error) => return Err(error),
        }
        match client.delete_volume(id).await {
            Ok(_) => return Ok(()),
            Err(error)
                if (error.is_conflict() || error.is_pending_event())
                    && began.elapsed() < timing.release => {}
            Err(error) => return Err(RestoreError::api("delete the volume")(error)),
        }
        sleep(timing.interval(began.elapsed())).await;
    }
}

async fn named(
    client: &Client,
    new: &NewVolume,
    mark: &Tag,
) -> Result<Option<Volume>, RestoreError> {
    let all = client.volumes(&new.region).await;
    let all = all.map_err(RestoreError::api("list the region's volumes"))?;
    let found = all.into_iter().find(|volume| volume.name == new.name);
    match found {
        Some(found) if !found.tags.iter().any(|tag| Tag::new(tag) == *mark) => {
            Err(RestoreError::Taken { volume: found.name, id: found.id })
        }
        found => Ok(found),
    }
}
