//! Reserved IPs: made on their droplet, moved, and given back.
//!
//! An address has no tags; its droplet says by a tag whose it is. So it is made assigned, never
//! apart, and one that is to go is first named in a tag of the droplet: between leaving the droplet
//! and being deleted it would be nobody's.

use std::net::{IpAddr, Ipv4Addr};

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
        reserved_ips::{ReservedIp as Made, ReservedIpAction},
        tags::{Tagged, TaggedKind},
    },
    inventory::{Found, Id},
    journal::Via,
    resources::ReservedIp,
    values::{Address, Tag},
};

/// Makes a reserved IP on its droplet, or finds that an earlier run has made it.
pub async fn create(job: &Job<'_>, wanted: &ReservedIp) -> Result<(), StepError> {
    let droplet = job.droplet_id(&wanted.droplet)?;
    let draft = Draft { job, wanted, droplet };
    let is_marked = draft.is_marked().await?;
    let look = async |since| draft.look(since).await;
    let accepted = match creation::already_there(job, &draft.what(), look).await? {
        Some(accepted) if is_marked => {
            job.acknowledge(accepted.ip.to_string(), Via::Lookup).await?;
            accepted
        }
        Some(other) => {
            return Err(StepError::Taken { what: draft.what(), id: other.ip.to_string() });
        }
        None => {
            if !is_marked {
                job.intend(&draft.what(), None).await?;
                tag::put(job, &wanted.mark, tagged(droplet)).await?;
            }
            draft.make_when_free().await?
        }
    };
    let there = Move { ip: accepted.ip, to: Some(droplet) };
    there.wait(job, accepted.action).await?;
    job.learn(found(accepted.ip));
    Ok(())
}

/// Puts a reserved IP back on the droplet that an earlier run took it from.
pub async fn restore(job: &Job<'_>, ip: Ipv4Addr, droplet: u64) -> Result<(), StepError> {
    job.intend(&job.step.name, None).await?;
    tag::put(job, &job.run.plan.mark.reserved_ip_tag(), tagged(droplet)).await?;
    assign(job, ip, droplet).await?;
    tag::delete_one(job, &job.run.plan.mark.leaving_ip_tag(ip)).await?;
    job.learn(found(ip));
    Ok(())
}

/// Moves a reserved IP to the machine that takes the place of its own.
pub async fn follow(job: &Job<'_>, ip: Ipv4Addr, to: &Address) -> Result<(), StepError> {
    let droplet = job.droplet_id(to)?;
    job.intend(&job.step.name, None).await?;
    assign(job, ip, droplet).await?;
    job.learn(found(ip));
    Ok(())
}

/// Moves a reserved IP to a droplet, from wherever it is, and waits until it is there.
///
/// The droplet has to carry the stack's tag for reserved IPs before.
pub async fn assign(job: &Job<'_>, ip: Ipv4Addr, droplet: u64) -> Result<(), StepError> {
    Move { ip, to: Some(droplet) }.until(job).await
}

/// Gives a reserved IP back, and takes the tags that spoke of it off its droplet.
pub async fn delete(
    job: &Job<'_>,
    ip: Option<Ipv4Addr>,
    (droplet, tags): (u64, &[Tag]),
) -> Result<(), StepError> {
    if let Some(ip) = ip {
        give_back(job, ip, droplet).await?;
    }
    for tag in tags {
        tag::take_off(job, tag, tagged(droplet)).await?;
    }
    if let Some(ip) = ip {
        tag::delete_one(job, &job.run.plan.mark.leaving_ip_tag(ip)).await?;
    }
    Ok(())
}

/// Names the address in a tag, takes it off the droplet and deletes it.
async fn give_back(job: &Job<'_>, ip: Ipv4Addr, droplet: u64) -> Result<(), StepError> {
    match read(job, ip).await? {
        None => return Ok(()),
        Some(live) => match live.droplet_id() {
            None => {}
            Some(holder) if holder == droplet => {
                tag::put(job, &job.run.plan.mark.leaving_ip_tag(ip), tagged(droplet)).await?;
                Move { ip, to: None }.until(job).await?;
            }
            Some(holder) => {
                return Err(StepError::Elsewhere {
                    what: format!("reserved IP {ip}"),
                    droplet: holder,
                });
            }
        },
    }
    let doing = format!("delete the reserved IP {ip}");
    let wait = Wait::for_effect(job, format!("reserved IP {ip} to be gone"), None);
    persist(job, &doing, || job.client().delete_reserved_ip(ip)).await?;
    wait.until(job, async |since| {
        if job.reserved_ips(since).await?.iter().all(|live| live.ip != ip) {
            return Ok(Some(()));
        }
        // A first call has been seen to do no more than take it off its droplet (godo, issue 487).
        persist(job, &doing, || job.client().delete_reserved_ip(ip)).await?;
        Ok(None)
    })
    .await
}

async fn read(job: &Job<'_>, ip: Ipv4Addr) -> Result<Option<Made>, StepError> {
    let read = job.client().reserved_ip(ip).await;
    read.map_err(StepError::api(format!("read the reserved IP {ip}")))
}

fn tagged(droplet: u64) -> Tagged {
    Tagged { resource_id: droplet.to_string(), resource_type: TaggedKind::Droplet }
}

