//! A snapshot tried: made into a volume that a machine mounts, looks at and lets go of.
//!
//! ```text
//! mark -> volume -> firewall -> droplet -> attached -> look.sh -> Verdict
//!                                                         all of it removed, the mark last
//! ```
//!
//! Nothing of it is the stack's, so it takes no lock; the mark says who is at it, and whoever finds
//! one of somebody who is gone removes what carries it.

mod error;
mod look;
mod scratch;

use std::{collections::BTreeSet, net::IpAddr, time::Duration};

use jiff::SignedDuration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    apply::Timing,
    calendar::Copy,
    config::Stack,
    digitalocean::droplets::{Droplet, ImageName, NewDroplet, UserData},
    engine::Site,
    lock::Claim,
    operate::snapshots::{Account, Nowhere, Way},
    render::with_host_key,
    resources::{Catalog, volume_price},
    ssh::{Deadlines, Login, Session, SshError, Target, connect},
    values::{HostKey, Money, PublicKey, SizeSlug, Tag, in_full},
};

use self::{
    look::{leave, look},
    scratch::Scratch,
};

pub use self::{
    error::DrillError,
    look::{Found, Verdict},
};

/// What the temporary droplet is: the newest long-term release reads the file systems of those before
/// it, and a check of a large one takes memory.
const IMAGE: &str = "ubuntu-24-04-x64";
const SIZE: &str = "s-1vcpu-2gb";

/// What it starts with, but for the keys of its operators.
const MACHINE: &str = include_str!("machine.yaml");

/// How long a drill may take at the very most; later its mark is a killed one's.
const LONGEST: SignedDuration = SignedDuration::from_hours(3);

/// How many seconds a droplet that is on may take to let us in.
const BOOT: u32 = 300;

/// The hours for which a month of anything is billed (docs.digitalocean.com/platform/billing).
const HOURS: i64 = 672;

/// A snapshot, and where it is tried.
pub struct Drill<'a> {
    /// The account, and this process.
    pub site: &'a Site,
    /// Whose snapshot it is.
    pub stack: &'a Stack,
    /// The way to the machines.
    pub reach: Reach,
    /// The snapshot.
    pub copy: &'a Copy,
    /// Where it is tried.
    pub stage: Stage,
    /// Cancelled when somebody asks to stop: what is made is still removed.
    pub stop: &'a CancellationToken,
}

/// Where a snapshot is tried.
#[derive(Clone, std::marker::Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// On a droplet that is made for it.
    Own,
    /// On a droplet of the stack's.
    Node(u64),
}

/// The way to the machines.
#[derive(Clone, Debug)]
pub enum Reach {
    /// As whoever logs in so.
    Login(Login),
    /// There is none, and why.
    Nowhere(&'static str),
}

/// How a drill ended.
#[derive(Debug)]
pub struct Drilled {
    /// What came of the snapshot.
    pub verdict: Result<Verdict, DrillError>,
    /// Why not everything of the drill is removed.
    pub left: Option<DrillError>,
}

impl Drill<'_> {
    /// What an hour of it costs at most.
    pub fn hourly(&self, sizes: &Catalog) -> Money {
        let volume = volume_price(u32::try_from(self.size_gb()).unwrap_or(u32::MAX));
        let machine = match self.stage {
            Stage::Own => sizes.monthly(&SizeSlug::new(SIZE)),
            Stage::Node(_) => Money::ZERO,
        };
        let cents = (volume + machine).as_cents();
        Money::cents(cents.saturating_add(HOURS - 1) / HOURS)
    }

    /// What it is tried on, in words.
    pub fn stage(&self) -> String {
        match self.stage {
            Stage::Own => format!("a droplet {SIZE} of its own"),
            Stage::Node(id) => format!("droplet {id}"),
        }
    }

    /// GiB of the volume that is made.
    pub const fn size_gb(&self) -> u64 {
        self.copy.volume_gb
    }

