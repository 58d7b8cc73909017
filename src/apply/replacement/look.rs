//! What the two machines and their volumes look like, from the API's words.

use crate::{
    apply::{
        StepError,
        droplet::is_ready,
        job::Job,
        replacement::decide::{Data, Goal, Machine},
    },
    digitalocean::{
        droplets::{Droplet, DropletStatus},
        volumes::Volume,
    },
};

/// A machine that was or will be in use: on or off as its status says.
pub fn machine(droplet: Option<&Droplet>) -> Machine {
    match droplet.map(|droplet| (droplet.locked, &droplet.status)) {
        None => Machine::Absent,
        Some((true, _) | (false, DropletStatus::New)) => Machine::Busy,
        Some((false, DropletStatus::Active)) => Machine::On,
        Some((false, DropletStatus::Off)) => Machine::Off,
        Some((false, DropletStatus::Archive | DropletStatus::Other(_))) => Machine::Odd,
    }
}

/// The new machine, which is on only when it is healthy: active, free, with both its addresses.
/// Probes of what runs on it belong here.
pub fn successor(droplet: Option<&Droplet>) -> Machine {
    match (machine(droplet), droplet) {
        (Machine::On, Some(droplet)) if !is_ready(droplet) => Machine::Busy,
        (seen, _) => seen,
    }
}

/// The first of the volumes that is not where the goal wants it, and where it is.
pub async fn data(
    job: &Job<'_>,
    volumes: &[String],
    goal: Goal,
    (old, new): (u64, Option<u64>),
) -> Result<(Data, Option<Volume>), StepError> {
    let home = match goal {
        Goal::Replace => Data::OnNew,
        Goal::Restore => Data::OnOld,
    };
    for id in volumes {
        let volume = read(job, id).await?;
        let place = match volume.droplet_ids.first() {
            None => Data::Free,
            Some(holder) if *holder == old => Data::OnOld,
            Some(holder) if Some(*holder) == new => Data::OnNew,
            Some(_) => Data::Elsewhere,
        };
        if place != home {
            return Ok((place, Some(volume)));
        }
    }
    Ok((Data::InPlace, None))
}

/// A volume, read by itself.
pub async fn read(job: &Job<'_>, id: &str) -> Result<Volume, StepError> {
    let volume = job.client().volume(id).await;
    let volume = volume.map_err(StepError::api(format!("read volume {id}")))?;
    volume.ok_or_else(|| StepError::Vanished { what: format!("volume {id}") })
}
