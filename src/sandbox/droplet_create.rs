//! How a droplet comes into being: everything is checked before anything is made.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sandbox::{
    actions::{self, Action, ActionLink, Held, Work},
    answer::{Answer, Refusal, Reply},
    backups::BackupPolicy,
    call::{Call, Terms},
    catalog::{self, Size},
    droplets::{self, Addresses, Droplet, DropletView, Feature, Power},
    fate::Fate,
    firewalls, images, keys,
    project_resources::{self, Member},
    tags::{self, Tagged},
    volumes,
    vpcs::{self, Vpc},
    world::{Effect, Numbered, World},
};

/// Seconds from the request to a running droplet.
const BOOT: u32 = 30;

const MAX_NAME: usize = 255;
const MAX_NAMES: usize = 10;
const MAX_USER_DATA: usize = 64 * 1024;

#[derive(Deserialize)]
struct NewDroplet {
    name: Option<String>,
    names: Option<Vec<String>>,
    region: Option<String>,
    size: String,
    image: Value,
    #[serde(default)]
    ssh_keys: Option<Vec<Value>>,
    backups: Option<bool>,
    backup_policy: Option<BackupPolicy>,
    ipv6: Option<bool>,
    monitoring: Option<bool>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    user_data: Option<String>,
    #[serde(default)]
    volumes: Option<Vec<String>>,
    vpc_uuid: Option<String>,
    with_droplet_agent: Option<bool>,
    public_networking: Option<bool>,
}

/// What all droplets of a request have in common, checked.
struct Plan {
    names: Vec<String>,
    region: String,
    size: &'static Size,
    image: u64,
    vpc: String,
    features: BTreeSet<Feature>,
    tags: Vec<String>,
    volumes: Vec<String>,
    user_data: String,
    networking: Networking,
    backup_policy: Option<BackupPolicy>,
    fate: Fate,
}

/// Whether a droplet has a public address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Networking {
    Public,
    PrivateOnly,
}

/// Answers `POST /v2/droplets`: one droplet for `name`, several for `names`.
pub fn create(world: &mut World, call: &Call) -> Reply {
    let new: NewDroplet = call.json()?;
    let several = new.names.is_some();
    let plan = check(world, call, new)?;
    let mut terms = call.terms.clone();
    if plan.fate != Fate::Completed {
        terms.fate = plan.fate;
    }
    let made: Vec<Action> =
        plan.names.iter().map(|name| make(world, &terms, &plan, name)).collect();
    Ok(if several { answer_several(world, call, &made) } else { answer_one(world, call, &made) })
}

fn check(world: &World, call: &Call, new: NewDroplet) -> Result<Plan, Refusal> {
    let size = catalog::size(&new.size);
    let size = size.ok_or_else(|| {
        Refusal::unprocessable("You specified an invalid size for Droplet creation.")
    })?;
    let image = image(world, &new.image)?;
    check_keys(world, new.ssh_keys.as_deref().unwrap_or_default())?;
    let vpc = vpc(world, new.vpc_uuid.as_deref(), new.region.as_deref())?;
    let region = vpc.region.clone();
    if !size.regions.contains(&region.as_str()) {
        return Err(Refusal::unprocessable("Size is not available in this region."));
    }
    let user_data = new.user_data.clone().unwrap_or_default();
    if user_data.len() > MAX_USER_DATA {
        return Err(Refusal::unprocessable("User data is too long (maximum is 64 KiB)"));
    }
    let features = features(&new);
    let names = names(new.name, new.names)?;
    check_room(world, vpc, names.len())?;
    world.machines.check(vpc, &names)?;
    let tags = new.tags.unwrap_or_default();
    tags::check(&tags)?;
    let volumes = new.volumes.unwrap_or_default();
    volumes::check_attachable(world, &volumes, &region)?;
    if names.len() > 1 && !volumes.is_empty() {
        return Err(Refusal::unprocessable("Invalid volume allocations"));
    }
    let networking = if new.public_networking == Some(false) {
        Networking::PrivateOnly
    } else {
        Networking::Public
    };
    Ok(Plan {
        names,
        region,
        size,
        image,
        vpc: vpc.id.clone(),
        backup_policy: backup_policy(new.backup_policy, &features)?,
        features,
        tags,
        volumes,
        networking,
        fate: fate(call, &user_data),
        user_data,
    })
}