    /// Tries it. Whatever comes of it, everything that was made is removed; `tell` hears what is done.
    pub async fn run(&self, tell: impl Fn(&str)) -> Result<Drilled, DrillError> {
        sweep((self.site, self.stack), &self.reach).await?;
        let now = (self.site.clock)();
        let claim = Claim::new(&self.site.holder, now, now.saturating_add(LONGEST).unwrap_or(now));
        let mark = self.stack.mark().own_drill_tag(claim.word());
        let scratch = Scratch::of(&self.site.client, mark);
        let mut made = None;
        let verdict = match scratch.begin().await {
            Ok(()) => self.attempt(&scratch, &mut made, &tell).await,
            Err(error) => Err(error),
        };
        tell("removing what was made");
        let left = self.clear(&scratch, made, &verdict).await.err();
        Ok(Drilled { verdict, left })
    }

    async fn attempt(
        &self,
        scratch: &Scratch<'_>,
        made: &mut Option<u64>,
        tell: &impl Fn(&str),
    ) -> Result<Verdict, DrillError> {
        let name = format!("drill-{}-{:08x}", self.stack.name, self.site.holder.nonce >> 32);
        tell("making a volume of it");
        let volume = scratch.volume(self, name.clone()).await?;
        self.go_on()?;
        let (droplet, host) = match self.stage {
            Stage::Node(id) => (id, None),
            Stage::Own => {
                tell("making a droplet for it");
                scratch.firewall(self, name.clone()).await?;
                let host = self.site.seed.host_key(&name);
                let new = self.machine(scratch, &host).await?;
                self.go_on()?;
                let id = scratch.droplet(&new, self.stop).await?;
                *made = Some(id);
                let on = self.unless_stopped(scratch.until_on(id)).await??;
                (id, Some((on, host)))
            }
        };
        self.unless_stopped(scratch.attach(&volume, droplet)).await??;
        tell("looking at it");
        self.unless_stopped(async {
            let session = match &host {
                Some((on, key)) => self.enter(on, key).await,
                None => node((self.site, self.stack), &self.reach, droplet).await,
            };
            match session {
                Ok(session) => look(&session, &volume.name).await,
                Err(why) => Verdict::Untold(why),
            }
        })
        .await
    }

    /// Removes everything; the mark stays where something may still come.
    async fn clear(
        &self,
        scratch: &Scratch<'_>,
        made: Option<u64>,
        tried: &Result<Verdict, DrillError>,
    ) -> Result<(), DrillError> {
        remove(scratch, made, (self.site, self.stack), &self.reach).await?;
        match tried {
            Err(error) if error.is_uncertain() => Ok(()),
            Ok(_) | Err(_) => scratch.forget().await,
        }
    }

    /// Nothing more is made once somebody asks to stop.
    fn go_on(&self) -> Result<(), DrillError> {
        if self.stop.is_cancelled() { Err(DrillError::Stopped) } else { Ok(()) }
    }

    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, DrillError> {
        self.stop.run_until_cancelled(work).await.ok_or(DrillError::Stopped)
    }

    /// The droplet that is made for it, in the network of the stack's machines.
    async fn machine(
        &self,
        scratch: &Scratch<'_>,
        host: &HostKey,
    ) -> Result<NewDroplet, DrillError> {
        let tag = self.stack.mark().stack_tag();
        let machines = self.site.client.droplets_tagged(tag.as_str()).await;
        let machines = machines.map_err(DrillError::api("list the stack's droplets"))?;
        let keys = &self.stack.ssh.public_keys;
        Ok(NewDroplet {
            name: format!("{}-drill", self.stack.name),
            region: self.stack.region.to_string(),
            size: SIZE.to_owned(),
            image: ImageName::Slug(IMAGE.to_owned()),
            ssh_keys: keys.iter().map(|key| key.fingerprint().to_string()).collect(),
            vpc_uuid: machines.into_iter().find_map(|machine| machine.vpc_uuid),
            tags: scratch.tags(),
            user_data: Some(UserData(user_data(keys, host))),
            ..NewDroplet::default()
        })
    }

