//! Tags: labels on droplets, images, volumes and their snapshots.
//!
//! A name's case is that of its first use; look-ups ignore case. A tag holds the index of what
//! carries it, and a thing holds the names it carries; both change only in this file.

use std::{collections::BTreeSet, mem, slice};

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::{Call, Terms},
    firewalls, pages,
    routes::{Method, Route},
    world::World,
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/tags", list),
    Route::new(Method::Post, "/v2/tags", create),
    Route::new(Method::Get, "/v2/tags/{tag_id}", get),
    Route::new(Method::Delete, "/v2/tags/{tag_id}", delete),
    Route::new(Method::Post, "/v2/tags/{tag_id}/resources", tag_resources),
    Route::new(Method::Delete, "/v2/tags/{tag_id}/resources", untag_resources),
];

const MAX_LENGTH: usize = 255;

/// A tag and what carries it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tag {
    /// The name in the case of its first use.
    pub name: String,
    /// What carries it.
    pub members: BTreeSet<Tagged>,
    /// What was tagged last.
    pub last: Option<Tagged>,
}

/// A thing that can carry tags.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tagged {
    /// A droplet, by number.
    Droplet(u64),
    /// An image, by number.
    Image(u64),
    /// A volume, by uuid.
    Volume(String),
    /// A snapshot of a volume, by uuid.
    VolumeSnapshot(String),
}

impl Tagged {
    fn kind(&self) -> Kind {
        match self {
            Self::Droplet(_) => Kind::Droplet,
            Self::Image(_) => Kind::Image,
            Self::Volume(_) => Kind::Volume,
            Self::VolumeSnapshot(_) => Kind::VolumeSnapshot,
        }
    }

    fn address(&self, terms: &Terms) -> String {
        let origin = &terms.origin;
        match self {
            Self::Droplet(id) => format!("{origin}/v2/droplets/{id}"),
            Self::Image(id) => format!("{origin}/v2/images/{id}"),
            Self::Volume(id) => format!("{origin}/v2/volumes/{id}"),
            Self::VolumeSnapshot(id) => format!("{origin}/v2/snapshots/{id}"),
        }
    }

    /// The names the thing carries, if it exists.
    fn names<'a>(&self, world: &'a mut World) -> Option<&'a mut Vec<String>> {
        match self {
            Self::Droplet(id) => world.droplets.get_mut(id).map(|droplet| &mut droplet.tags),
            Self::Image(id) => world.images.get_mut(id).map(|image| &mut image.tags),
            Self::Volume(id) => world.volumes.get_mut(id).map(|volume| &mut volume.tags),
            Self::VolumeSnapshot(id) => {
                world.volume_snapshots.get_mut(id).map(|snapshot| &mut snapshot.tags)
            }
        }
    }
}

/// The kinds of things that carry tags, in the words of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Droplet,
    Image,
    Volume,
    #[serde(alias = "volumesnapshot")]
    VolumeSnapshot,
}

/// Refuses names DigitalOcean would refuse.
pub fn check(names: &[String]) -> Result<(), Refusal> {
    match names.iter().find(|name| !is_valid(name)) {
        Some(name) => Err(Refusal::unprocessable(format!("invalid tag name: {name}"))),
        None => Ok(()),
    }
}

fn is_valid(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-:".contains(&byte);
    !name.is_empty() && name.len() <= MAX_LENGTH && name.bytes().all(allowed)
}

/// Finds a tag in any case.
pub fn find<'a>(world: &'a World, name: &str) -> Option<&'a Tag> {
    world.tags.get(&name.to_ascii_lowercase())
}

/// The droplets that carry a tag.
pub fn droplets(world: &World, name: &str) -> Vec<u64> {
    let members = find(world, name)
        .into_iter()
        .flat_map(|tag| tag.members.range(Tagged::Droplet(0)..=Tagged::Droplet(u64::MAX)));
    let number = |tagged: &Tagged| match tagged {
        Tagged::Droplet(id) => Some(*id),
        Tagged::Image(_) | Tagged::Volume(_) | Tagged::VolumeSnapshot(_) => None,
    };
    members.filter_map(number).collect()
}

/// Puts tags on a thing; those that do not exist come into being.
pub fn put(world: &mut World, names: &[String], thing: &Tagged) {
    for name in names {
        let canonical = ensure(world, name);
        let key = canonical.to_ascii_lowercase();
        if let Some(own) = thing.names(world)
            && !own.contains(&canonical)
        {
            own.push(canonical);
        }
        if let Some(tag) = world.tags.get_mut(&key) {
            tag.members.insert(thing.clone());
            tag.last = Some(thing.clone());
        }
    }
}

/// Takes a thing out of the index of every tag, before it goes.
pub fn untag_everywhere(world: &mut World, thing: &Tagged) {
    let names = thing.names(world).map(mem::take).unwrap_or_default();
    for name in names {
        if let Some(tag) = world.tags.get_mut(&name.to_ascii_lowercase()) {
            tag.members.remove(thing);
        }
    }
}

/// Creates a tag unless it exists, and gives its name in canonical case.
fn ensure(world: &mut World, name: &str) -> String {
    let new = || Tag { name: name.to_owned(), members: BTreeSet::new(), last: None };
    world.tags.entry(name.to_ascii_lowercase()).or_insert_with(new).name.clone()
}

