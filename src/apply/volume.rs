//! Block-storage volumes.

use tokio::time::Instant;

use crate::{
    apply::{
        StepError,
        creation::{self, Creation, Guard, Match},
        job::Job,
        persist::persist,
        tag,
        wait::Wait,
    },
    digitalocean::{
        ApiError,
        tags::{Tagged, TaggedKind},
        volumes::{NewVolume, Volume as Made, VolumeAction},
    },
    inventory::{Found, Id},
    plan::VolumeUpdate,
    resources::Volume,
    values::{Region, Tag},
};

/// Makes a volume, without a filesystem.
pub async fn create(job: &Job<'_>, wanted: &Volume) -> Result<(), StepError> {
    let made = creation::create(job, &Draft { job, wanted }).await?;
    job.learn(Found::id(Id::Text(made.id)));
    Ok(())
}

/// Adds the tags a volume lacks, takes those of a former name off it, and makes it larger.
pub async fn update(job: &Job<'_>, update: &VolumeUpdate) -> Result<(), StepError> {
    job.intend(&job.step.name, None).await?;
    let itself = || Tagged { resource_id: update.id.clone(), resource_type: TaggedKind::Volume };
    for missing in &update.add_tags {
        tag::put(job, missing, itself()).await?;
    }
    for former in &update.remove_tags {
        tag::take_off(job, former, itself()).await?;
    }
    let Some(size) = update.grow_to.map(u64::from) else { return Ok(()) };
    let change = Change {
        id: &update.id,
        region: Region::new(&update.region),
        action: VolumeAction::Resize { size_gigabytes: size, region: update.region.clone() },
        reason: format!("volume {} to have {size} GiB", update.id),
    };
    change.until(job, |volume| volume.size_gigabytes >= size).await
}

/// Deletes a volume and all that is on it; detaches it before from a droplet that stays.
pub async fn delete(job: &Job<'_>, id: &str, from: Option<u64>) -> Result<(), StepError> {
    if let Some(droplet) = from {
        detach(job, id, droplet).await?;
    }
    let doing = format!("delete the volume {}", job.step.name);
    persist(job, &doing, || job.client().delete_volume(id)).await?;
    Ok(())
}

/// Detaches a volume from a droplet, if it is on it.
pub async fn detach(job: &Job<'_>, id: &str, droplet: u64) -> Result<(), StepError> {
    let volume = job.client().volume(id).await.map_err(StepError::api("read the volume"))?;
    let Some(volume) = volume.filter(|volume| volume.droplet_ids.contains(&droplet)) else {
        return Ok(());
    };
    let region = volume.region.slug;
    let change = Change {
        id,
        region: Region::new(&region),
        action: VolumeAction::Detach { droplet_id: droplet, region },
        reason: format!("volume {id} to leave droplet {droplet}"),
    };
    change.until(job, |volume| !volume.droplet_ids.contains(&droplet)).await
}

/// An action on a volume, and what it is to bring about.
pub struct Change<'a> {
    /// The volume.
    pub id: &'a str,
    /// Where it is.
    pub region: Region,
    /// What to do.
    pub action: VolumeAction,
    /// The effect, in words.
    pub reason: String,
}

impl Change<'_> {
    /// Starts the action and waits for its effect.
    ///
    /// An answer that was lost, or a volume or droplet that is busy, changes nothing about what to
    /// do: look whether the effect is there, and else start it again.
    pub async fn until(
        &self,
        job: &Job<'_>,
        is_done: impl Fn(&Made) -> bool,
    ) -> Result<(), StepError> {
        let began = Instant::now();
        job.starts(format!("DigitalOcean may still be getting {}", self.reason));
        loop {
            match job.client().act_on_volume(self.id, &self.action).await {
                Ok(action) => {
                    self.wait(job, action.id, &is_done).await?;
                    job.settled();
                    return Ok(());
                }
                Err(error) => {
                    let again =
                        error.is_ambiguous() || error.is_pending_event() || error.is_conflict();
                    job.pause(job.timing().interval(began.elapsed())).await?;
                    let volume = job.volume(self.id, &self.region, Instant::now()).await?;
                    if volume.is_some_and(|volume| is_done(&volume)) {
                        job.settled();
                        return Ok(());
                    }
                    if !again || began.elapsed() > job.timing().idle {
                        let doing = format!("get {}", self.reason);
                        return Err(StepError::api(doing)(error.of_repeatable()));
                    }
                }
            }
        }
    }

    async fn wait(
        &self,
        job: &Job<'_>,
        action: u64,
        is_done: &impl Fn(&Made) -> bool,
    ) -> Result<(), StepError> {
        let wait = Wait::for_effect(job, self.reason.clone(), Some(action));
        wait.until(job, async |since| match job.volume(self.id, &self.region, since).await? {
            Some(volume) => Ok(is_done(&volume).then_some(())),
            None => Err(StepError::Vanished { what: format!("volume {}", self.id) }),
        })
        .await
    }
}

struct Draft<'a> {
    job: &'a Job<'a>,
    wanted: &'a Volume,
}

impl Creation for Draft<'_> {
    type Thing = Made;

    fn what(&self) -> String {
        format!("the volume {}", self.wanted.name)
    }

    fn guard(&self) -> Guard {
        Guard::Name
    }

    /// Nobody knows how soon the name of a deleted volume can be used again.
    fn name_lingers(&self) -> bool {
        true
    }

    async fn make(&self) -> Result<Made, ApiError> {
        let new = NewVolume {
            name: self.wanted.name.to_string(),
            region: self.wanted.region.to_string(),
            size_gigabytes: u64::from(self.wanted.size_gb),
            tags: self.wanted.tags.iter().map(ToString::to_string).collect(),
            ..NewVolume::default()
        };
        self.job.client().create_volume(&new).await
    }

    async fn find(&self) -> Result<Match<Made>, StepError> {
        let all = self.job.client().volumes(self.wanted.region.as_str()).await;
        let all = all.map_err(StepError::api("list the region's volumes"))?;
        let own = self.job.run.plan.mark.address_tag(&self.job.step.address);
        let named = all.into_iter().find(|volume| volume.name == self.wanted.name.as_str());
        Ok(match named {
            Some(volume) if volume.tags.iter().any(|tag| Tag::new(tag) == own) => {
                Match::Ours(volume)
            }
            Some(volume) => Match::Others(volume.id),
            None => Match::Nothing,
        })
    }

    fn id(made: &Made) -> String {
        made.id.clone()
    }
}
