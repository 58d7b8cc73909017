//! VPCs: private networks of one region, with ranges that never overlap.

use std::{collections::BTreeSet, net::Ipv4Addr};

use axum::http::StatusCode;
use ipnet::Ipv4Net;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::Call,
    catalog,
    droplets::Droplet,
    pages,
    project_resources::{self, Member},
    routes::{Method, Route},
    stamp::Stamp,
    world::World,
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/vpcs", list),
    Route::new(Method::Post, "/v2/vpcs", create),
    Route::new(Method::Get, "/v2/vpcs/{vpc_id}", get),
    Route::new(Method::Put, "/v2/vpcs/{vpc_id}", replace),
    Route::new(Method::Patch, "/v2/vpcs/{vpc_id}", patch),
    Route::new(Method::Delete, "/v2/vpcs/{vpc_id}", delete),
    Route::new(Method::Get, "/v2/vpcs/{vpc_id}/members", members),
];

const MAX_DESCRIPTION: usize = 255;
const MAX_NAME: usize = 255;

/// Where the default networks of a fresh account lie, a /20 a region.
const DEFAULTS: Ipv4Addr = Ipv4Addr::new(10, 100, 0, 0);

/// Where networks without a wanted range are put, a /20 each.
const UNASKED: Ipv4Addr = Ipv4Addr::new(10, 130, 0, 0);

/// Bits of the networks DigitalOcean chooses itself.
const DEFAULT_BITS: u8 = 20;

/// The private ranges of RFC 1918.
const PRIVATE: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
];

/// A private network of the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Vpc {
    /// The uuid requests use.
    pub id: String,
    /// The name, unique in the account.
    pub name: String,
    /// What it says about itself.
    pub description: String,
    /// The region's slug.
    pub region: String,
    /// Its addresses.
    pub ip_range: Ipv4Net,
    /// Whether droplets of the region come here unasked.
    pub default: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// The droplets in it.
    pub members: BTreeSet<u64>,
    /// The droplets that are gone and may still count as members.
    pub leaving: Vec<Leaving>,
    /// The addresses in use.
    pub addresses: BTreeSet<Ipv4Addr>,
}

/// A droplet that is gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Leaving {
    id: u64,
    name: String,
    created_at: Timestamp,
    left_at: Timestamp,
}

impl Vpc {
    /// Takes the address that is wished for, or the lowest free one; the first is the gateway's.
    pub fn take_address(&mut self, wished: Option<Ipv4Addr>) -> Option<Ipv4Addr> {
        let free = |host: &Ipv4Addr| !self.addresses.contains(host);
        let next = wished.filter(free).or_else(|| self.ip_range.hosts().skip(1).find(free))?;
        self.addresses.insert(next);
        Some(next)
    }

    /// How many droplets fit: all addresses but the network's, the gateway's and the broadcast's.
    pub fn room(&self) -> usize {
        (1 << (32 - self.ip_range.prefix_len())) - 3
    }

    fn overlaps(&self, range: Ipv4Net) -> bool {
        self.ip_range.contains(&range) || range.contains(&self.ip_range)
    }

    /// The gateway's address.
    pub fn gateway(&self) -> Ipv4Addr {
        self.ip_range.hosts().next().unwrap_or(self.ip_range.network())
    }
}

/// Lets a droplet go that has been removed.
pub fn let_go(world: &mut World, droplet: &Droplet, at: Timestamp) {
    let lingers = world.unknowns.member_lag > 0;
    let Some(vpc) = world.vpcs.get_mut(&droplet.vpc) else { return };
    vpc.members.remove(&droplet.id);
    vpc.addresses.remove(&droplet.addresses.private);
    if lingers {
        let Droplet { id, name, created_at, .. } = droplet.clone();
        vpc.leaving.push(Leaving { id, name, created_at, left_at: at });
    }
}

/// Gives every open region its default network.
pub fn add_defaults(world: &mut World, now: Timestamp) {
    for region in catalog::regions().filter(|region| region.available) {
        let Some(ip_range) = free_range(world, DEFAULTS) else { return };
        let id = world.ids.uuid();
        let vpc = Vpc {
            id: id.clone(),
            name: format!("default-{}", region.slug),
            description: String::new(),
            region: region.slug.to_owned(),
            ip_range,
            default: true,
            created_at: now,
            members: BTreeSet::new(),
            leaving: Vec::new(),
            addresses: BTreeSet::new(),
        };
        world.vpcs.insert(id, vpc);
    }
}

