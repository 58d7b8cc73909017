//! Whose everything is: a pure reading of the account.
//!
//! What carries any mark of ours belongs to a stack, whether its file is known here or not. A mark
//! is a tag on what has tags, the description of a VPC, the name or a target of a firewall. The
//! call that takes a droplet's snapshot takes no tags, so such a snapshot also belongs to the stack
//! of its droplet.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    digitalocean::{
        droplets::Droplet,
        firewalls::Firewall,
        reserved_ips::ReservedIp,
        snapshots::{Snapshot, SnapshotSource},
        volumes::Volume,
        vpcs::Vpc,
    },
    purge::{Key, Standing, Survey, Thing},
    resources::{LiveReservedIp, snapshot_price, volume_price},
    values::{Mark, Money},
};

/// Everything the account holds of the sorts that are looked for.
pub fn things(survey: &Survey) -> Vec<Thing> {
    let names: BTreeMap<String, &str> = survey
        .droplets
        .iter()
        .map(|droplet| (droplet.id.to_string(), droplet.name.as_str()))
        .chain(survey.volumes.iter().map(|volume| (volume.id.clone(), volume.name.as_str())))
        .collect();
    let machines: BTreeMap<String, Standing> = survey
        .droplets
        .iter()
        .map(|droplet| (droplet.id.to_string(), of_texts(&droplet.tags)))
        .collect();
    let worn: BTreeSet<String> = survey
        .droplets
        .iter()
        .flat_map(|droplet| droplet.tags.iter().map(|tag| tag.to_ascii_lowercase()))
        .collect();
    let droplets = survey.droplets.iter().map(droplet);
    let volumes = survey.volumes.iter().map(|live| volume(live, &names));
    let snapshots = survey.snapshots.iter().map(|live| snapshot(live, &names, &machines));
    let ips = survey.reserved_ips.iter().map(|live| reserved_ip(live, &names, &survey.droplets));
    let firewalls = survey.firewalls.iter().map(|live| firewall(live, &worn));
    let vpcs = survey.vpcs.iter().map(|(live, members)| vpc(live, *members));
    droplets.chain(volumes).chain(snapshots).chain(ips).chain(firewalls).chain(vpcs).collect()
}

/// Whose something with these tags, or this name and description, is. What a drill made is nobody's
/// for longer than that takes.
fn of_texts<'a>(texts: impl IntoIterator<Item = &'a String> + Clone) -> Standing {
    if texts.clone().into_iter().any(|text| Mark::is_any_drill(text)) {
        Standing::Orphan
    } else if texts.clone().into_iter().any(|text| Mark::is_any_in(text)) {
        Standing::Marked(texts.into_iter().find_map(|text| Mark::stack_in(text)))
    } else {
        Standing::Orphan
    }
}

fn droplet(live: &Droplet) -> Thing {
    Thing {
        key: Key::Droplet(live.id),
        name: live.name.clone(),
        about: format!("{} in {}, {}", live.size_slug, live.region.slug, live.status),
        created_at: Some(live.created_at),
        monthly: Money::dollars(live.size.price_monthly),
        held_by: None,
        standing: of_texts(&live.tags),
    }
}

fn volume(live: &Volume, names: &BTreeMap<String, &str>) -> Thing {
    let held_by = live.droplet_ids.first().copied();
    let place = held_by.map_or_else(String::new, |id| {
        let name = names.get(&id.to_string()).map_or_else(|| id.to_string(), ToString::to_string);
        format!(", attached to {name}")
    });
    Thing {
        key: Key::Volume(live.id.clone()),
        name: live.name.clone(),
        about: format!("{} GiB in {}{place}", live.size_gigabytes, live.region.slug),
        created_at: live.created_at,
        monthly: volume_price(u32::try_from(live.size_gigabytes).unwrap_or(u32::MAX)),
        held_by,
        standing: of_texts(&live.tags),
    }
}

