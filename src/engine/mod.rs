//! The arrows in a row: stack, wanted graph, inventory, plan, and what was done.
//!
//! ```text
//! Stack -> expand -> Wanted ----+
//!                               +-> diff -> Plan -> apply -> Outcome
//! account -> collect -> Inventory
//! ```

mod asking;
mod auto;
pub mod doctor;
mod doors;
mod error;
mod machines;
mod nights;
mod provision;
mod run;
mod sizes;
mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use uuid::Uuid;

use crate::{
    components::{Wanted, expand},
    config::Stack,
    digitalocean::{ApiError, Client},
    inventory::{Extent, Inventory, Listing, Wish, collect, read_catalog},
    journal::Clock,
    lock::Holder,
    plan::{Asked, Plan, Purpose, check, diff},
    policy::Choice,
    render::Templates,
    resources::{Adopt, Catalog, Droplet, Kind, Resource},
    secrets::Store,
    values::{Address, ComponentName, Mark, Seed, VolumeName},
};

use self::auto::{Settled, settle};

pub use self::{
    asking::{ask, ask_twice, probes_of, states},
    doors::Doors,
    error::EngineError,
    machines::{Machine, ReachError, machines, machines_among, with_guests},
    provision::{Deep, Labour, deep, pending as software_pending},
    run::{Manner, Run},
    source::source,
};

/// Where work is done: an account, a folder, a process.
#[derive(Clone)]
pub struct Site {
    /// The account.
    pub client: Client,
    /// Which account that is, as text, to keep what is cached apart.
    pub account: String,
    /// `.dostack`, where journals and caches are kept.
    pub folder: PathBuf,
    /// What machines are rendered from.
    pub templates: Templates,
    /// The time of day.
    pub clock: Clock,
    /// Chance, for the keys of new machines.
    pub seed: Arc<Seed>,
    /// The id of this run.
    pub run: Uuid,
    /// This process.
    pub holder: Holder,
    /// The values of secrets, as far as the command needs them.
    pub secrets: Store,
    /// Where this program lies, for machines that run it too.
    pub program: PathBuf,
    /// Whether a process of this machine, by number and beginning, is there.
    pub is_alive: Arc<dyn Fn(u32, u64) -> bool + Send + Sync>,
}

/// What a look at the account came to.
pub struct Look {
    /// The stack, with nothing left to readings.
    pub stack: Stack,
    /// What is wanted.
    pub wanted: Wanted,
    /// What there is.
    pub inventory: Inventory,
    /// The difference.
    pub plan: Plan,
    /// What readings decided.
    pub choices: BTreeMap<ComponentName, Choice>,
}

/// Looks at the account, and at readings where something is left to them, and says what is to be
/// done; changes nothing.
pub async fn look(site: &Site, stack: &Stack, asked: &Asked) -> Result<Look, EngineError> {
    let mut settled = Box::pin(settle(stack, asked.purpose, (site.clock)())).await;
    let mut wanted = expand(&settled.stack, &site.templates).map_err(EngineError::Stack)?;
    let known = sizes::read(site);
    let was_known = known.is_some();
    let wish = wish(stack, &wanted, asked.purpose);
    // Nine listings at once are too large a future to be carried about.
    let inventory = Box::pin(collect(&site.client, &wish, known)).await?;
    if !was_known {
        sizes::keep(site, &inventory.catalog);
    }
    let mark = stack.mark();
    if settled.keep(&inventory, &mark) {
        wanted = expand(&settled.stack, &site.templates).map_err(EngineError::Stack)?;
    }
    let asked = Asked {
        delete_adopted: adopted_still_there(asked, &wanted, &inventory),
        budget: stack.budget.map(|budget| budget.monthly),
        delete_data: still_there(asked, &wanted, &inventory, &mark),
        ..asked.clone()
    };
    let mut plan = diff(&wanted, &inventory, &mark, &asked);
    let flaws = check(&plan, &asked);
    settled.forget_unasked();
    plan.notes.extend(settled.notes());
    match asked.purpose {
        Purpose::Stand => {
            plan.copies = nights::copies(&settled.stack, &wanted);
            plan.notes.extend(nights::unscheduled(&settled.stack, &inventory, &mark));
        }
        Purpose::Go => {}
    }
    let Settled { stack, choices } = settled;
    if flaws.is_empty() {
        Ok(Look { stack, wanted, inventory, plan, choices })
    } else {
        Err(EngineError::Flawed(flaws))
    }
}