/// The default network of a region.
pub fn default_of<'a>(world: &'a World, region: &str) -> Option<&'a Vpc> {
    world.vpcs.values().find(|vpc| vpc.default && vpc.region == region)
}

/// The first free range of the usual size from an address on.
fn free_range(world: &World, from: Ipv4Addr) -> Option<Ipv4Net> {
    let start = u32::from(from);
    let step = 1 << (32 - u32::from(DEFAULT_BITS));
    let candidates = (0..1024_u32).filter_map(|nth| start.checked_add(nth * step));
    let mut ranges = candidates.filter_map(|at| Ipv4Net::new(at.into(), DEFAULT_BITS).ok());
    ranges.find(|range| !overlaps(world, *range))
}

fn overlaps(world: &World, range: Ipv4Net) -> bool {
    world.vpcs.values().any(|vpc| vpc.overlaps(range))
}

#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    urn: String,
    name: &'a str,
    description: &'a str,
    region: &'a str,
    ip_range: Ipv4Net,
    default: bool,
    created_at: Stamp,
}

fn view(vpc: &Vpc) -> View<'_> {
    View {
        id: &vpc.id,
        urn: format!("do:vpc:{}", vpc.id),
        name: &vpc.name,
        description: &vpc.description,
        region: &vpc.region,
        ip_range: vpc.ip_range,
        default: vpc.default,
        created_at: Stamp(vpc.created_at),
    }
}

fn list(world: &mut World, call: &Call) -> Reply {
    pages::list(call, "vpcs", world.vpcs.values().collect(), view)
}

fn get(world: &mut World, call: &Call) -> Reply {
    Ok(Answer::one(StatusCode::OK, "vpc", view(find(world, call)?)))
}

fn find<'a>(world: &'a World, call: &Call) -> Result<&'a Vpc, Refusal> {
    world.vpcs.get(call.capture(0)).ok_or_else(Refusal::not_found)
}

#[derive(Deserialize)]
struct NewVpc {
    name: String,
    region: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    ip_range: Option<String>,
}

fn create(world: &mut World, call: &Call) -> Reply {
    let new: NewVpc = call.json()?;
    check_name(world, call, &new.name, None)?;
    let description = new.description.unwrap_or_default();
    check_description(&description)?;
    if !catalog::has_region(&new.region) {
        return Err(Refusal::unprocessable("region is not valid"));
    }
    let ip_range = match new.ip_range.filter(|range| !range.is_empty()) {
        Some(asked) => wanted_range(world, call, &asked)?,
        None => free_range(world, UNASKED)
            .ok_or_else(|| Refusal::unprocessable("no free address range is left"))?,
    };
    let vpc = Vpc {
        id: world.ids.uuid(),
        name: new.name,
        description,
        default: default_of(world, &new.region).is_none(),
        region: new.region,
        ip_range,
        created_at: call.terms.now(),
        members: BTreeSet::new(),
        leaving: Vec::new(),
        addresses: BTreeSet::new(),
    };
    let answer = Answer::one(StatusCode::CREATED, "vpc", view(&vpc));
    world.vpcs.insert(vpc.id.clone(), vpc);
    Ok(answer)
}

fn check_name(world: &World, call: &Call, name: &str, own: Option<&str>) -> Result<(), Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(allowed) {
        let message = "name may only contain alphanumeric characters, dashes, and periods";
        return Err(Refusal::unprocessable(message));
    }
    let taken = |vpc: &Vpc| {
        vpc.name == name
            && Some(vpc.id.as_str()) != own
            && world.notices(&call.terms, vpc.created_at)
    };
    if world.vpcs.values().any(taken) {
        return Err(Refusal::unprocessable("a VPC with that name already exists"));
    }
    Ok(())
}

fn check_description(description: &str) -> Result<(), Refusal> {
    if description.chars().count() > MAX_DESCRIPTION {
        let message = format!("description is too long (maximum is {MAX_DESCRIPTION} characters)");
        return Err(Refusal::unprocessable(message));
    }
    Ok(())
}