fn snapshot(
    live: &Snapshot,
    names: &BTreeMap<String, &str>,
    machines: &BTreeMap<String, Standing>,
) -> Thing {
    let source = names.get(&live.resource_id).map_or_else(
        || format!("a {} that is gone", live.resource_type),
        |name| format!("the {} `{name}`", live.resource_type),
    );
    let own = of_texts(live.tags.iter().chain([&live.name]));
    let standing = match (&own, &live.resource_type) {
        (Standing::Orphan, SnapshotSource::Droplet) => {
            machines.get(&live.resource_id).cloned().unwrap_or(own)
        }
        _ => own,
    };
    Thing {
        key: Key::Snapshot(live.id.clone()),
        name: live.name.clone(),
        about: format!("{} GiB of {source}", live.size_gigabytes),
        created_at: Some(live.created_at),
        monthly: snapshot_price(live.size_gigabytes),
        held_by: None,
        standing,
    }
}

/// An address has no tags: it is its droplet's, or of the stack of which some droplet says that it
/// leaves.
fn reserved_ip(live: &ReservedIp, names: &BTreeMap<String, &str>, droplets: &[Droplet]) -> Thing {
    let holder = live.droplet_id();
    let tags: Vec<&String> = droplets
        .iter()
        .flat_map(|droplet| droplet.tags.iter().map(move |tag| (droplet.id, tag)))
        .filter(|(id, tag)| Some(*id) == holder || Mark::any_leaving_ip_in(tag) == Some(live.ip))
        .map(|(_, tag)| tag)
        .collect();
    let standing = match (of_texts(tags), holder) {
        (Standing::Orphan, Some(id)) => {
            let name = names.get(&id.to_string()).map_or("another", |name| name);
            Standing::InUse(format!("it is on the droplet `{name}`"))
        }
        (standing, _) => standing,
    };
    Thing {
        key: Key::ReservedIp(live.ip),
        name: live.ip.to_string(),
        about: format!("in {}, on no droplet", live.region.slug),
        created_at: None,
        monthly: if holder.is_some() { Money::ZERO } else { LiveReservedIp::monthly_alone() },
        held_by: None,
        standing,
    }
}

fn firewall(live: &Firewall, worn: &BTreeSet<String>) -> Thing {
    let covers = live.droplet_ids.len();
    let covers_tag = |tag: &String| worn.contains(&tag.to_ascii_lowercase());
    let standing = match of_texts(live.tags.iter().chain([&live.name])) {
        Standing::Orphan if covers > 0 || live.tags.iter().any(covers_tag) => {
            Standing::InUse("it covers droplets".to_owned())
        }
        standing @ (Standing::Orphan | Standing::Marked(_) | Standing::InUse(_)) => standing,
    };
    let rules = live.inbound_rules.len() + live.outbound_rules.len();
    Thing {
        key: Key::Firewall(live.id.clone()),
        name: live.name.clone(),
        about: format!("{rules} {}, on nothing", if rules == 1 { "rule" } else { "rules" }),
        created_at: live.created_at,
        monthly: Money::ZERO,
        held_by: None,
        standing,
    }
}

fn vpc(live: &Vpc, members: usize) -> Thing {
    let standing = match of_texts([&live.description]) {
        Standing::Orphan if live.default => {
            Standing::InUse(format!("it is the default of {}", live.region))
        }
        Standing::Orphan if members > 0 => {
            let things = if members == 1 { "one thing is" } else { "several things are" };
            Standing::InUse(format!("{things} in it"))
        }
        standing @ (Standing::Orphan | Standing::Marked(_) | Standing::InUse(_)) => standing,
    };
    Thing {
        key: Key::Vpc(live.id.clone()),
        name: live.name.clone(),
        about: format!("{} in {}, empty", live.ip_range, live.region),
        created_at: live.created_at,
        monthly: Money::ZERO,
        held_by: None,
        standing,
    }
}