/// The volumes named, without those of the file that are gone already: what was destroyed by half
/// is destroyed again with the same words.
fn still_there(
    asked: &Asked,
    wanted: &Wanted,
    inventory: &Inventory,
    mark: &Mark,
) -> BTreeSet<String> {
    let is_there = |address: &Address, name: &VolumeName| {
        inventory.volumes.iter().any(|live| {
            live.name == name.as_str() || mark.address_among(&live.tags).as_ref() == Some(address)
        })
    };
    let gone: BTreeSet<String> = wanted
        .iter()
        .filter_map(|(address, node)| {
            let Resource::Volume(volume) = &node.value else { return None };
            Some((address, &volume.name))
        })
        .filter(|(address, name)| !is_there(address, name))
        .flat_map(|(address, name)| [address.to_string(), name.to_string()])
        .collect();
    asked.delete_data.difference(&gone).cloned().collect()
}

/// The adopted things named, without those of the file that are gone already.
fn adopted_still_there(asked: &Asked, wanted: &Wanted, inventory: &Inventory) -> BTreeSet<String> {
    let gone: BTreeSet<String> = wanted
        .iter()
        .filter_map(|(address, node)| Some((address, node.value.adopt()?)))
        .filter(|(_, adopt)| !is_there(inventory, adopt))
        .flat_map(|(address, adopt)| [address.to_string(), adopt.target.clone()])
        .collect();
    asked.delete_adopted.difference(&gone).cloned().collect()
}

fn is_there(inventory: &Inventory, adopt: &Adopt) -> bool {
    let mut droplets = inventory.droplets.iter().chain(&inventory.strangers);
    droplets.any(|live| adopt.means_droplet(live))
        || inventory.volumes.iter().any(|live| adopt.means(&live.name, &live.id))
        || inventory.firewalls.iter().any(|live| adopt.means(&live.name, &live.id))
}

/// What sizes cost: as it was kept, or as the account says.
pub async fn prices(site: &Site) -> Result<Catalog, EngineError> {
    if let Some(known) = sizes::read(site) {
        return Ok(known);
    }
    let catalog = read_catalog(&site.client).await?;
    sizes::keep(site, &catalog);
    Ok(catalog)
}

/// Which account that is, as text; none where the token may not ask.
pub async fn identity(site: &Site) -> Result<Option<String>, EngineError> {
    match site.client.account().await {
        Ok(account) => Ok(Some(format!("{} {}", site.account, account.uuid))),
        Err(ApiError::Forbidden { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What to look for in the account.
fn wish(stack: &Stack, wanted: &Wanted, purpose: Purpose) -> Wish {
    let names = |droplet: &Droplet| {
        let adopted = droplet.adopt.as_ref().map(|adopt| adopt.target.clone());
        [droplet.name.to_string()].into_iter().chain(adopted).collect()
    };
    let droplets = wanted
        .iter()
        .filter_map(|(address, node)| Some((address.clone(), names(node.value.as_droplet()?))))
        .collect();
    let is_volume = |value: &Resource| value.kind() == Kind::Volume;
    let volumes = wanted
        .iter()
        .filter(|(_, node)| is_volume(&node.value))
        .map(|(address, _)| address.clone())
        .collect();
    Wish {
        mark: stack.mark(),
        domain: stack.dns.as_ref().map(|dns| dns.domain.clone()),
        alerts: alerts(wanted),
        project: stack.project.as_ref().map(|project| project.name.clone()),
        keys: stack.ssh.public_keys.iter().map(|key| key.fingerprint().clone()).collect(),
        droplets,
        volumes,
        reserved_ips: reserved_ips(wanted),
        extent: match purpose {
            Purpose::Stand => Extent::File,
            Purpose::Go => Extent::Everything,
        },
    }
}

/// The droplets that are to have one.
fn reserved_ips(wanted: &Wanted) -> BTreeSet<Address> {
    let droplets = wanted.iter().filter_map(|(_, node)| {
        let Resource::ReservedIp(reserved) = &node.value else { return None };
        Some(reserved.droplet.clone())
    });
    droplets.collect()
}

fn alerts(wanted: &Wanted) -> Listing {
    let mut kinds = wanted.iter().map(|(_, node)| node.value.kind());
    if kinds.any(|kind| kind == Kind::Alert) { Listing::Read } else { Listing::Spare }
}

#[cfg(test)]
mod tests;
