//! What can be done to a droplet, one thing at a time.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::sandbox::{
    actions::{self, Action, Held, Work},
    answer::{Answer, Refusal, Reply},
    backups::BackupPolicy,
    call::{Call, Terms},
    catalog::{self, ImageKind},
    droplet_create,
    droplets::{self, Droplet, Feature, Power},
    images,
    routes::{Method, Route},
    spelled::spelled,
    tags,
    unknowns::Verdict,
    world::{Disk, Effect, World},
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Post, "/v2/droplets/actions", act_by_tag),
    Route::new(Method::Get, "/v2/droplets/{droplet_id}/actions", list),
    Route::new(Method::Post, "/v2/droplets/{droplet_id}/actions", act),
    Route::new(Method::Get, "/v2/droplets/{droplet_id}/actions/{action_id}", get),
];

/// What a request may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Reboot,
    PowerCycle,
    Shutdown,
    PowerOff,
    PowerOn,
    Resize,
    Snapshot,
    Rename,
    Rebuild,
    Restore,
    PasswordReset,
    EnableIpv6,
    EnableBackups,
    DisableBackups,
    ChangeBackupPolicy,
    ChangeKernel,
}

impl Kind {
    /// The API's word, and the seconds it takes at DigitalOcean.
    fn facts(self) -> (&'static str, u32) {
        match self {
            Self::Reboot => ("reboot", 10),
            Self::PowerCycle => ("power_cycle", 15),
            Self::Shutdown => ("shutdown", 5),
            Self::PowerOff => ("power_off", 5),
            Self::PowerOn => ("power_on", 10),
            Self::Resize => ("resize", 60),
            Self::Snapshot => ("snapshot", 30),
            Self::Rename => ("rename", 1),
            Self::Rebuild => ("rebuild", 45),
            Self::Restore => ("restore", 60),
            Self::PasswordReset => ("password_reset", 10),
            Self::EnableIpv6 => ("enable_ipv6", 5),
            Self::EnableBackups => ("enable_backups", 2),
            Self::DisableBackups => ("disable_backups", 2),
            Self::ChangeBackupPolicy => ("change_backup_policy", 2),
            Self::ChangeKernel => ("change_kernel", 10),
        }
    }

    /// Whether the call for all droplets of a tag takes it.
    fn works_by_tag(self) -> bool {
        match self {
            Self::PowerCycle
            | Self::PowerOn
            | Self::PowerOff
            | Self::Shutdown
            | Self::EnableIpv6
            | Self::EnableBackups
            | Self::DisableBackups
            | Self::Snapshot => true,
            Self::Reboot
            | Self::Resize
            | Self::Rename
            | Self::Rebuild
            | Self::Restore
            | Self::PasswordReset
            | Self::ChangeBackupPolicy
            | Self::ChangeKernel => false,
        }
    }
}

#[derive(Deserialize)]
struct Wanted {
    r#type: Kind,
    size: Option<String>,
    #[serde(default, deserialize_with = "spelled")]
    disk: Option<bool>,
    name: Option<String>,
    image: Option<Value>,
    backup_policy: Option<BackupPolicy>,
}

fn act(world: &mut World, call: &Call) -> Reply {
    let droplet = droplets::find(world, call)?;
    let wanted: Wanted = call.json()?;
    let work = work(world, droplet, &wanted)?;
    let action = actions::begin(world, &call.terms, work);
    Ok(Answer::one(StatusCode::CREATED, "action", actions::view(&action)))
}

/// Acts on all droplets of a tag, or on none if one of them refuses.
fn act_by_tag(world: &mut World, call: &Call) -> Reply {
    let missing = || Refusal::unprocessable("tag_name is required");
    let tag = call.query.get("tag_name").ok_or_else(missing)?;
    tags::find(world, tag).ok_or_else(Refusal::not_found)?;
    let wanted: Wanted = call.json()?;
    if !wanted.r#type.works_by_tag() {
        let message = format!("{} cannot be done by tag", wanted.r#type.facts().0);
        return Err(Refusal::unprocessable(message));
    }
    let ids = tags::droplets(world, tag);
    let droplets = ids.iter().filter_map(|id| world.droplets.get(id));
    let works =
        droplets.map(|droplet| work(world, droplet, &wanted)).collect::<Result<Vec<_>, _>>()?;
    let started = start_all(world, &call.terms, works);
    let views: Vec<_> = started.iter().map(actions::view).collect();
    Ok(Answer::one(StatusCode::CREATED, "actions", views))
}

fn start_all(world: &mut World, terms: &Terms, works: Vec<Work>) -> Vec<Action> {
    works.into_iter().map(|work| actions::begin(world, terms, work)).collect()
}

fn work(world: &World, droplet: &Droplet, wanted: &Wanted) -> Result<Work, Refusal> {
    droplet.check_idle()?;
    let (kind, seconds) = wanted.r#type.facts();
    Ok(Work {
        kind,
        seconds,
        held: Held::droplet(droplet.id),
        region: droplet.region.clone(),
        effect: effect(world, droplet, wanted)?,
    })
}

