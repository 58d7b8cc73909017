//! The stack's volumes with their snapshots, as the account has them.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use jiff::Timestamp;

use crate::{
    calendar::{Copy, Slot, Standing},
    config::{Snapshots, Stack},
    digitalocean::{
        ApiError, Client,
        snapshots::{Snapshot, SnapshotSource},
        volumes::Volume,
    },
    operate::snapshots::SnapshotError,
    values::{Address, Mark, Part, Scheduler, Tag, did_you_mean},
};

/// A volume of the stack's.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Its place in the stack, as `vector:volume`.
    pub address: Address,
    /// When it is copied; none where the file does not say.
    pub policy: Option<Snapshots>,
    /// The volume.
    pub volume: Volume,
    /// Its snapshots, newest first.
    pub copies: Vec<Copy>,
}

impl Watched {
    /// Whether somebody means it: by its component, its machine, its address or its name.
    pub fn is_called(&self, name: &str) -> bool {
        self.volume.name == name
            || self.address.to_string() == name
            || self.address.owner().to_string() == name
            || self.address.component_name().is_some_and(|component| component.as_str() == name)
    }

    /// Who takes its snapshots by night, as far as somebody has said so.
    pub fn scheduler(&self, mark: &Mark) -> Option<Scheduler> {
        mark.scheduler_among(&self.volume.tags.iter().map(Tag::new).collect::<Vec<_>>())
    }

    /// Its good snapshot of the newest night.
    pub fn last_good(&self, now: Timestamp) -> Option<&Copy> {
        let counts = |copy: &&Copy| match copy.standing(now) {
            Standing::Counts(_) | Standing::Held(_) => copy.is_good(),
            Standing::Unfinished(_) | Standing::Future(_) | Standing::Foreign => false,
        };
        self.copies.iter().filter(counts).max_by_key(|copy| copy.slot)
    }

    /// The droplet it is attached to.
    pub fn droplet(&self) -> Option<u64> {
        self.volume.droplet_ids.first().copied()
    }
}

/// Reads the stack's volumes and their snapshots: a listing, and one more for each volume.
pub async fn survey(client: &Client, stack: &Stack) -> Result<Vec<Watched>, ApiError> {
    let mark = stack.mark();
    let reads = volumes(client, stack).await?.into_iter().map(async |watched| {
        let copies = copies(client, &mark, &watched.volume).await?;
        Ok(Watched { copies, ..watched })
    });
    try_join_all(reads).await
}

/// Reads the stack's volumes without their snapshots, in the order of their addresses: a listing.
pub async fn volumes(client: &Client, stack: &Stack) -> Result<Vec<Watched>, ApiError> {
    let (mark, volumes) = (stack.mark(), client.volumes(stack.region.as_str()).await?);
    let ours = volumes.into_iter().filter_map(|volume| {
        let address = volume_among(&mark, &volume.tags)?;
        let component = address.component_name().and_then(|name| stack.components.get(name));
        let policy = component.and_then(|component| component.snapshots()).cloned();
        Some(Watched { address, policy, volume, copies: Vec::new() })
    });
    let mut all: Vec<Watched> = ours.collect();
    all.sort_by(|one, other| {
        (&one.address, &one.volume.id).cmp(&(&other.address, &other.volume.id))
    });
    Ok(all)
}

/// The volumes that are meant; all of them where no name is given.
pub fn chosen(all: Vec<Watched>, names: &BTreeSet<String>) -> Result<Vec<Watched>, SnapshotError> {
    for name in names {
        if !all.iter().any(|watched| watched.is_called(name)) {
            let known: Vec<String> = all.iter().map(|it| it.address.owner().to_string()).collect();
            let hint = did_you_mean(name, known.iter().map(String::as_str));
            let hint = hint.unwrap_or_else(|| match known.as_slice() {
                [] => {
                    "the stack has no volume yet; `dostack up` makes what the file says".to_owned()
                }
                known => format!("there is `{}`", known.join("`, `")),
            });
            let what = "no volume of the stack is called";
            return Err(SnapshotError::Unknown { what, name: name.clone(), hint });
        }
    }
    let is_meant =
        |watched: &Watched| names.is_empty() || names.iter().any(|name| watched.is_called(name));
    Ok(all.into_iter().filter(is_meant).collect())
}

/// A volume's snapshots, newest first.
pub async fn copies(client: &Client, mark: &Mark, volume: &Volume) -> Result<Vec<Copy>, ApiError> {
    let snapshots = client.snapshots_of(&volume.id).await?;
    let mut copies: Vec<Copy> =
        snapshots.iter().map(|snapshot| copy(mark, volume, snapshot)).collect();
    copies.sort_by(|one, other| (other.taken, &one.name).cmp(&(one.taken, &other.name)));
    Ok(copies)
}

/// A snapshot as the calendar sees it: of a slot only if it is this volume's, carries the stack's mark
/// and has the slot in its name.
fn copy(mark: &Mark, volume: &Volume, snapshot: &Snapshot) -> Copy {
    let is_its =
        snapshot.resource_type == SnapshotSource::Volume && snapshot.resource_id == volume.id;
    let is_marked = snapshot.tags.iter().any(|tag| Tag::new(tag) == mark.stack_tag());
    let slot = Slot::in_name(&snapshot.name, &volume.name).filter(|_| is_its && is_marked);
    Copy {
        id: snapshot.id.clone(),
        name: snapshot.name.clone(),
        slot,
        place: volume_among(mark, &snapshot.tags),
        taken: snapshot.created_at,
        size_gb: snapshot.size_gigabytes,
        volume_gb: snapshot.min_disk_size,
        is_held: snapshot.tags.iter().any(|tag| Tag::new(tag) == Mark::hold_tag()),
    }
}

/// The volume's address among a thing's tags.
fn volume_among(mark: &Mark, tags: &[String]) -> Option<Address> {
    let tags: BTreeSet<Tag> = tags.iter().map(Tag::new).collect();
    mark.address_among(&tags).filter(|address| *address.which() == Part::Volume)
}
