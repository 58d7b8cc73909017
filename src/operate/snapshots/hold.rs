//! A copy that stays until somebody lets it go.

use crate::{
    calendar::Copy,
    digitalocean::{
        Client,
        tags::{Tagged, TaggedKind},
    },
    operate::snapshots::{SnapshotError, Watched},
    values::{Mark, did_you_mean},
};

/// What becomes of a copy.
#[derive(Clone, std::marker::Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It stays, whatever the policy says.
    On,
    /// The policy decides.
    Off,
}

/// Holds a copy or lets it go: a tag of it, which every machine sees.
pub async fn hold(client: &Client, copy: &Copy, what: Hold) -> Result<(), SnapshotError> {
    let tag = Mark::hold_tag();
    let itself =
        [Tagged { resource_id: copy.id.clone(), resource_type: TaggedKind::VolumeSnapshot }];
    match what {
        Hold::On => {
            client.create_tag(tag.as_str()).await?;
            client.tag(tag.as_str(), &itself).await?;
        }
        Hold::Off => {
            client.untag(tag.as_str(), &itself).await?;
        }
    }
    Ok(())
}

/// The copy that is meant, by its name or id, and the volume it was taken of.
pub fn called<'a>(
    all: &'a [Watched],
    name: &str,
) -> Result<(&'a Watched, &'a Copy), SnapshotError> {
    let copies = || all.iter().flat_map(|it| it.copies.iter().map(move |copy| (it, copy)));
    copies().find(|(_, copy)| copy.name == name || copy.id == name).ok_or_else(|| {
        let meant = did_you_mean(name, copies().map(|(_, copy)| copy.name.as_str()));
        let hint = meant.unwrap_or_else(|| "`dostack snapshot list` names them".to_owned());
        let what = "no snapshot of the stack's volumes is called";
        SnapshotError::Unknown { what, name: name.to_owned(), hint }
    })
}