/// User data with characters beyond the basic plane is taken, and the droplet never comes.
fn fate(call: &Call, user_data: &str) -> Fate {
    if user_data.chars().any(|character| u32::from(character) > 0xffff) {
        Fate::Errored
    } else {
        call.terms.fate
    }
}

fn image(world: &World, wanted: &Value) -> Result<u64, Refusal> {
    let identifier = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
    let invalid = || Refusal::unprocessable("You specified an invalid image for Droplet creation.");
    images::find(world, &identifier).map(|image| image.id).ok_or_else(invalid)
}

fn check_keys(world: &World, wanted: &[Value]) -> Result<(), Refusal> {
    for key in wanted {
        let identifier = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
        if keys::find(world, &identifier).is_none() {
            let message = format!("{identifier} are invalid key identifiers for Droplet creation.");
            return Err(Refusal::unprocessable(message));
        }
    }
    Ok(())
}

/// The network of a new droplet: the one that was asked for, or its region's default. A region's
/// slug may be cut short, as in `nyc`; without one it is the network's, or the first.
fn vpc<'a>(world: &'a World, id: Option<&str>, region: Option<&str>) -> Result<&'a Vpc, Refusal> {
    let invalid =
        || Refusal::unprocessable("You specified an invalid region for Droplet creation.");
    let open = catalog::regions().filter(|region| region.available);
    let wanted = region.filter(|region| !region.is_empty());
    let mut fitting = open.filter(|open| wanted.is_none_or(|slug| open.slug.starts_with(slug)));
    let Some(id) = id.filter(|id| !id.is_empty()) else {
        let region = fitting.next().ok_or_else(invalid)?;
        let message = "the region has no default VPC";
        return vpcs::default_of(world, region.slug).ok_or_else(|| Refusal::unprocessable(message));
    };
    let vpc = world.vpcs.get(id);
    let vpc = vpc.ok_or_else(|| Refusal::unprocessable("Failed to resolve VPC"))?;
    let mut fitting = fitting.peekable();
    fitting.peek().ok_or_else(invalid)?;
    if !fitting.any(|region| region.slug == vpc.region) {
        return Err(Refusal::unprocessable("VPC is not in the same region as the Droplet"));
    }
    Ok(vpc)
}

fn features(new: &NewDroplet) -> BTreeSet<Feature> {
    let wanted = [
        (Feature::Backups, new.backups == Some(true) || new.backup_policy.is_some()),
        (Feature::Monitoring, new.monitoring == Some(true)),
        (Feature::Ipv6, new.ipv6 == Some(true)),
        (Feature::PrivateNetworking, true),
        (Feature::DropletAgent, new.with_droplet_agent != Some(false)),
    ];
    wanted.into_iter().filter(|(_, wanted)| *wanted).map(|(feature, _)| feature).collect()
}

/// The policy of a droplet with backups; one it was sent, or the usual one.
fn backup_policy(
    sent: Option<BackupPolicy>,
    features: &BTreeSet<Feature>,
) -> Result<Option<BackupPolicy>, Refusal> {
    let policy = sent.unwrap_or_default();
    policy.check()?;
    Ok(features.contains(&Feature::Backups).then_some(policy))
}

fn names(one: Option<String>, several: Option<Vec<String>>) -> Result<Vec<String>, Refusal> {
    let names = match (one, several) {
        (Some(name), None) => vec![name],
        (None, Some(names)) => names,
        (Some(_), Some(_)) => {
            return Err(Refusal::unprocessable("name and names cannot be used together"));
        }
        (None, None) => return Err(Refusal::unprocessable("Name can't be blank")),
    };
    if names.is_empty() || names.len() > MAX_NAMES {
        return Err(Refusal::unprocessable(format!(
            "You can create 1 to {MAX_NAMES} Droplets at a time."
        )));
    }
    names.iter().try_for_each(|name| check_name(name))?;
    Ok(names)
}