fn effect(world: &World, droplet: &Droplet, wanted: &Wanted) -> Result<Effect, Refusal> {
    match wanted.r#type {
        Kind::Reboot | Kind::PowerCycle | Kind::PasswordReset => {
            check_on(droplet).map(|()| Effect::Pause)
        }
        Kind::Shutdown | Kind::PowerOff => match droplet.power {
            Power::Active => Ok(Effect::PowerOff),
            Power::Off | Power::New => Err(refuse("Droplet is already powered off.")),
        },
        Kind::PowerOn => match droplet.power {
            Power::Off => Ok(Effect::PowerOn),
            Power::Active if world.unknowns.power_on_while_on == Verdict::Accepted => {
                Ok(Effect::PowerOn)
            }
            Power::Active | Power::New => Err(refuse("Droplet is already powered on.")),
        },
        Kind::Resize => resize(world, droplet, wanted),
        Kind::Snapshot => {
            let name = wanted.name.clone().filter(|name| !name.is_empty());
            Ok(Effect::TakeImage { name: name.unwrap_or_else(|| droplet.name.clone()) })
        }
        Kind::Rename => {
            let name = wanted.name.clone().ok_or_else(|| refuse("Name can't be blank"))?;
            droplet_create::check_name(&name)?;
            Ok(Effect::Rename { name })
        }
        Kind::Rebuild => Ok(Effect::Rebuild { image: image(world, droplet, wanted)? }),
        Kind::Restore => restore(world, droplet, wanted),
        Kind::EnableIpv6 => Ok(Effect::Gain(Feature::Ipv6)),
        Kind::EnableBackups => {
            policy(Some(wanted.backup_policy.as_ref().unwrap_or(&BackupPolicy::default())))
        }
        Kind::DisableBackups => Ok(Effect::Lose(Feature::Backups)),
        Kind::ChangeBackupPolicy => policy(wanted.backup_policy.as_ref()),
        Kind::ChangeKernel => Err(refuse("This Droplet manages its kernel itself.")),
    }
}

fn resize(world: &World, droplet: &Droplet, wanted: &Wanted) -> Result<Effect, Refusal> {
    let slug = wanted.size.as_deref().unwrap_or_default();
    let size = catalog::size(slug).ok_or_else(|| refuse("You specified an invalid size."))?;
    if !size.regions.contains(&droplet.region.as_str()) {
        return Err(refuse("Size is not available in this region."));
    }
    if size.disk < droplet.disk {
        return Err(refuse("Size can not decrease size of Droplet's disk image"));
    }
    let disk = if wanted.disk == Some(true) { Disk::Grow } else { Disk::Keep };
    if size.slug == droplet.size && (disk == Disk::Keep || size.disk == droplet.disk) {
        return Err(refuse("Droplet already has this size."));
    }
    let effect = Effect::Resize { size: size.slug.to_owned(), disk };
    match droplet.power {
        Power::Off => Ok(effect),
        Power::Active if world.unknowns.resize_while_on == Verdict::Accepted => Ok(effect),
        Power::Active | Power::New => {
            Err(refuse("Droplet is currently on. Please power it off to run this event."))
        }
    }
}

fn restore(world: &World, droplet: &Droplet, wanted: &Wanted) -> Result<Effect, Refusal> {
    let image = image(world, droplet, wanted)?;
    let kind = world.images.get(&image).map(|image| image.kind);
    match kind {
        Some(ImageKind::Snapshot | ImageKind::Backup) => Ok(Effect::Rebuild { image }),
        Some(ImageKind::Distribution | ImageKind::Application | ImageKind::Custom) | None => {
            Err(refuse("A Droplet is restored from a backup or a snapshot."))
        }
    }
}

/// The image a request names, or the droplet's own.
fn image(world: &World, droplet: &Droplet, wanted: &Wanted) -> Result<u64, Refusal> {
    let Some(wanted) = &wanted.image else { return Ok(droplet.image) };
    let identifier = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
    let image = images::find(world, &identifier);
    let image = image.ok_or_else(|| refuse("You specified an invalid image."))?;
    if image.min_disk_size > droplet.disk {
        return Err(refuse("The image is larger than the Droplet's disk."));
    }
    Ok(image.id)
}

fn check_on(droplet: &Droplet) -> Result<(), Refusal> {
    match droplet.power {
        Power::Active => Ok(()),
        Power::Off | Power::New => {
            Err(refuse("Droplet is currently off. Please power it on to run this event."))
        }
    }
}

fn policy(wanted: Option<&BackupPolicy>) -> Result<Effect, Refusal> {
    let policy = wanted.ok_or_else(|| refuse("backup_policy is required"))?;
    policy.check()?;
    Ok(Effect::Back(policy.clone()))
}

fn refuse(message: &str) -> Refusal {
    Refusal::unprocessable(message)
}

fn list(world: &mut World, call: &Call) -> Reply {
    let id = droplets::find(world, call)?.id;
    actions::list_where(world, call, |action| action.held.is_droplet(id))
}

/// An action is readable after its droplet is gone: that is how one learns that it went.
fn get(world: &mut World, call: &Call) -> Reply {
    let id = call.number(0)?;
    actions::get_where(world, call, 1, |action| action.held.is_droplet(id))
}
