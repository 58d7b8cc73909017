//! What an action does to the world when it ends.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    actions::{Action, ActionStatus, Held},
    associated,
    backups::BackupPolicy,
    catalog::{Image, ImageKind},
    droplets::{self, Droplet, Feature, Power},
    fate::Fate,
    images, reserved_ips,
    volumes::Volume,
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
    /// The droplet is gone, and what was to go with it.
    DestroyWithAll,
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
    /// The image has been fetched and can be used.
    Import,
    /// The image is in one more region.
    Spread {
        /// The region's slug.
        region: String,
    },
    /// The backup is a snapshot.
    Convert,
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
    release(world, &action.held);
    if failed {
        undo(world, &action, at);
    } else {
        apply(world, &action, at);
    }
}

fn release(world: &mut World, held: &Held) {
    on_droplet(world, held, |droplet| droplet.busy = None);
    on_volume(world, held, |volume| volume.busy = None);
    if let Some(reserved) = held.reserved_ip.and_then(|ip| world.reserved_ips.get_mut(&ip)) {
        reserved.busy = None;
    }
}

/// What was on its way vanishes or stops there; everything else stays as it was.
fn undo(world: &mut World, action: &Action, at: Timestamp) {
    let held = &action.held;
    match &action.effect {
        Effect::Boot => held.droplet.into_iter().for_each(|id| droplets::remove(world, id, at)),
        Effect::DestroyWithAll => {
            held.droplet.into_iter().for_each(|id| associated::give_up(world, id, at));
        }
        Effect::Assign => {
            held.reserved_ip.into_iter().for_each(|ip| reserved_ips::give_up(world, ip));
        }
        Effect::Import => on_image(world, held, Image::fail),
        Effect::Destroy
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
        | Effect::Attach
        | Effect::Detach
        | Effect::Grow { .. }
        | Effect::Unassign
        | Effect::Spread { .. }
        | Effect::Convert => {}
    }
}

fn apply(world: &mut World, action: &Action, at: Timestamp) {
    let held = &action.held;
    match &action.effect {
        Effect::Boot | Effect::PowerOn => {
            on_droplet(world, held, |droplet| droplet.power = Power::Active);
        }
        Effect::PowerOff => on_droplet(world, held, |droplet| droplet.power = Power::Off),
        Effect::Pause => {}
        Effect::Resize { size, disk } => {
            on_droplet(world, held, |droplet| droplet.resize(size, *disk));
        }
        Effect::Rename { name } => on_droplet(world, held, |droplet| droplet.name.clone_from(name)),
        Effect::Rebuild { image } => on_droplet(world, held, |droplet| droplet.image = *image),
        Effect::Gain(feature) => on_droplet(world, held, |droplet| droplet.gain(*feature)),
        Effect::Lose(feature) => on_droplet(world, held, |droplet| droplet.lose(*feature)),
        Effect::Back(policy) => on_droplet(world, held, |droplet| droplet.back(policy)),
        Effect::Destroy => held.droplet.into_iter().for_each(|id| droplets::remove(world, id, at)),
        Effect::DestroyWithAll => {
            held.droplet.into_iter().for_each(|id| associated::finish(world, id, at));
        }
        Effect::TakeImage { name } => {
            held.droplet.into_iter().for_each(|id| images::take(world, id, name, at));
        }
        Effect::Attach => attach(world, held),
        Effect::Detach => detach(world, held),
        Effect::Grow { gigabytes } => {
            on_volume(world, held, |volume| volume.size_gigabytes = *gigabytes);
        }
        Effect::Assign => {
            if let (Some(ip), Some(droplet)) = (held.reserved_ip, held.droplet) {
                reserved_ips::assign(world, ip, droplet);
            }
        }
        Effect::Unassign => {
            held.reserved_ip.into_iter().for_each(|ip| reserved_ips::release(world, ip));
        }
        Effect::Import => on_image(world, held, Image::arrive),
        Effect::Spread { region } => {
            on_image(world, held, |image| image.regions.push(region.clone()));
        }
        Effect::Convert => on_image(world, held, |image| image.kind = ImageKind::Snapshot),
    }
}

fn on_droplet(world: &mut World, held: &Held, change: impl FnOnce(&mut Droplet)) {
    if let Some(droplet) = held.droplet.and_then(|id| world.droplets.get_mut(&id)) {
        change(droplet);
    }
}

fn on_volume(world: &mut World, held: &Held, change: impl FnOnce(&mut Volume)) {
    if let Some(volume) = held.volume.as_ref().and_then(|id| world.volumes.get_mut(id)) {
        change(volume);
    }
}

fn on_image(world: &mut World, held: &Held, change: impl FnOnce(&mut Image)) {
    if let Some(image) = held.image.and_then(|id| world.images.get_mut(&id)) {
        change(image);
    }
}

fn attach(world: &mut World, held: &Held) {
    on_volume(world, held, |volume| volume.droplet = held.droplet);
    on_droplet(world, held, |droplet| droplet.volumes.extend(held.volume.clone()));
}

fn detach(world: &mut World, held: &Held) {
    on_volume(world, held, |volume| volume.droplet = None);
    on_droplet(world, held, |droplet| {
        droplet.volumes.retain(|own| Some(own) != held.volume.as_ref());
    });
}
