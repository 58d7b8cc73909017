//! Whether a world that was read from a file hangs together.
//!
//! Handlers rely on references that lead somewhere; a file that someone edited is refused here
//! rather than met with half an answer later.

use std::fmt::Display;

use thiserror::Error;

use crate::sandbox::{catalog, droplets::Droplet, world::World};

/// A reference that leads nowhere.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{kind} {id} refers to {to}, which does not exist")]
pub struct Flaw {
    kind: &'static str,
    id: String,
    to: String,
}

/// Follows every reference of the world.
pub fn references(world: &World) -> Result<(), Flaw> {
    for droplet in world.droplets.values() {
        droplet_references(world, droplet)?;
    }
    for volume in world.volumes.values() {
        let flaw = From { kind: "volume", id: &volume.id };
        flaw.to(catalog::region(&volume.region), &volume.region)?;
        if let Some(droplet) = &volume.droplet {
            flaw.to(world.droplets.get(droplet), droplet)?;
        }
    }
    for vpc in world.vpcs.values() {
        let flaw = From { kind: "VPC", id: &vpc.id };
        flaw.to(catalog::region(&vpc.region), &vpc.region)?;
        for member in &vpc.members {
            flaw.to(world.droplets.get(member), member)?;
        }
    }
    for reserved in world.reserved_ips.values() {
        let flaw = From { kind: "reserved IP", id: &reserved.ip };
        flaw.to(catalog::region(&reserved.region), &reserved.region)?;
        if let Some(droplet) = &reserved.droplet {
            flaw.to(world.droplets.get(droplet), droplet)?;
        }
    }
    for (member, home) in &world.homes {
        From { kind: "member", id: member }.to(world.projects.get(&home.project), &home.project)?;
    }
    for action in world.actions.values() {
        From { kind: "action", id: &action.id }
            .to(catalog::region(&action.region), &action.region)?;
    }
    Ok(())
}

fn droplet_references(world: &World, droplet: &Droplet) -> Result<(), Flaw> {
    let flaw = From { kind: "droplet", id: &droplet.id };
    flaw.to(catalog::region(&droplet.region), &droplet.region)?;
    flaw.to(catalog::size(&droplet.size), &droplet.size)?;
    flaw.to(world.vpcs.get(&droplet.vpc), &droplet.vpc)?;
    flaw.to(world.images.get(&droplet.image), &droplet.image)?;
    for volume in &droplet.volumes {
        flaw.to(world.volumes.get(volume), volume)?;
    }
    Ok(())
}

/// The thing whose references are followed.
struct From<'a, I> {
    kind: &'static str,
    id: &'a I,
}

impl<I: Display> From<'_, I> {
    fn to<T>(&self, found: Option<&T>, name: &impl Display) -> Result<(), Flaw> {
        match found {
            Some(_) => Ok(()),
            None => Err(Flaw { kind: self.kind, id: self.id.to_string(), to: name.to_string() }),
        }
    }
}
