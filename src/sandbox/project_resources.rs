//! What is in a project. Everything that can be in one is in exactly one; what is new comes to the
//! default one.
//!
//! Things are named by URN, as in `do:droplet:7`. The API writes reserved IPs under their old name,
//! `floatingip`, and reads the new one too.

use std::net::Ipv4Addr;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::{Call, Terms},
    pages, projects,
    routes::{Method, Route},
    stamp::Stamp,
    world::World,
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/projects/{project_id}/resources", list),
    Route::new(Method::Post, "/v2/projects/{project_id}/resources", assign),
];

/// A thing that can be in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// A domain, by name.
    Domain(String),
    /// A droplet, by number.
    Droplet(u64),
    /// A reserved IP, by address.
    ReservedIp(Ipv4Addr),
    /// A volume, by uuid.
    Volume(String),
    /// A VPC, by uuid; it is in a project only once it was assigned to one.
    Vpc(String),
}

impl Member {
    /// The thing a URN names; none if the sandbox has no such kind, or the id is not one.
    fn parse(urn: &str) -> Option<Self> {
        let (kind, id) = urn.strip_prefix("do:")?.split_once(':')?;
        match kind {
            "domain" => Some(Self::Domain(id.to_ascii_lowercase())),
            "droplet" => id.parse().ok().map(Self::Droplet),
            "floatingip" | "reservedip" => id.parse().ok().map(Self::ReservedIp),
            "volume" => Some(Self::Volume(id.to_owned())),
            "vpc" => Some(Self::Vpc(id.to_owned())),
            _ => None,
        }
    }

    fn urn(&self) -> String {
        match self {
            Self::Domain(name) => format!("do:domain:{name}"),
            Self::Droplet(id) => format!("do:droplet:{id}"),
            Self::ReservedIp(ip) => format!("do:floatingip:{ip}"),
            Self::Volume(id) => format!("do:volume:{id}"),
            Self::Vpc(id) => format!("do:vpc:{id}"),
        }
    }

    fn exists(&self, world: &World) -> bool {
        match self {
            Self::Domain(name) => world.domains.contains_key(name),
            Self::Droplet(id) => world.droplets.contains_key(id),
            Self::ReservedIp(ip) => world.reserved_ips.contains_key(ip),
            Self::Volume(id) => world.volumes.contains_key(id),
            Self::Vpc(id) => world.vpcs.contains_key(id),
        }
    }

    fn address(&self, terms: &Terms) -> String {
        let origin = &terms.origin;
        match self {
            Self::Domain(name) => format!("{origin}/v2/domains/{name}"),
            Self::Droplet(id) => format!("{origin}/v2/droplets/{id}"),
            Self::ReservedIp(ip) => format!("{origin}/v2/floating_ips/{ip}"),
            Self::Volume(id) => format!("{origin}/v2/volumes/{id}"),
            Self::Vpc(id) => format!("{origin}/v2/vpcs/{id}"),
        }
    }
}

/// The project a thing is in, and since when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Home {
    /// The project's uuid.
    pub project: String,
    /// Since when.
    pub assigned_at: Timestamp,
}

/// The uuid of the project a thing is in.
pub fn home_of<'a>(world: &'a World, member: &Member) -> &'a str {
    world.homes.get(&member.urn()).map_or("", |home| &home.project)
}

/// Takes in a thing that is new, into the default project.
pub fn welcome(world: &mut World, now: Timestamp, member: &Member) {
    let project = projects::default_id(world).to_owned();
    settle(world, now, member, project);
}

/// Puts a thing into a project, out of the one it was in.
pub fn settle(world: &mut World, now: Timestamp, member: &Member, project: String) {
    world.homes.insert(member.urn(), Home { project, assigned_at: now });
}

/// Forgets a thing that is gone.
pub fn forget(world: &mut World, member: &Member) {
    world.homes.remove(&member.urn());
}

#[derive(Serialize)]
struct View {
    urn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_at: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Links>,
    status: Status,
}

#[derive(Serialize)]
struct Links {
    #[serde(rename = "self")]
    own: String,
}

/// What the API says about one thing of a list.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    NotFound,
    Assigned,
    AlreadyAssigned,
}

fn list(world: &mut World, call: &Call) -> Reply {
    let id = &projects::find(world, call)?.id;
    let own = world.homes.iter().filter(|(_, home)| home.project == *id).collect();
    pages::list(call, "resources", own, |(urn, home)| View {
        urn: urn.clone(),
        assigned_at: Some(Stamp(home.assigned_at)),
        links: Member::parse(urn).map(|member| Links { own: member.address(&call.terms) }),
        status: Status::Ok,
    })
}

#[derive(Deserialize)]
struct Wanted {
    resources: Vec<String>,
}

/// Moves things here; what does not exist is told by name, and the rest moves all the same.
fn assign(world: &mut World, call: &Call) -> Reply {
    let project = projects::find(world, call)?.id.clone();
    let wanted: Wanted = call.json()?;
    if let Some(urn) = wanted.resources.iter().find(|urn| !is_urn(urn)) {
        return Err(Refusal::unprocessable(format!("{urn} is not a valid URN")));
    }
    let views: Vec<View> =
        wanted.resources.iter().map(|urn| assign_one(world, call, &project, urn)).collect();
    Ok(Answer::one(StatusCode::OK, "resources", views))
}

/// The kinds of things a URN may name (the description's `urn`), and reserved IPs' newer word.
const KINDS: &[&str] = &[
    "dbaas",
    "domain",
    "droplet",
    "floatingip",
    "reservedip",
    "loadbalancer",
    "space",
    "volume",
    "kubernetes",
    "vpc",
];

fn is_urn(urn: &str) -> bool {
    let parts = urn.strip_prefix("do:").and_then(|rest| rest.split_once(':'));
    parts.is_some_and(|(kind, _)| KINDS.contains(&kind))
}

fn assign_one(world: &mut World, call: &Call, project: &str, urn: &str) -> View {
    let Some(member) = Member::parse(urn).filter(|member| member.exists(world)) else {
        let urn = urn.replacen("do:reservedip:", "do:floatingip:", 1);
        return View { urn, assigned_at: None, links: None, status: Status::NotFound };
    };
    let status = if home_of(world, &member) == project {
        Status::AlreadyAssigned
    } else {
        settle(world, call.terms.now(), &member, project.to_owned());
        Status::Assigned
    };
    View {
        urn: member.urn(),
        assigned_at: Some(Stamp(call.terms.now())),
        links: Some(Links { own: member.address(&call.terms) }),
        status,
    }
}