fn wanted_range(world: &World, call: &Call, asked: &str) -> Result<Ipv4Net, Refusal> {
    let invalid = || Refusal::unprocessable("ip_range is not a valid network in CIDR notation");
    let range: Ipv4Net = asked.parse().map_err(|_| invalid())?;
    if range.trunc() != range {
        return Err(invalid());
    }
    if !(16..=28).contains(&range.prefix_len()) {
        return Err(Refusal::unprocessable("ip_range must be between /16 and /28 in size"));
    }
    let inside = |&(address, bits): &(Ipv4Addr, u8)| {
        Ipv4Net::new(address, bits).is_ok_and(|private| private.contains(&range))
    };
    if !PRIVATE.iter().any(inside) {
        return Err(Refusal::unprocessable("ip_range must be a private range of RFC 1918"));
    }
    let noticed = |vpc: &&Vpc| world.notices(&call.terms, vpc.created_at);
    if world.vpcs.values().filter(noticed).any(|vpc| vpc.overlaps(range)) {
        let message = "This range/size overlaps with another VPC network in your account";
        return Err(Refusal::unprocessable(message));
    }
    Ok(range)
}

#[derive(Deserialize)]
struct Change {
    name: Option<String>,
    description: Option<String>,
    default: Option<bool>,
}

fn replace(world: &mut World, call: &Call) -> Reply {
    let change: Change = call.json()?;
    if change.name.is_none() {
        return Err(Refusal::unprocessable("missing field `name`"));
    }
    let description = Some(change.description.unwrap_or_default());
    update(world, call, Change { description, ..change })
}

fn patch(world: &mut World, call: &Call) -> Reply {
    let change = call.json()?;
    update(world, call, change)
}

fn update(world: &mut World, call: &Call, change: Change) -> Reply {
    let old = find(world, call)?;
    let (id, region) = (old.id.clone(), old.region.clone());
    if change.default == Some(false) && old.default {
        return Err(Refusal::unprocessable("make another VPC of the region the default instead"));
    }
    if let Some(name) = &change.name {
        check_name(world, call, name, Some(&id))?;
    }
    if let Some(description) = &change.description {
        check_description(description)?;
    }
    if change.default == Some(true) {
        for vpc in world.vpcs.values_mut().filter(|vpc| vpc.region == region) {
            vpc.default = vpc.id == id;
        }
    }
    let vpc = world.vpcs.get_mut(&id).ok_or_else(Refusal::not_found)?;
    vpc.name = change.name.unwrap_or_else(|| vpc.name.clone());
    vpc.description = change.description.unwrap_or_else(|| vpc.description.clone());
    Ok(Answer::one(StatusCode::OK, "vpc", view(vpc)))
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let vpc = find(world, call)?;
    if vpc.default {
        return Err(Refusal::forbidden("Can not delete default VPCs"));
    }
    if !vpc.members.is_empty() {
        return Err(Refusal::forbidden("Can not delete VPC with members"));
    }
    if leaving(world, call, vpc).next().is_some() {
        return Err(Refusal::conflict("Can not delete VPC with members"));
    }
    let id = vpc.id.clone();
    world.vpcs.remove(&id);
    project_resources::forget(world, &Member::Vpc(id));
    Ok(Answer::no_content())
}

#[derive(Serialize)]
struct MemberView<'a> {
    urn: String,
    name: &'a str,
    created_at: Stamp,
}

fn members(world: &mut World, call: &Call) -> Reply {
    let vpc = find(world, call)?;
    let there = vpc.members.iter().filter_map(|id| world.droplets.get(id));
    let there = there.map(|droplet| (droplet.id, droplet.name.as_str(), droplet.created_at));
    let gone = leaving(world, call, vpc);
    let gone = gone.map(|droplet| (droplet.id, droplet.name.as_str(), droplet.created_at));
    let wanted = call.query.get("resource_type").is_none_or(|kind| kind == "droplet");
    let all = there.chain(gone).filter(|_| wanted).collect();
    pages::list(call, "members", all, |(id, name, created_at)| MemberView {
        urn: format!("do:droplet:{id}"),
        name,
        created_at: Stamp(created_at),
    })
}

/// The droplets that are gone and still count as members.
fn leaving<'a>(
    world: &World,
    call: &'a Call,
    vpc: &'a Vpc,
) -> impl Iterator<Item = &'a Leaving> + use<'a> {
    let lag = world.unknowns.member_lag;
    vpc.leaving.iter().filter(move |droplet| !call.terms.have_passed(lag, droplet.left_at))
}
