//! A snapshot of each volume before it changes machines.

use jiff::SignedDuration;

use crate::{
    apply::{
        StepError,
        creation::{self, Creation, Guard, Match},
        job::Job,
        resize::debt::Open,
    },
    digitalocean::{
        ApiError,
        snapshots::{NewSnapshot, Snapshot},
        volumes::Volume,
    },
    values::Tag,
};

/// How many snapshots a volume may have (docs.digitalocean.com/products/snapshots/details/limits).
const MOST: usize = 25;

/// How far apart two snapshots of a volume have to be, at DigitalOcean's own pace (ibid.).
const APART: SignedDuration = SignedDuration::from_mins(10);

/// Makes sure, while everything still runs, that a snapshot can be taken.
pub async fn check(job: &Job<'_>, volume: &Volume) -> Result<(), StepError> {
    let all = list(job, volume).await?;
    let name = volume.name.clone();
    if all.len() >= MOST {
        let why = format!("it has {MOST} snapshots, the most there can be; delete one");
        return Err(StepError::NoCopy { volume: name, why });
    }
    let now = (job.run.world.clock)();
    let ages = all.iter().map(|snapshot| now.duration_since(snapshot.created_at));
    match ages.min().filter(|age| *age < APART) {
        Some(age) => {
            let minutes = (APART - age).as_secs().div_euclid(60) + 1;
            let why = format!("one was taken just now; run this again in {minutes} min");
            Err(StepError::NoCopy { volume: name, why })
        }
        None => Ok(()),
    }
}

/// Takes a snapshot that is named after the debt, unless there is one.
///
/// The debt was opened for this very switching-off, so one that is there was taken since.
pub async fn ensure(job: &Job<'_>, volume: &Volume, debt: &Open) -> Result<(), StepError> {
    let mark = &job.run.plan.mark;
    let ours = volume.tags.iter().filter(|tag| mark.owns_tag(&Tag::new(*tag)));
    let tags = ours.filter(|tag| !mark.is_former(tag)).cloned().collect();
    let name = format!("{}-{}", volume.name, debt.operation());
    let draft = Draft { job, volume, new: NewSnapshot { name, tags } };
    if let Match::Ours(_) = draft.find().await? {
        return Ok(());
    }
    creation::create(job, &draft).await.map(|_| ())
}

async fn list(job: &Job<'_>, volume: &Volume) -> Result<Vec<Snapshot>, StepError> {
    let read = job.client().snapshots_of(&volume.id).await;
    read.map_err(StepError::api(format!("list the snapshots of the volume {}", volume.name)))
}

struct Draft<'a> {
    job: &'a Job<'a>,
    volume: &'a Volume,
    new: NewSnapshot,
}

impl Creation for Draft<'_> {
    type Thing = Snapshot;

    fn what(&self) -> String {
        format!("the snapshot {}", self.new.name)
    }

    fn guard(&self) -> Guard {
        Guard::Name
    }

    async fn make(&self) -> Result<Snapshot, ApiError> {
        self.job.client().snapshot_volume(&self.volume.id, &self.new).await
    }

    async fn find(&self) -> Result<Match<Snapshot>, StepError> {
        let all = list(self.job, self.volume).await?;
        let named = all.into_iter().find(|snapshot| snapshot.name == self.new.name);
        Ok(named.map_or(Match::Nothing, Match::Ours))
    }

    fn id(made: &Snapshot) -> String {
        made.id.clone()
    }
}