fn view(tag: &Tag, terms: &Terms) -> Value {
    let of = |kind: Kind| -> Vec<&Tagged> {
        tag.members.iter().filter(|member| member.kind() == kind).collect()
    };
    let counts = |members: &[&Tagged], last: Option<&Tagged>| match last {
        Some(last) => json!({ "count": members.len(), "last_tagged_uri": last.address(terms) }),
        None => json!({ "count": members.len() }),
    };
    let part = |kind: Kind| {
        let members = of(kind);
        counts(&members, members.last().copied())
    };
    let all: Vec<&Tagged> = tag.members.iter().collect();
    let last = tag.last.as_ref().filter(|last| tag.members.contains(last));
    let mut resources = counts(&all, last);
    resources["droplets"] = part(Kind::Droplet);
    resources["images"] = part(Kind::Image);
    resources["volumes"] = part(Kind::Volume);
    resources["volume_snapshots"] = part(Kind::VolumeSnapshot);
    resources["databases"] = json!({ "count": 0 });
    json!({ "name": tag.name, "resources": resources })
}

fn list(world: &mut World, call: &Call) -> Reply {
    pages::list(call, "tags", world.tags.values().collect(), |tag| view(tag, &call.terms))
}

#[derive(Deserialize)]
struct NewTag {
    name: String,
}

fn create(world: &mut World, call: &Call) -> Reply {
    let new: NewTag = match call.json() {
        Ok(new) => new,
        Err(refusal) if refusal.status == StatusCode::BAD_REQUEST => {
            return Ok(bad_request(&refusal.message));
        }
        Err(refusal) => return Err(refusal),
    };
    if !is_valid(&new.name) {
        return Ok(bad_request(&format!("invalid tag name: {}", new.name)));
    }
    ensure(world, &new.name);
    let tag = find(world, &new.name).ok_or_else(Refusal::not_found)?;
    Ok(Answer::one(StatusCode::CREATED, "tag", view(tag, &call.terms)))
}

/// The refusal of this one call has a form of its own; the usual fields stand beside it.
fn bad_request(message: &str) -> Answer {
    let body = json!({
        "error": message,
        "messages": [message],
        "root_causes": [],
        "id": "bad_request",
        "message": message,
    });
    Answer::json(StatusCode::BAD_REQUEST, &body)
}

fn get(world: &mut World, call: &Call) -> Reply {
    let tag = find(world, call.capture(0)).ok_or_else(Refusal::not_found)?;
    Ok(Answer::one(StatusCode::OK, "tag", view(tag, &call.terms)))
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let key = call.capture(0).to_ascii_lowercase();
    let tag = world.tags.remove(&key).ok_or_else(Refusal::not_found)?;
    for member in &tag.members {
        if let Some(names) = member.names(world) {
            names.retain(|name| *name != tag.name);
        }
    }
    firewalls::forget_tag(world, &call.terms, &tag.name);
    Ok(Answer::no_content())
}

#[derive(Deserialize)]
struct Resources {
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    resource_id: Value,
    resource_type: Kind,
}

impl Resource {
    /// The thing itself; its id may be sent as a text or a number.
    fn thing(&self, world: &mut World) -> Result<Tagged, Refusal> {
        let id =
            self.resource_id.as_str().map_or_else(|| self.resource_id.to_string(), str::to_owned);
        let number = || id.parse().map_err(|_| Refusal::not_found());
        let thing = match self.resource_type {
            Kind::Droplet => Tagged::Droplet(number()?),
            Kind::Image => Tagged::Image(number()?),
            Kind::Volume => Tagged::Volume(id),
            Kind::VolumeSnapshot => Tagged::VolumeSnapshot(id),
        };
        if thing.names(world).is_none() { Err(Refusal::not_found()) } else { Ok(thing) }
    }
}

fn tag_resources(world: &mut World, call: &Call) -> Reply {
    let (tag, things) = tag_and_things(world, call)?;
    for thing in things {
        put(world, slice::from_ref(&tag), &thing);
        review(world, call, &thing);
    }
    Ok(Answer::no_content())
}

fn untag_resources(world: &mut World, call: &Call) -> Reply {
    let (tag, things) = tag_and_things(world, call)?;
    for thing in things {
        if let Some(names) = thing.names(world) {
            names.retain(|name| *name != tag);
        }
        if let Some(tag) = world.tags.get_mut(&tag.to_ascii_lowercase()) {
            tag.members.remove(&thing);
        }
        review(world, call, &thing);
    }
    Ok(Answer::no_content())
}

/// The tag in the path and the things in the body; all of them exist.
fn tag_and_things(world: &mut World, call: &Call) -> Result<(String, Vec<Tagged>), Refusal> {
    let name = find(world, call.capture(0)).ok_or_else(Refusal::not_found)?.name.clone();
    let body: Resources = call.json()?;
    let things: Result<_, _> =
        body.resources.iter().map(|resource| resource.thing(world)).collect();
    Ok((name, things?))
}

/// A droplet's firewalls follow its tags.
fn review(world: &mut World, call: &Call, thing: &Tagged) {
    if let Tagged::Droplet(id) = thing {
        firewalls::review_droplet(world, &call.terms, *id);
    }
}
