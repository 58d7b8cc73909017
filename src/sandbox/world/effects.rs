//! What an action does to the world when it ends.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    actions::{Action, ActionStatus},
    backups::BackupPolicy,
    droplets::{self, Droplet, Feature, Power},
    fate::Fate,
    images, reserved_ips,
    world::World,
};

/// The change an action makes once its time is over.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The droplet starts for the first time.
    Boot,
    /// The droplet is gone.
    Destroy,
    /// The droplet is off.
    PowerOff,
    /// The droplet is on.
    PowerOn,
    /// Nothing that the API shows.
    Pause,
    /// The droplet has another size.
    Resize {
        /// The new size's slug.
        size: String,
        /// Whether the disk follows.
        disk: Disk,
    },
    /// There is an image of the droplet.
    TakeImage {
        /// The image's name.
        name: String,
    },
    /// The droplet has another name.
    Rename {
        /// The new name.
        name: String,
    },
    /// The droplet runs another image.
    Rebuild {
        /// The new image's number.
        image: u64,
    },
    /// The droplet has one more feature.
    Gain(Feature),
    /// The droplet has one feature less.
    Lose(Feature),
    /// Backups are on, with a policy.
    Back(BackupPolicy),
    /// The volume is on the droplet.
    Attach,
    /// The volume is on no droplet.
    Detach,
    /// The volume is larger.
    Grow {
        /// Its new size.
        gigabytes: u64,
    },
    /// The reserved IP is on the droplet.
    Assign,
    /// The reserved IP is on no droplet.
    Unassign,
}

/// Whether a resize takes the disk along, which cannot be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disk {
    /// The disk stays as it is.
    Keep,
    /// The disk grows to the size's own.
    Grow,
}

/// Ends an action: releases what it held, then applies its effect or undoes its start.
pub fn finish(world: &mut World, id: u64, at: Timestamp) {
    let Some(action) = world.actions.get_mut(&id) else { return };
    let failed = action.fate == Fate::Errored;
    action.status = if failed { ActionStatus::Errored } else { ActionStatus::Completed };
    action.completed_at = Some(at);
    let action = action.clone();
    release(world, &action);
    if failed {
        undo(world, &action);
    } else {
        apply(world, &action, at);
    }
}

fn release(world: &mut World, action: &Action) {
    if let Some(droplet) = action.droplet.and_then(|id| world.droplets.get_mut(&id)) {
        droplet.busy = None;
    }
    if let Some(volume) = action.volume.as_ref().and_then(|id| world.volumes.get_mut(id)) {
        volume.busy = None;
    }
    if let Some(reserved) = action.reserved_ip.and_then(|ip| world.reserved_ips.get_mut(&ip)) {
        reserved.busy = None;
    }
}

/// A droplet whose creation failed vanishes, a reserved IP that never arrived is on no droplet;
/// everything else stays as it was.
fn undo(world: &mut World, action: &Action) {
    if let (Effect::Boot, Some(id)) = (&action.effect, action.droplet) {
        droplets::remove(world, id);
    }
    if let (Effect::Assign, Some(ip)) = (&action.effect, action.reserved_ip) {
        reserved_ips::give_up(world, ip);
    }
}

fn apply(world: &mut World, action: &Action, at: Timestamp) {
    match &action.effect {
        Effect::Attach | Effect::Detach | Effect::Grow { .. } => apply_to_volume(world, action),
        Effect::Assign => {
            if let (Some(ip), Some(droplet)) = (action.reserved_ip, action.droplet) {
                reserved_ips::assign(world, ip, droplet);
            }
        }
        Effect::Unassign => {
            if let Some(ip) = action.reserved_ip {
                reserved_ips::release(world, ip);
            }
        }
        Effect::Destroy => {
            if let Some(id) = action.droplet {
                droplets::remove(world, id);
            }
        }
        Effect::TakeImage { name } => {
            if let Some(id) = action.droplet {
                images::take(world, id, name, at);
            }
        }
        Effect::Boot
        | Effect::PowerOff
        | Effect::PowerOn
        | Effect::Pause
        | Effect::Resize { .. }
        | Effect::Rename { .. }
        | Effect::Rebuild { .. }
        | Effect::Gain(_)
        | Effect::Lose(_)
        | Effect::Back(_) => {
            if let Some(droplet) = action.droplet.and_then(|id| world.droplets.get_mut(&id)) {
                apply_to_droplet(droplet, &action.effect);
            }
        }
    }
}

fn apply_to_droplet(droplet: &mut Droplet, effect: &Effect) {
    match effect {
        Effect::Boot | Effect::PowerOn => droplet.power = Power::Active,
        Effect::PowerOff => droplet.power = Power::Off,
        Effect::Resize { size, disk } => droplet.resize(size, *disk),
        Effect::Rename { name } => droplet.name.clone_from(name),
        Effect::Rebuild { image } => droplet.image = *image,
        Effect::Gain(feature) => {
            droplet.features.insert(*feature);
        }
        Effect::Lose(feature) => {
            droplet.features.remove(feature);
            if *feature == Feature::Backups {
                droplet.backup_policy = None;
            }
        }
        Effect::Back(policy) => {
            droplet.features.insert(Feature::Backups);
            droplet.backup_policy = Some(policy.clone());
        }
        Effect::Pause
        | Effect::Destroy
        | Effect::TakeImage { .. }
        | Effect::Attach
        | Effect::Detach
        | Effect::Grow { .. }
        | Effect::Assign
        | Effect::Unassign => {}
    }
}

fn apply_to_volume(world: &mut World, action: &Action) {
    let Some(id) = &action.volume else { return };
    let Some(volume) = world.volumes.get_mut(id) else { return };
    match &action.effect {
        Effect::Grow { gigabytes } => volume.size_gigabytes = *gigabytes,
        Effect::Attach => {
            volume.droplet = action.droplet;
            if let Some(droplet) = action.droplet.and_then(|id| world.droplets.get_mut(&id)) {
                droplet.volumes.push(id.clone());
            }
        }
        Effect::Detach => {
            volume.droplet = None;
            if let Some(droplet) = action.droplet.and_then(|id| world.droplets.get_mut(&id)) {
                droplet.volumes.retain(|held| held != id);
            }
        }
        Effect::Boot
        | Effect::Destroy
        | Effect::PowerOff
        | Effect::PowerOn
        | Effect::Pause
        | Effect::Resize { .. }
        | Effect::TakeImage { .. }
        | Effect::Rename { .. }
        | Effect::Rebuild { .. }
        | Effect::Gain(_)
        | Effect::Lose(_)
        | Effect::Back(_)
        | Effect::Assign
        | Effect::Unassign => {}
    }
}
