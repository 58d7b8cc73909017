//! A volume made from a snapshot, and put in the place of the one it was taken of.
//!
//! Nothing is remembered but what the account says, so that a run that is killed anywhere is simply
//! begun anew. The marks move while no volume is attached: whoever looks before that attaches the old
//! volume again, whoever looks after it the new one, and in between, where both carry the mark, `up`
//! does nothing. At no moment does neither carry it, for then `up` would make an empty one.

use crate::{
    calendar::{Copy, Slot},
    config::Stack,
    digitalocean::{
        Client,
        volumes::{NewVolume, Volume},
    },
    operate::snapshots::{
        RestoreError, Watched, Way,
        place::{attach, detach},
        volume,
    },
    render::mount,
    ssh::{Command, Remote as _},
    values::{Address, ComponentName, Mark, Part, Tag, VolumeName, in_full},
};

const STOP: &str = include_str!("stop.sh");

/// The longest a component's name may be (`values::ComponentName`).
const LONGEST_NAME: usize = 32;

/// The longest a volume's name may be (`values::VolumeName`).
const LONGEST_VOLUME: usize = 64;

/// A snapshot, and the volume that is made from it.
pub struct Restore<'a> {
    client: &'a Client,
    mark: Mark,
    region: String,
    copy: &'a Copy,
    /// The component's place, as `vector:volume`.
    home: Address,
    /// The mark of who takes the volume's snapshots by night, if anybody does.
    nights: Option<Tag>,
    /// What the new volume is called.
    pub name: VolumeName,
    /// GiB it has.
    pub size_gb: u64,
}

/// What a volume's place has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swapped {
    /// The volume that was there, if there was one.
    pub former: Option<String>,
    /// Why the services were not stopped before, if they were not.
    pub unstopped: Option<String>,
}

impl<'a> Restore<'a> {
    /// A volume from a snapshot; its name is made of the snapshot's unless one is given.
    pub fn new(
        client: &'a Client,
        stack: &Stack,
        (watched, copy): (&Watched, &'a Copy),
        name: Option<&str>,
    ) -> Result<Self, RestoreError> {
        let name = match name {
            Some(name) => VolumeName::parse(name),
            None => VolumeName::parse(&made_name(watched, copy)),
        };
        let home = copy.place.clone().unwrap_or_else(|| watched.address.clone());
        let size_gb = copy.volume_gb.max(watched.volume.size_gigabytes);
        let name = name.map_err(|rule| RestoreError::Name { rule: rule.to_string() })?;
        let region = watched.volume.region.slug.clone();
        let mark = stack.mark();
        let nights = watched.scheduler(&mark).map(|who| mark.nights_tag(who));
        Ok(Self { client, mark, region, copy, home, nights, name, size_gb })
    }

    /// The component's place.
    pub const fn home(&self) -> &Address {
        &self.home
    }

    /// Makes the volume, or finds that it is made. It is the stack's, and no component's yet.
    pub async fn make(&self) -> Result<Volume, RestoreError> {
        let own = [self.mark.stack_tag(), self.mark.address_tag(&self.aside("from"))];
        let new = NewVolume {
            name: self.name.to_string(),
            region: self.region.clone(),
            size_gigabytes: self.size_gb,
            tags: own.iter().chain(&self.nights).map(Tag::to_string).collect(),
            snapshot_id: Some(self.copy.id.clone()),
            ..NewVolume::default()
        };
        volume::make(self.client, &new, &self.mark.stack_tag()).await
    }

    /// Puts the new volume in the old one's place on a droplet, if there is one.
    pub async fn swap<W: Way>(
        &self,
        new: &Volume,
        droplet: Option<u64>,
        way: &W,
    ) -> Result<Swapped, RestoreError> {
        let home = self.mark.address_tag(&self.home);
        let all = self.client.volumes(&self.region).await;
        let all = all.map_err(RestoreError::api("list the region's volumes"))?;
        let has_home = |it: &&Volume| it.tags.iter().any(|tag| Tag::new(tag) == home);
        let former = all.iter().filter(has_home).find(|volume| volume.id != new.id);
        let mut swapped = Swapped { former: None, unstopped: None };
        if let Some(former) = former {
            swapped.unstopped = self.stop(former, way).await?;
            detach(self.client, &former.id).await?;
            self.put(&self.mark.address_tag(&self.aside("was")), former).await?;
            self.put(&home, new).await?;
            self.take_off(&home, former).await?;
            swapped.former = Some(former.name.clone());
        } else {
            self.put(&home, new).await?;
        }
        self.take_off(&self.mark.address_tag(&self.aside("from")), new).await?;
        if let Some(droplet) = droplet {
            attach(self.client, &new.id, droplet).await?;
        }
        Ok(swapped)
    }

    /// Stops what uses a volume and unmounts it; says why not where the machine is out of reach.
    async fn stop<W: Way>(&self, former: &Volume, way: &W) -> Result<Option<String>, RestoreError> {
        let Some(droplet) = former.droplet_ids.first() else { return Ok(None) };
        let machine = match way.to(*droplet).await {
            Ok(machine) => machine,
            Err(why) => return Ok(Some(why)),
        };
        let mount = format!("{}\n", mount(&former.name));
        let command = Command::new(STOP).with_stdin(mount.into_bytes());
        match machine.run(&command).await {
            Ok(output) if output.is_good() => Ok(None),
            Ok(output) => {
                let (volume, why) = (former.name.clone(), output.complaint());
                Err(RestoreError::InUse { volume, why })
            }
            Err(error) => {
                Err(RestoreError::InUse { volume: former.name.clone(), why: in_full(&error) })
            }
        }
    }

    async fn put(&self, tag: &Tag, volume: &Volume) -> Result<(), RestoreError> {
        let doing = "mark the volume";
        self.client.create_tag(tag.as_str()).await.map_err(RestoreError::api(doing))?;
        let tagged = self.client.tag(tag.as_str(), &[volume.tagged()]).await;
        tagged.map_err(RestoreError::api(doing))
    }

    async fn take_off(&self, tag: &Tag, volume: &Volume) -> Result<(), RestoreError> {
        let untagged = self.client.untag(tag.as_str(), &[volume.tagged()]).await;
        untagged.map(|_| ()).map_err(RestoreError::api("take a mark off the volume"))
    }

    /// The address of a volume that is no component's: like that of a component that the file
    /// speaks of no more, so that `preview` and `destroy` list it with its price and keep it.
    fn aside(&self, word: &str) -> Address {
        let moment = self.copy.slot.unwrap_or_else(|| Slot::of(self.copy.taken));
        let ending = format!("-{word}-{}", moment.to_string().to_lowercase());
        let owner = self.home.owner().to_string();
        let room = LONGEST_NAME - ending.len();
        let owner = owner.get(..room).unwrap_or(&owner).trim_end_matches('-');
        let name = ComponentName::parse(&format!("{owner}{ending}"));
        let name = name.expect("a component's name goes on with letters and digits");
        Address::component(name).part(Part::Volume)
    }
}

/// The volume's name with the copy's night, or with the moment of one taken by hand.
fn made_name(watched: &Watched, copy: &Copy) -> String {
    let moment = copy.slot.unwrap_or_else(|| Slot::of(copy.taken)).to_string().to_lowercase();
    let volume = &watched.volume.name;
    let room = LONGEST_VOLUME - moment.len() - 1;
    let volume = volume.get(..room).unwrap_or(volume).trim_end_matches('-');
    format!("{volume}-{moment}")
}
