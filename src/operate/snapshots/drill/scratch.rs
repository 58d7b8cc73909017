//! What a drill makes, found by its mark and removed.
//!
//! All of it carries the tag `dostack-drill:<stack>:<claim>`, which is there before the first thing
//! and goes after the last one: who finds the tag knows that there may be something, and whose it is.

use std::collections::BTreeSet;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    apply::Timing,
    digitalocean::{
        Client,
        droplets::{Droplet, DropletStatus, NewDroplet},
        firewalls::{Firewall, InboundRule, NewFirewall, Peers},
        volumes::{NewVolume, Volume},
    },
    operate::snapshots::{Drill, DrillError, place::attach, volume},
    values::{Mark, Tag},
};

/// The things of one drill.
pub struct Scratch<'a> {
    client: &'a Client,
    /// The tag that all of them carry.
    mark: Tag,
}

impl<'a> Scratch<'a> {
    /// The things with this mark.
    pub const fn of(client: &'a Client, mark: Tag) -> Self {
        Self { client, mark }
    }

    /// Writes down in the account that there may be something.
    pub async fn begin(&self) -> Result<(), DrillError> {
        for tag in [Mark::drill_tag(), self.mark.clone()] {
            let made = self.client.create_tag(tag.as_str()).await;
            made.map_err(DrillError::api("mark what is to be made"))?;
        }
        Ok(())
    }

    /// The tags of each of its things.
    pub fn tags(&self) -> Vec<String> {
        [Mark::drill_tag(), self.mark.clone()].iter().map(Tag::to_string).collect()
    }

    /// Makes the volume.
    pub async fn volume(&self, drill: &Drill<'_>, name: String) -> Result<Volume, DrillError> {
        let new = NewVolume {
            name,
            region: drill.stack.region.to_string(),
            size_gigabytes: drill.size_gb(),
            tags: self.tags(),
            snapshot_id: Some(drill.copy.id.clone()),
            ..NewVolume::default()
        };
        Ok(volume::make(self.client, &new, &self.mark).await?)
    }

    /// Makes the firewall of the droplet: in comes SSH from where the stack allows it, out goes
    /// nothing.
    pub async fn firewall(&self, drill: &Drill<'_>, name: String) -> Result<(), DrillError> {
        let addresses = drill.stack.ssh.allow_from.iter().map(ToString::to_string).collect();
        let sources = Peers { addresses, ..Peers::default() };
        let rule = InboundRule { protocol: "tcp".to_owned(), ports: "22".to_owned(), sources };
        let tags = vec![self.mark.to_string()];
        let new = NewFirewall { name, inbound_rules: vec![rule], tags, ..NewFirewall::default() };
        let (timing, began) = (Timing::at(self.client.pace()), Instant::now());
        loop {
            match self.client.create_firewall(&new).await {
                Ok(_) => return Ok(()),
                // A second one of the name is refused.
                Err(error) if error.is_ambiguous() || error.is_taken() => {
                    if !self.firewalls().await?.is_empty() {
                        return Ok(());
                    }
                    if began.elapsed() > timing.action {
                        return Err(DrillError::api("make the firewall")(error.of_repeatable()));
                    }
                }
                Err(error) => return Err(DrillError::api("make the firewall")(error)),
            }
            sleep(timing.interval(began.elapsed())).await;
        }
    }

    /// Makes the droplet: asked for once, and looked for where no answer came.
    pub async fn droplet(
        &self,
        new: &NewDroplet,
        stop: &CancellationToken,
    ) -> Result<u64, DrillError> {
        let lost = match self.client.create_droplet(new).await {
            Ok(accepted) => return Ok(accepted.droplet.id),
            Err(error) if error.is_ambiguous() => error,
            Err(error) => return Err(DrillError::api("make the droplet")(error)),
        };
        for wait in Timing::at(self.client.pace()).lost() {
            if stop.run_until_cancelled(sleep(wait)).await.is_none() {
                break;
            }
            if let Some(found) = self.droplets().await?.first() {
                return Ok(found.id);
            }
        }
        Err(DrillError::Lost { name: new.name.clone(), source: Box::new(lost) })
    }