    /// Logs in to the droplet that was made, as soon as it lets us in.
    async fn enter(&self, on: &Droplet, host: &HostKey) -> Result<Session, String> {
        let login = match &self.reach {
            Reach::Login(login) => login,
            Reach::Nowhere(why) => return Err((*why).to_owned()),
        };
        let ip = on.public_ipv4().map_or(IpAddr::from([0; 4]), IpAddr::V4);
        let target = Target::at(ip, ("root", &[host.digest().clone()].into()), login);
        let (timing, began) = (Timing::at(self.site.client.pace()), Instant::now());
        let patience: Duration = timing.second() * BOOT;
        loop {
            match connect(&target, Deadlines::default()).await {
                Ok(session) => return Ok(session),
                Err(error) if began.elapsed() > patience || !may_let_in(&error) => {
                    return Err(in_full(&error));
                }
                Err(_) => sleep(timing.interval(began.elapsed())).await,
            }
        }
    }
}

/// Removes what drills left behind whose process is gone, and tells how many there were.
pub async fn sweep((site, stack): (&Site, &Stack), reach: &Reach) -> Result<usize, DrillError> {
    let mark = stack.mark();
    let tags = site.client.tags().await.map_err(DrillError::api("list the tags"))?;
    let now = (site.clock)();
    let is_over = |tag: &Tag| {
        let claim = mark.drill_claim_in(tag).map(Claim::from_word);
        // A mark that cannot be read is nobody's who is still at work.
        claim.is_some_and(|claim| {
            claim.is_none_or(|claim| claim.is_over(&site.holder, now, &*site.is_alive))
        })
    };
    let mut swept = 0;
    for tag in tags.iter().map(|tag| Tag::new(&tag.name)).filter(is_over) {
        let scratch = Scratch::of(&site.client, tag);
        remove(&scratch, None, (site, stack), reach).await?;
        scratch.forget().await?;
        swept += 1;
    }
    Ok(swept)
}

/// Has the stack's machines let go of the volumes, and removes everything.
async fn remove(
    scratch: &Scratch<'_>,
    made: Option<u64>,
    whole: (&Site, &Stack),
    reach: &Reach,
) -> Result<(), DrillError> {
    let volumes = scratch.volumes().await?;
    let found = scratch.droplets().await?;
    // One that was just made may not carry its tags yet.
    let own: BTreeSet<u64> = found.iter().map(|droplet| droplet.id).chain(made).collect();
    for volume in &volumes {
        if let Some(id) = volume.droplet_ids.first().filter(|id| !own.contains(id))
            && let Ok(session) = node(whole, reach, *id).await
        {
            leave(&session, &volume.name).await;
        }
    }
    scratch.remove(&volumes, &own).await
}

/// Whether a droplet that has just started may still let us in: its keys come after its SSH server.
const fn may_let_in(error: &SshError) -> bool {
    error.may_pass() || matches!(error, SshError::Denied { .. })
}

/// Logs in to a machine of the stack's.
async fn node(
    (site, stack): (&Site, &Stack),
    reach: &Reach,
    droplet: u64,
) -> Result<Session, String> {
    match reach {
        Reach::Login(login) => Account { site, stack, login: login.clone() }.to(droplet).await,
        Reach::Nowhere(why) => Nowhere(why).to(droplet).await,
    }
}

/// What the droplet starts with.
fn user_data(keys: &[PublicKey], host: &HostKey) -> String {
    let lines = keys.iter().map(|key| format!("      - {}\n", serde_json::json!(key.line())));
    let text = MACHINE.to_owned() + &lines.collect::<String>();
    with_host_key(&text, host).expect("the text has a place for it")
}

#[cfg(test)]
mod tests {
    use super::user_data;
    use crate::values::{PublicKey, Seed};

    #[test]
    fn the_droplet_lets_the_operators_in_and_answers_with_a_key_of_its_own() {
        let line = "ssh-ed25519 \
                    AAAAC3NzaC1lZDI1NTE5AAAAINfsOLYCT5Nh/mUGkKR2dp8nGLl8YdyJiiUIUBSdAqzn it's \"me\"";
        let host = Seed::new([7; 32]).host_key("drill");
        let text = user_data(&[PublicKey::parse(line).unwrap()], &host);
        let parsed: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(parsed["users"][0]["ssh_authorized_keys"][0], line);
        assert_eq!(parsed["ssh_keys"]["ed25519_private"], host.private());
        assert_eq!(parsed["ssh_keys"]["ed25519_public"], host.public());
    }
}
