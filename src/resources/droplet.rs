//! Machines.

use std::{collections::BTreeSet, fmt, net::IpAddr, sync::Arc};

use serde::Serialize;

use crate::{
    resources::{Adopt, Backups, Effect, FieldChange, LiveBackups},
    values::{
        Address, ComponentName, DropletName, Fingerprint, Image, Mark, Region, SizeSlug, Tag,
        short_digest,
    },
};

/// What the tag begins with that says a droplet must be on again.
const DEBT: &str = "dostack-must-be-on:";

/// What the tag begins with that holds a [`MadeFrom`].
const MADE_FROM: &str = "dostack-made:";

/// What the tag begins with that marks a droplet's reserved IP.
const RESERVED_IP: &str = "dostack-ip:";

/// A droplet that is to exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Droplet {
    /// Not unique at DigitalOcean; its identity is the mark among its tags.
    pub name: DropletName,
    /// Where it is; it cannot move.
    pub region: Region,
    /// Its size, and with a ladder the lowest rung.
    pub size: SizeSlug,
    /// The sizes it may stand on, smallest first; empty without a ladder.
    pub ladder: Vec<SizeSlug>,
    /// What it boots.
    pub image: Image,
    /// The private network it lives in.
    pub vpc: Address,
    /// The keys it is created with.
    pub keys: BTreeSet<Fingerprint>,
    /// Every tag it carries from its first moment: its marks and what its firewalls target.
    pub tags: BTreeSet<Tag>,
    /// The volumes it is created with.
    pub volumes: Vec<Address>,
    /// The components that share it with its own.
    pub guests: BTreeSet<ComponentName>,
    /// Its cloud-init without its host key, with nothing secret in it; many machines share one text.
    pub user_data: Arc<str>,
    /// Whether DigitalOcean's metrics agent is installed.
    pub monitoring: bool,
    /// Whether DigitalOcean backs its disk up.
    pub backups: Backups,
    /// An existing droplet that the file would rather take in.
    pub adopt: Option<Adopt>,
}

/// A droplet that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveDroplet {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub region: Region,
    /// Its size.
    pub size: SizeSlug,
    /// GiB of local disk, which no resize ever makes smaller.
    pub disk_gb: u32,
    /// What it was made from: the image's slug, or its name where it has none.
    pub image: String,
    /// What it is doing.
    pub status: Status,
    /// Whether it is backed up.
    pub backups: LiveBackups,
    /// Whether an action holds it.
    pub locked: bool,
    /// The private network it lives in.
    pub vpc_id: Option<String>,
    /// Its tags.
    pub tags: BTreeSet<Tag>,
    /// The volumes attached to it.
    pub volume_ids: BTreeSet<String>,
    /// Its public address.
    pub public_ip: Option<IpAddr>,
    /// Its address in the private network.
    pub private_ip: Option<IpAddr>,
    /// When it was created, as the API writes it.
    pub created_at: String,
}

/// What a droplet is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Being built.
    New,
    /// On.
    Active,
    /// Off, and billed all the same.
    Off,
    /// Archived.
    Archive,
    /// A word this version does not know: nothing is done to such a droplet.
    Other(String),
}

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => out.pad("new"),
            Self::Active => out.pad("active"),
            Self::Off => out.pad("off"),
            Self::Archive => out.pad("archive"),
            Self::Other(word) => out.pad(word),
        }
    }
}

/// Hashes of what made a droplet and cannot be read back from the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeFrom {
    user_data: String,
    keys: String,
    image: String,
}

impl MadeFrom {
    /// The hashes of what a droplet is to be made from.
    pub fn of(user_data: &str, keys: &BTreeSet<Fingerprint>, image: &Image) -> Self {
        let keys: Vec<&str> = keys.iter().map(Fingerprint::as_str).collect();
        Self {
            user_data: short_digest(user_data),
            keys: short_digest(&keys.join(" ")),
            image: short_digest(image.as_str()),
        }
    }

    /// Reads the form [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut hashes = text.split('-').map(str::to_ascii_lowercase);
        let (user_data, keys, image) = (hashes.next()?, hashes.next()?, hashes.next()?);
        hashes.next().is_none().then_some(Self { user_data, keys, image })
    }

    /// What differs from what the live droplet was made from; all of it waits for a rebuild.
    pub fn diff(&self, live: &Self) -> Vec<FieldChange> {
        [
            ("user_data", &live.user_data, &self.user_data),
            ("ssh_keys", &live.keys, &self.keys),
            ("image", &live.image, &self.image),
        ]
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| FieldChange::new(field, before, after, Effect::NextRebuild))
        .collect()
    }
}

impl fmt::Display for MadeFrom {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}-{}", self.user_data, self.keys, self.image)
    }
}

/// A promise that a droplet will be on again: the tag written before it is switched off.
///
/// `dostack-must-be-on:<deadline, seconds since 1970>:<size it is to have>:<operation>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Debt {
    /// Seconds since 1970; from then on nothing matters but being on.
    pub deadline: i64,
    /// The size the operation wants.
    pub size: SizeSlug,
    /// Which operation opened it.
    pub operation: String,
}

impl Debt {
    /// The tag that carries it.
    pub fn tag(&self) -> Tag {
        Tag::new(format!("{DEBT}{}:{}:{}", self.deadline, self.size, self.operation))
    }

    /// The name of what a run does to a droplet.
    pub fn operation(run: &str, droplet: u64) -> String {
        format!("{run}-{droplet}")
    }