/// Refuses names that are no host names.
pub fn check_name(name: &str) -> Result<(), Refusal> {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let valid = name.bytes().all(inner) && edge(name.bytes().last()) && name.len() <= MAX_NAME;
    if valid {
        Ok(())
    } else {
        let message = "Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)";
        Err(Refusal::unprocessable(message))
    }
}

/// Refuses what goes beyond the account's limit or the network's addresses.
fn check_room(world: &World, vpc: &Vpc, wanted: usize) -> Result<(), Refusal> {
    if world.droplets.len() + wanted > world.droplet_limit {
        let message = "creating this/these droplet(s) will exceed your droplet limit";
        return Err(Refusal::unprocessable(message));
    }
    let free = vpc.room().saturating_sub(vpc.addresses.len());
    if free < wanted {
        return Err(Refusal::unprocessable("the VPC has no free addresses left"));
    }
    Ok(())
}

fn make(world: &mut World, terms: &Terms, plan: &Plan, name: &str) -> Action {
    let id = world.ids.number(Numbered::Droplet);
    let public = (plan.networking == Networking::Public).then(|| world.ids.address());
    let vpc = world.vpcs.get_mut(&plan.vpc).expect("the plan's VPC was found in this call");
    let assigned = world.machines.of(name);
    let private = vpc.take_address(assigned.private);
    let private = private.expect("the VPC's free addresses were counted in this call");
    vpc.members.insert(id);
    let droplet = Droplet {
        id,
        name: name.to_owned(),
        region: plan.region.clone(),
        size: plan.size.slug.to_owned(),
        disk: plan.size.disk,
        image: plan.image,
        vpc: plan.vpc.clone(),
        power: Power::New,
        busy: None,
        created_at: terms.now(),
        features: plan.features.clone(),
        tags: Vec::new(),
        volumes: plan.volumes.clone(),
        snapshots: Vec::new(),
        addresses: Addresses { public, assigned: assigned.public, private, reserved: None },
        backup_policy: plan.backup_policy.clone(),
    };
    world.droplets.insert(id, droplet);
    world.machines.user_data.insert(id, plan.user_data.clone());
    for volume in &plan.volumes {
        if let Some(volume) = world.volumes.get_mut(volume) {
            volume.droplet = Some(id);
        }
    }
    tags::put(world, &plan.tags, &Tagged::Droplet(id));
    firewalls::review_droplet(world, terms, id);
    project_resources::welcome(world, terms.now(), &Member::Droplet(id));
    let work = Work {
        kind: "create",
        seconds: BOOT,
        held: Held::droplet(id),
        region: plan.region.clone(),
        effect: Effect::Boot,
    };
    actions::begin(world, terms, work)
}

#[derive(Serialize)]
struct One<'a> {
    droplet: DropletView<'a>,
    links: Links,
}

#[derive(Serialize)]
struct Several<'a> {
    droplets: Vec<DropletView<'a>>,
    links: Links,
}

#[derive(Serialize)]
struct Links {
    actions: Vec<ActionLink>,
}

fn answer_one(world: &World, call: &Call, made: &[Action]) -> Answer {
    let mut views = views(world, made);
    let droplet = views.next().expect("a request with one name makes one droplet");
    Answer::json(StatusCode::ACCEPTED, &One { droplet, links: links(call, made) })
}

fn answer_several(world: &World, call: &Call, made: &[Action]) -> Answer {
    let droplets = views(world, made).collect();
    Answer::json(StatusCode::ACCEPTED, &Several { droplets, links: links(call, made) })
}

fn views<'a>(world: &'a World, made: &'a [Action]) -> impl Iterator<Item = DropletView<'a>> {
    let made = made.iter().filter_map(|action| world.droplets.get(&action.held.droplet?));
    made.map(|droplet| droplets::view(world, droplet))
}

fn links(call: &Call, made: &[Action]) -> Links {
    let link = |action: &Action| actions::link(action, "create", &call.terms.origin);
    Links { actions: made.iter().map(link).collect() }
}