    /// Waits until a droplet is on and has its address.
    pub async fn until_on(&self, id: u64) -> Result<Droplet, DrillError> {
        let (timing, began) = (Timing::at(self.client.pace()), Instant::now());
        loop {
            let read = self.client.droplet(id).await;
            let droplet = read.map_err(DrillError::api("read the droplet"))?;
            match droplet.filter(is_on) {
                Some(droplet) => return Ok(droplet),
                None if began.elapsed() > timing.create_droplet => {
                    return Err(DrillError::Late { droplet: id, wanted: "on" });
                }
                None => sleep(timing.interval(began.elapsed())).await,
            }
        }
    }

    /// Attaches the volume to a droplet.
    pub async fn attach(&self, volume: &Volume, droplet: u64) -> Result<(), DrillError> {
        Ok(attach(self.client, &volume.id, droplet).await?)
    }

    /// The volumes that are there, in any region: the stack may have moved since.
    pub async fn volumes(&self) -> Result<Vec<Volume>, DrillError> {
        let all = self.client.all_volumes().await;
        let mut all = all.map_err(DrillError::api("list the volumes"))?;
        all.retain(|volume| self.is_marked(&volume.tags));
        Ok(all)
    }

    /// The droplets that are there, in the listing of all: that by tag may be behind.
    pub async fn droplets(&self) -> Result<Vec<Droplet>, DrillError> {
        let all = self.client.droplets().await;
        let mut all = all.map_err(DrillError::api("list the droplets"))?;
        all.retain(|droplet| self.is_marked(&droplet.tags));
        Ok(all)
    }

    async fn firewalls(&self) -> Result<Vec<Firewall>, DrillError> {
        let all = self.client.firewalls().await;
        let mut all = all.map_err(DrillError::api("list the firewalls"))?;
        all.retain(|wall| self.is_marked(&wall.tags));
        Ok(all)
    }

    fn is_marked(&self, tags: &[String]) -> bool {
        tags.iter().any(|tag| Tag::new(tag) == self.mark)
    }

    /// Removes everything but the mark. The machine has let go of the volumes by now.
    pub async fn remove(
        &self,
        volumes: &[Volume],
        droplets: &BTreeSet<u64>,
    ) -> Result<(), DrillError> {
        for left in volumes {
            volume::delete(self.client, &left.id).await?;
        }
        for id in droplets {
            self.delete_droplet(*id).await?;
        }
        for wall in self.firewalls().await? {
            let gone = self.client.delete_firewall(&wall.id).await;
            gone.map_err(DrillError::api("delete the firewall"))?;
        }
        Ok(())
    }

    /// Takes the mark away: nothing of it is left, and nothing will come.
    pub async fn forget(&self) -> Result<(), DrillError> {
        let gone = self.client.delete_tag(self.mark.as_str()).await;
        gone.map(|_| ()).map_err(DrillError::api("delete the mark"))
    }

    async fn delete_droplet(&self, id: u64) -> Result<(), DrillError> {
        let (timing, began) = (Timing::at(self.client.pace()), Instant::now());
        loop {
            match self.client.delete_droplet(id).await {
                Ok(_) => break,
                Err(error)
                    if (error.is_conflict() || error.is_pending_event())
                        && began.elapsed() < timing.release => {}
                Err(error) => return Err(DrillError::api("delete the droplet")(error)),
            }
            sleep(timing.interval(began.elapsed())).await;
        }
        loop {
            let read = self.client.droplet(id).await;
            if read.map_err(DrillError::api("read the droplet"))?.is_none() {
                return Ok(());
            }
            if began.elapsed() > timing.delete_droplet {
                return Err(DrillError::Late { droplet: id, wanted: "gone" });
            }
            sleep(timing.interval(began.elapsed())).await;
        }
    }
}

/// Whether it is on, free, and can be reached.
fn is_on(droplet: &Droplet) -> bool {
    !droplet.locked && droplet.status == DropletStatus::Active && droplet.public_ipv4().is_some()
}
