//! Machines: made, and deleted.

use std::net::IpAddr;

use jiff::SignedDuration;
use tokio::time::Instant;

use crate::{
    apply::{
        StepError, backups,
        creation::{self, Creation, Guard, Match},
        job::Job,
        persist::persist,
        volume,
        wait::Wait,
    },
    digitalocean::{
        ApiError,
        actions::ActionStatus,
        droplets::{Droplet as Made, DropletStatus, ImageName, NewDroplet, UserData},
    },
    inventory::{Found, Id},
    journal::Via,
    render::with_host_key,
    resources::{Backups, Droplet},
    values::{Tag, short_digest},
};

/// How often a droplet may be missing before it counts as vanished: one listing can lag.
const MISSES: u32 = 3;

/// Makes a machine and waits until it is on and has its addresses.
pub async fn create(job: &Job<'_>, wanted: &Droplet) -> Result<(), StepError> {
    let identity = vec![job.run.plan.mark.address_tag(&job.step.address)];
    let Accepted { id, action } = accepted(job, wanted, identity).await?;
    job.starts(format!("droplet {id} ({}) is being created", wanted.name));
    let made = until_ready(job, id, action).await?;
    job.settled();
    job.learn(Found {
        id: Id::Number(id),
        public_ip: made.public_ipv4().map(IpAddr::V4),
        private_ip: made.private_ipv4().map(IpAddr::V4),
    });
    Ok(())
}

/// Makes the machine that takes another's place; gives its id, and that of the action that makes
/// it, if this run asked for it.
///
/// It has the other's address, so its generation is a part of its identity.
pub async fn succeed(
    job: &Job<'_>,
    wanted: &Droplet,
    generation: &Tag,
) -> Result<(u64, Option<u64>), StepError> {
    let identity = vec![job.run.plan.mark.address_tag(&job.step.address), generation.clone()];
    let Accepted { id, action } = accepted(job, wanted, identity).await?;
    Ok((id, action))
}

/// A machine that is on its way, whether this run asked for it or an earlier one.
async fn accepted(
    job: &Job<'_>,
    wanted: &Droplet,
    identity: Vec<Tag>,
) -> Result<Accepted, StepError> {
    let draft = Draft { job, wanted, identity, new: body(job, wanted)? };
    let look = async |since| draft.look(since).await;
    match creation::already_there(job, &draft.what(), look).await? {
        Some(accepted) => {
            job.acknowledge(accepted.id.to_string(), Via::Lookup).await?;
            Ok(accepted)
        }
        None => creation::create(job, &draft).await,
    }
}

/// Waits until a droplet is on, free, and has both its addresses.
pub async fn until_ready(job: &Job<'_>, id: u64, action: Option<u64>) -> Result<Made, StepError> {
    let wait = Wait {
        reason: format!("droplet {id} to be active"),
        at_most: job.timing().create_droplet,
        action,
        look_after: job.timing().create_action,
    };
    let mut missed = 0;
    wait.until(job, async |since| match job.droplet(id, since).await? {
        Some(droplet) => {
            missed = 0;
            Ok(is_ready(&droplet).then_some(droplet))
        }
        None if is_under_way(job, action).await? => Ok(None),
        None => {
            missed += 1;
            let what = format!("droplet {id}");
            if missed < MISSES { Ok(None) } else { Err(StepError::Vanished { what }) }
        }
    })
    .await
}

/// Deletes a machine and waits until it is gone; its volumes stay.
pub async fn delete(job: &Job<'_>, id: u64) -> Result<(), StepError> {
    let doing = format!("delete droplet {id} ({})", job.step.name);
    let delete = || job.client().delete_droplet(id);
    match delete().await {
        Ok(_) => {}
        Err(error) if error.is_conflict() => {
            leave_volumes(job, id).await?;
            persist(job, &doing, delete).await?;
        }
        Err(_) => {
            persist(job, &doing, delete).await?;
        }
    }
    job.starts(format!("droplet {id} ({}) is being deleted", job.step.name));
    let wait = Wait {
        reason: format!("droplet {id} to be gone"),
        at_most: job.timing().delete_droplet,
        action: None,
        look_after: job.timing().delete_droplet,
    };
    wait.until(job, async |since| Ok(job.droplet(id, since).await?.is_none().then_some(())))
        .await?;
    job.settled();
    Ok(())
}

/// Detaches the volumes of a machine that cannot be deleted while it has them.
async fn leave_volumes(job: &Job<'_>, id: u64) -> Result<(), StepError> {
    let Some(droplet) = job.droplet_alone(id).await? else { return Ok(()) };
    for volume in &droplet.volume_ids {
        volume::detach(job, volume, id).await?;
    }
    Ok(())
}

/// Whether it is on, free, and has both its addresses.
pub fn is_ready(droplet: &Made) -> bool {
    !droplet.locked
        && droplet.status == DropletStatus::Active
        && droplet.public_ipv4().is_some()
        && droplet.private_ipv4().is_some()
}

