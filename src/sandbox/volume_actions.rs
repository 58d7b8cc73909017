//! Attaching, detaching and growing volumes.

use axum::http::StatusCode;
use serde::Deserialize;

use crate::sandbox::{
    actions::{self, Action, Held, Work},
    answer::{Answer, Refusal, Reply},
    call::Call,
    droplets::Droplet,
    routes::{Method, Route},
    spelled::spelled,
    tags::{self, Tagged},
    volumes::{self, Volume},
    world::{Effect, World},
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Post, "/v2/volumes/actions", act_by_name),
    Route::new(Method::Get, "/v2/volumes/{volume_id}/actions", list),
    Route::new(Method::Post, "/v2/volumes/{volume_id}/actions", act),
    Route::new(Method::Get, "/v2/volumes/{volume_id}/actions/{action_id}", get),
];

/// Seconds a move takes, and a growth.
const MOVE: u32 = 6;
const GROWTH: u32 = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Attach,
    Detach,
    Resize,
}

#[derive(Deserialize)]
struct Wanted {
    r#type: Kind,
    #[serde(default, deserialize_with = "spelled")]
    droplet_id: Option<u64>,
    size_gigabytes: Option<u64>,
    volume_name: Option<String>,
    region: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
}

fn act(world: &mut World, call: &Call) -> Reply {
    let volume = volumes::find(world, call)?.id.clone();
    start(world, call, &volume, &call.json()?)
}

fn act_by_name(world: &mut World, call: &Call) -> Reply {
    let wanted: Wanted = call.json()?;
    if wanted.r#type == Kind::Resize {
        return Err(Refusal::unprocessable("resize needs the volume's id"));
    }
    let name = wanted.volume_name.as_deref().unwrap_or_default();
    let fits = |volume: &&Volume| {
        volume.name == name && wanted.region.as_ref().is_none_or(|region| volume.region == *region)
    };
    let volume = world.volumes.values().find(fits).ok_or_else(Refusal::not_found)?;
    let id = volume.id.clone();
    start(world, call, &id, &wanted)
}

fn start(world: &mut World, call: &Call, id: &str, wanted: &Wanted) -> Reply {
    let volume = world.volumes.get(id).ok_or_else(Refusal::not_found)?;
    if wanted.region.as_ref().is_some_and(|region| *region != volume.region) {
        return Err(Refusal::unprocessable("the volume is in another region"));
    }
    let added = wanted.tags.clone().unwrap_or_default();
    tags::check(&added)?;
    let work = match wanted.r#type {
        Kind::Attach => attach(world, volume, wanted)?,
        Kind::Detach => detach(world, volume, wanted)?,
        Kind::Resize => grow(volume, wanted)?,
    };
    tags::put(world, &added, &Tagged::Volume(id.to_owned()));
    let action = actions::begin(world, &call.terms, work);
    Ok(Answer::one(StatusCode::ACCEPTED, "action", actions::view(&action)))
}

fn attach(world: &World, volume: &Volume, wanted: &Wanted) -> Result<Work, Refusal> {
    let droplet = droplet(world, wanted)?;
    if volume.droplet.is_some() {
        return Err(Refusal::unprocessable("Volume is already attached to a Droplet"));
    }
    volume.check_idle()?;
    if volume.region != droplet.region {
        return Err(Refusal::unprocessable("Droplet and volume must be in the same region"));
    }
    droplet.check_idle()?;
    if droplet.volumes.len() >= volumes::MAX_ON_DROPLET {
        return Err(Refusal::unprocessable("Droplet has the maximum number of volumes attached"));
    }
    Ok(moving("attach_volume", volume, droplet.id, Effect::Attach))
}

fn detach(world: &World, volume: &Volume, wanted: &Wanted) -> Result<Work, Refusal> {
    let attached = volume.droplet.filter(|id| wanted.droplet_id.is_none_or(|wanted| wanted == *id));
    let id = attached.ok_or_else(|| Refusal::unprocessable("Attachment not found"))?;
    volume.check_idle()?;
    if let Some(droplet) = world.droplets.get(&id) {
        droplet.check_idle()?;
    }
    Ok(moving("detach_volume", volume, id, Effect::Detach))
}

fn moving(kind: &'static str, volume: &Volume, droplet: u64, effect: Effect) -> Work {
    Work {
        kind,
        seconds: MOVE,
        held: Held { droplet: Some(droplet), volume: Some(volume.id.clone()), ..Held::default() },
        region: volume.region.clone(),
        effect,
    }
}

fn droplet<'a>(world: &'a World, wanted: &Wanted) -> Result<&'a Droplet, Refusal> {
    let id =
        wanted.droplet_id.ok_or_else(|| Refusal::unprocessable("missing field `droplet_id`"))?;
    world.droplets.get(&id).ok_or_else(Refusal::not_found)
}

fn grow(volume: &Volume, wanted: &Wanted) -> Result<Work, Refusal> {
    let missing = || Refusal::unprocessable("missing field `size_gigabytes`");
    let gigabytes = wanted.size_gigabytes.ok_or_else(missing)?;
    volumes::check_size(gigabytes)?;
    if gigabytes <= volume.size_gigabytes {
        return Err(Refusal::unprocessable("the new size must be larger than the current size"));
    }
    volume.check_idle()?;
    Ok(Work {
        kind: "resize",
        seconds: GROWTH,
        held: Held { volume: Some(volume.id.clone()), ..Held::default() },
        region: volume.region.clone(),
        effect: Effect::Grow { gigabytes },
    })
}

fn list(world: &mut World, call: &Call) -> Reply {
    let id = volumes::find(world, call)?.id.clone();
    actions::list_where(world, call, |action| is_of(action, &id))
}

fn get(world: &mut World, call: &Call) -> Reply {
    let id = call.capture(0).to_owned();
    actions::get_where(world, call, 1, |action| is_of(action, &id))
}

fn is_of(action: &Action, volume: &str) -> bool {
    action.held.volume.as_deref() == Some(volume)
}