    /// The droplet whose debt it is, as its operation says.
    pub fn droplet(&self) -> Option<u64> {
        self.operation.rsplit_once('-')?.1.parse().ok()
    }

    /// Reads a debt from a tag.
    pub fn from_tag(tag: &Tag) -> Option<Self> {
        let mut parts = tag.after(DEBT)?.splitn(3, ':');
        let deadline = parts.next()?.parse().ok()?;
        let size = SizeSlug::new(parts.next()?.to_ascii_lowercase());
        let operation = parts.next()?.to_owned();
        Some(Self { deadline, size, operation })
    }
}

impl Droplet {
    /// Whether it may keep the size it was found with: any rung at or above its own.
    pub fn accepts(&self, size: &SizeSlug) -> bool {
        let rung = |wanted: &SizeSlug| self.ladder.iter().position(|rung| rung == wanted);
        *size == self.size
            || matches!((rung(&self.size), rung(size)), (Some(base), Some(found)) if found >= base)
    }

    /// The fields that differ; what was hashed is compared by [`MadeFrom::diff`], and what was
    /// adopted keeps its name.
    ///
    /// `vpc_id` is the stack's network; none while it is still to be made, and then no droplet
    /// that exists can live in it.
    pub fn diff(&self, live: &LiveDroplet, vpc_id: Option<&str>) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        if live.name != self.name.as_str() && !live.is_adopted() {
            changes.push(FieldChange::new("name", &live.name, &self.name, Effect::InPlace));
        }
        if live.region != self.region {
            changes.push(FieldChange::new("region", &live.region, &self.region, Effect::Replace));
        }
        changes.extend(self.backups_diff(live));
        if !self.accepts(&live.size) {
            changes.push(FieldChange::new("size", &live.size, &self.size, Effect::PowerOff));
        }
        if vpc_id.is_none() || live.vpc_id.as_deref() != vpc_id {
            let before = live.vpc_id.as_deref().unwrap_or("none");
            let after = vpc_id.unwrap_or("the stack's, which is still to be made");
            changes.push(FieldChange::new("vpc", &before, &after, Effect::Replace));
        }
        let missing = self.missing_tags(live);
        if !missing.is_empty() {
            let missing: Vec<&str> = missing.iter().map(Tag::as_str).collect();
            changes.push(FieldChange::new("tags", &"", &missing.join(", "), Effect::InPlace));
        }
        changes
    }

    /// How the backups differ, if they do.
    pub fn backups_diff(&self, live: &LiveDroplet) -> Option<FieldChange> {
        self.backups.change(live.backups)?;
        let after = self.backups.after(live.backups);
        Some(FieldChange::new("backups", &live.backups, &after, Effect::InPlace))
    }

    /// The tags a live droplet lacks.
    ///
    /// The hash of what it was made from is none of them: it says what was, not what is wanted.
    /// Neither is the mark of its reserved IP, which is put when nothing else has its place.
    pub fn missing_tags(&self, live: &LiveDroplet) -> Vec<Tag> {
        let is_apart = |tag: &Tag| tag.after(MADE_FROM).or(tag.after(RESERVED_IP)).is_some();
        self.tags.difference(&live.tags).filter(|tag| !is_apart(tag)).cloned().collect()
    }
}

impl LiveDroplet {
    /// Whether it was taken in and not made, and so is never deleted unasked.
    pub fn is_adopted(&self) -> bool {
        self.tags.contains(&Mark::adopted_tag())
    }

    /// The debt it carries, if one is open: the one with the latest deadline.
    pub fn debt(&self) -> Option<Debt> {
        self.debts().pop()
    }

    /// Every debt it carries, the latest last; more than one where runs were killed twice.
    pub fn debts(&self) -> Vec<Debt> {
        let mut debts: Vec<Debt> = self.tags.iter().filter_map(Debt::from_tag).collect();
        debts.sort_by_key(|debt| debt.deadline);
        debts
    }
}

#[cfg(test)]
mod tests {
    use super::{Debt, MadeFrom};
    use crate::values::{SizeSlug, Tag};

    #[test]
    fn a_debt_reads_back_from_its_tag() {
        let debt = Debt {
            deadline: 1_800_000_000,
            size: SizeSlug::new("s-8vcpu-16gb"),
            operation: "0a1b".to_owned(),
        };
        assert_eq!((Debt::from_tag(&debt.tag()), debt.droplet()), (Some(debt.clone()), None));
        let own = Debt { operation: Debt::operation("0a1b", 7), ..debt };
        assert_eq!(own.droplet(), Some(7));
        for text in ["dostack-must-be-on:soon:s:x", "dostack-must-be-on:1:s", "dostack:core"] {
            assert_eq!(Debt::from_tag(&Tag::new(text)), None, "{text}");
        }
    }

    #[test]
    fn what_a_droplet_was_made_from_names_the_parts_that_changed() {
        let parse = |text| MadeFrom::parse(text).unwrap();
        let changes = parse("a-b-c").diff(&parse("a-x-c"));
        assert_eq!(
            changes.iter().map(|change| change.field.as_str()).collect::<Vec<_>>(),
            ["ssh_keys"]
        );
        assert_eq!(parse("a-b-c").to_string(), "a-b-c");
        assert!(MadeFrom::parse("a-b").is_none() && MadeFrom::parse("a-b-c-d").is_none());
    }
}