/// Whether a droplet that is not shown may still come: its action runs.
async fn is_under_way(job: &Job<'_>, action: Option<u64>) -> Result<bool, StepError> {
    let Some(id) = action else { return Ok(false) };
    let read = job.client().action(id).await;
    let action = read.map_err(StepError::api(format!("read action {id}")))?;
    match action.map(|action| action.status) {
        Some(ActionStatus::InProgress) => Ok(true),
        Some(ActionStatus::Errored) => {
            let doing = format!("create the droplet {}", job.step.name);
            Err(StepError::Errored { doing, action: id })
        }
        Some(ActionStatus::Completed | ActionStatus::Other(_)) | None => Ok(false),
    }
}

fn body(job: &Job<'_>, wanted: &Droplet) -> Result<NewDroplet, StepError> {
    let volumes: Result<Vec<String>, StepError> =
        wanted.volumes.iter().map(|volume| job.text_id(volume)).collect();
    let slug = wanted.image.as_str();
    let policy = match wanted.backups {
        Backups::On(policy) => policy,
        Backups::Off | Backups::Unsaid => None,
    };
    let (user_data, host_key) = user_data(job, wanted);
    Ok(NewDroplet {
        name: wanted.name.to_string(),
        region: wanted.region.to_string(),
        size: wanted.size.to_string(),
        image: slug.parse().map_or_else(|_| ImageName::Slug(slug.to_owned()), ImageName::Id),
        ssh_keys: wanted.keys.iter().map(ToString::to_string).collect(),
        vpc_uuid: Some(job.text_id(&wanted.vpc)?),
        tags: wanted.tags.iter().chain(&host_key).map(ToString::to_string).collect(),
        user_data: Some(UserData(user_data)),
        volumes: volumes?,
        monitoring: wanted.monitoring.then_some(true),
        backups: matches!(wanted.backups, Backups::On(_)).then_some(true),
        backup_policy: policy.map(backups::wire),
        ..NewDroplet::default()
    })
}

/// What the machine starts with, with a host key of its own, and the tag by which any computer
/// knows that key; a project's own template may want none.
fn user_data(job: &Job<'_>, wanted: &Droplet) -> (String, Option<Tag>) {
    let key = job.run.world.seed.host_key(&job.step.address.to_string());
    match with_host_key(&wanted.user_data, &key) {
        Some(text) => (text, Some(job.run.plan.mark.host_key_tag(key.digest()))),
        None => (wanted.user_data.to_string(), None),
    }
}

/// A droplet that is there or on its way.
struct Accepted {
    id: u64,
    action: Option<u64>,
}

struct Draft<'a> {
    job: &'a Job<'a>,
    wanted: &'a Droplet,
    /// The tags by which it is known.
    identity: Vec<Tag>,
    new: NewDroplet,
}

impl Draft<'_> {
    async fn look(&self, since: Instant) -> Result<Match<Accepted>, StepError> {
        let all = self.job.census(since).await?;
        let is_ours = |droplet: &&Made| {
            let carries = |own: &Tag| droplet.tags.iter().any(|tag| Tag::new(tag) == *own);
            self.identity.iter().all(carries)
        };
        let ours: Vec<&Made> = all.iter().filter(is_ours).collect();
        Ok(match ours.as_slice() {
            [one] => Match::Ours(Accepted { id: one.id, action: None }),
            [] if all.iter().any(|droplet| self.may_become_ours(droplet)) => Match::Unmarked,
            [] => Match::Nothing,
            several => Match::Several(several.iter().map(|one| one.id.to_string()).collect()),
        })
    }

    /// DigitalOcean puts tags on a droplet after it is made, so a young one may not have them yet.
    fn may_become_ours(&self, droplet: &Made) -> bool {
        let age = (self.job.run.world.clock)().duration_since(droplet.created_at);
        let young = SignedDuration::try_from(self.job.timing().untagged)
            .is_ok_and(|untagged| age < untagged);
        young && droplet.tags.is_empty() && droplet.name.eq_ignore_ascii_case(&self.new.name)
    }
}

impl Creation for Draft<'_> {
    type Thing = Accepted;

    fn what(&self) -> String {
        format!("the droplet {}", self.wanted.name)
    }

    fn body(&self) -> Option<String> {
        Some(short_digest(&self.wanted.user_data))
    }

    /// DigitalOcean allows any number of droplets of one name.
    fn guard(&self) -> Guard {
        Guard::Care
    }

    async fn make(&self) -> Result<Accepted, ApiError> {
        let accepted = self.job.client().create_droplet(&self.new).await?;
        Ok(Accepted { id: accepted.droplet.id, action: accepted.action })
    }

    async fn find(&self) -> Result<Match<Accepted>, StepError> {
        self.look(Instant::now()).await
    }

    fn id(accepted: &Accepted) -> String {
        accepted.id.to_string()
    }
}