fn found(ip: Ipv4Addr) -> Found {
    Found { public_ip: Some(IpAddr::V4(ip)), ..Found::id(Id::Text(ip.to_string())) }
}

/// A reserved IP on its way: to a droplet, or to none.
struct Move {
    ip: Ipv4Addr,
    to: Option<u64>,
}

impl Move {
    /// Starts the move and waits for its end.
    ///
    /// An answer that was lost, or an address or droplet that is busy, changes nothing about what
    /// to do: look where it is, and else start again. Being where it is to go, it is refused.
    async fn until(&self, job: &Job<'_>) -> Result<(), StepError> {
        let began = Instant::now();
        let action = match self.to {
            Some(droplet_id) => ReservedIpAction::Assign { droplet_id },
            None => ReservedIpAction::Unassign,
        };
        job.starts(format!("DigitalOcean may still be getting {}", self.reason()));
        loop {
            match job.client().act_on_reserved_ip(self.ip, &action).await {
                Ok(action) => return self.wait(job, Some(action.id)).await,
                Err(error) => {
                    let again =
                        error.is_ambiguous() || error.is_pending_event() || error.is_conflict();
                    job.pause(job.timing().interval(began.elapsed())).await?;
                    if self.is_there(job, Instant::now()).await?.is_some() {
                        job.settled();
                        return Ok(());
                    }
                    if !again || began.elapsed() > job.timing().idle {
                        let doing = format!("get {}", self.reason());
                        return Err(StepError::api(doing)(error.of_repeatable()));
                    }
                }
            }
        }
    }

    /// Waits until it is where it is to go.
    async fn wait(&self, job: &Job<'_>, action: Option<u64>) -> Result<(), StepError> {
        let wait = Wait::for_effect(job, self.reason(), action);
        wait.until(job, async |since| self.is_there(job, since).await).await?;
        job.settled();
        Ok(())
    }

    async fn is_there(&self, job: &Job<'_>, since: Instant) -> Result<Option<()>, StepError> {
        let all = job.reserved_ips(since).await?;
        let is_it = |live: &&Made| live.ip == self.ip;
        let live = all.iter().find(is_it);
        Ok(live.filter(|live| live.droplet_id() == self.to && !live.locked).map(|_| ()))
    }

    fn reason(&self) -> String {
        match self.to {
            Some(droplet) => format!("reserved IP {} to be on droplet {droplet}", self.ip),
            None => format!("reserved IP {} to leave its droplet", self.ip),
        }
    }
}

/// An address that is there or on its way.
struct Accepted {
    ip: Ipv4Addr,
    action: Option<u64>,
}

struct Draft<'a> {
    job: &'a Job<'a>,
    wanted: &'a ReservedIp,
    droplet: u64,
}

impl Draft<'_> {
    /// Whether the droplet says that an address on it is the stack's.
    async fn is_marked(&self) -> Result<bool, StepError> {
        let droplet = self.job.droplet(self.droplet, self.job.run.began).await?;
        let vanished = || StepError::Vanished { what: format!("droplet {}", self.droplet) };
        let droplet = droplet.ok_or_else(vanished)?;
        Ok(droplet.tags.iter().any(|tag| Tag::new(tag) == self.wanted.mark))
    }

    /// Makes it as soon as no other action holds the droplet.
    async fn make_when_free(&self) -> Result<Accepted, StepError> {
        let began = Instant::now();
        loop {
            let made = creation::create(self.job, self).await;
            let is_busy =
                matches!(&made, Err(StepError::Api { source, .. }) if source.is_pending_event());
            if !is_busy || began.elapsed() > self.job.timing().idle {
                return made;
            }
            self.job.pause(self.job.timing().interval(began.elapsed())).await?;
        }
    }

    async fn look(&self, since: Instant) -> Result<Match<Accepted>, StepError> {
        let all = self.job.reserved_ips(since).await?;
        let on: Vec<&Made> =
            all.iter().filter(|live| live.droplet_id() == Some(self.droplet)).collect();
        Ok(match on.as_slice() {
            [one] => Match::Ours(Accepted { ip: one.ip, action: None }),
            [] if all.iter().any(|live| self.may_become_ours(live)) => Match::Unmarked,
            [] => Match::Nothing,
            several => Match::Several(several.iter().map(|one| one.ip.to_string()).collect()),
        })
    }

    /// An address on no droplet that an action holds may be on its way to this one.
    fn may_become_ours(&self, live: &Made) -> bool {
        live.droplet.is_none() && live.locked && live.region.slug == self.wanted.region.as_str()
    }
}

impl Creation for Draft<'_> {
    type Thing = Accepted;

    fn what(&self) -> String {
        format!("the reserved IP of {}", self.wanted.name)
    }

    /// A droplet takes one address only, but a second one would exist and be billed all the same.
    fn guard(&self) -> Guard {
        Guard::Care
    }

    async fn make(&self) -> Result<Accepted, ApiError> {
        let accepted = self.job.client().create_reserved_ip(self.droplet).await?;
        Ok(Accepted { ip: accepted.reserved_ip.ip, action: accepted.action })
    }

    async fn find(&self) -> Result<Match<Accepted>, StepError> {
        self.look(Instant::now()).await
    }

    fn id(accepted: &Accepted) -> String {
        accepted.ip.to_string()
    }
}
