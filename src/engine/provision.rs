//! From a look at the account to machines that serve.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::{
    components::Wanted,
    config::{Component, DataSpec, Stack},
    engine::{EngineError, Look, Run, Site, look},
    inventory::Inventory,
    plan::Asked,
    provision::{
        self, Base, Birth, Crew, DiskPlace, Event, Machine, OldData, Outcome, Pending,
        ProvisionError, Reach, Standing,
    },
    render::mount,
    resources::{Droplet, LiveDroplet},
    secrets::Store,
    software::{Bundle, Host, Hosts, bundles, size_by_name},
    values::{Address, HostDigest, Mark, Part},
};

/// A machine of the file that is there.
struct There<'a> {
    wanted: &'a Droplet,
    live: &'a LiveDroplet,
    volume: Option<String>,
}

/// The stack's machines that are there, with what is to be on each.
pub fn goals(site: &Site, stack: &Stack, look: &Look) -> Result<Vec<Machine>, EngineError> {
    let mark = stack.mark();
    let there = there(&look.wanted, &look.inventory, &mark);
    let hosts: Hosts =
        there.iter().map(|(address, there)| (address.clone(), host(look, there))).collect();
    let mut software: BTreeMap<Address, Vec<Bundle>> = BTreeMap::new();
    for bundle in bundles(stack, &site.templates, &hosts).map_err(EngineError::Software)? {
        software.entry(bundle.component.clone()).or_default().push(bundle);
    }
    let stores = stores(stack, &there);
    let machine = |(address, there): (&Address, &There<'_>)| {
        let component = address.component_name().and_then(|name| stack.components.get(name));
        let asks = matches!(component, Some(Component::AppStack(_)));
        Machine {
            address: address.clone(),
            name: there.live.name.clone(),
            droplet: there.live.id,
            birth: if there.live.is_adopted() { Birth::Adopted } else { Birth::Ours },
            public_ip: there.live.public_ip,
            status: there.live.status.clone(),
            host_keys: host_keys(&mark, component, there),
            tags: there.live.tags.clone(),
            user: stack.ssh.user.clone(),
            keys: stack.ssh.public_keys.iter().map(|key| key.line().to_owned()).collect(),
            base: base(there),
            disk: disk(component, there),
            bundles: software.remove(address).unwrap_or_default(),
            old_data: component.and_then(Component::droplet).and_then(|spec| old_data(spec.data)),
            after: if asks { stores.clone() } else { BTreeSet::new() },
        }
    };
    Ok(there.iter().map(machine).collect())
}

/// How machines are made to serve.
pub struct Labour<'a, R> {
    /// The way to them.
    pub reach: &'a R,
    /// Who watches.
    pub events: UnboundedSender<Event>,
    /// Cancelled when nobody waits any more.
    pub stop: &'a CancellationToken,
}

/// The software that is not as wanted, as far as the account knows: on machines that are there by
/// their tags, and all of it on those that are still to be made.
pub fn pending(
    (site, stack): (&Site, &Stack),
    look: &Look,
    asked: &Asked,
) -> Result<Vec<Pending>, EngineError> {
    let goals = goals(site, stack, look)?;
    let mut pending = provision::pending(&goals, &stack.mark());
    let is_there = |address: &Address| goals.iter().any(|goal| goal.address == *address);
    let droplets = look.wanted.iter().filter(|(_, node)| node.value.as_droplet().is_some());
    let missing = droplets.filter(|(address, _)| !is_there(address));
    pending.extend(missing.map(|(address, _)| Pending {
        address: address.clone(),
        component: address.owner().to_string(),
        state: Standing::Missing,
    }));
    pending.retain(|it| is_targeted(&it.address, asked));
    Ok(pending)
}

/// What machines said that differs on them, or why they said nothing.
pub type Deep = BTreeMap<Address, Result<Vec<String>, ProvisionError>>;

/// What differs on each machine that is there, asked of the machines themselves.
pub async fn deep<R: Reach>(
    (site, stack): (&Site, &Stack),
    look: &Look,
    (asked, secrets): (&Asked, &Store),
    reach: &R,
) -> Result<Deep, EngineError> {
    let mut goals = goals(site, stack, look)?;
    goals.retain(|goal| is_targeted(&goal.address, asked));
    let all = goals.iter().map(|goal| async {
        (goal.address.clone(), provision::differences(reach, goal, secrets).await)
    });
    Ok(join_all(all).await.into_iter().collect())
}

impl Run {
    /// The machines with what is to be on them; what was done to the account since the first look is
    /// looked at again.
    pub async fn goals(
        &self,
        (site, stack): (&Site, &Stack),
        asked: &Asked,
    ) -> Result<Vec<Machine>, EngineError> {
        let fresh;
        let now = if self.look.plan.is_empty() {
            &self.look
        } else {
            fresh = Box::pin(look(site, stack, asked)).await?;
            &fresh
        };
        let mut goals = goals(site, stack, now)?;
        goals.retain(|goal| is_targeted(&goal.address, asked));
        Ok(goals)
    }

    /// Makes the machines serve, keeping the lock meanwhile.
    pub async fn provision<R: Reach>(
        &self,
        (site, stack): (&Site, &Stack),
        goals: &[Machine],
        labour: Labour<'_, R>,
    ) -> Outcome {
        let Labour { reach, events, stop } = labour;
        let (mark, secrets, clock) = (stack.mark(), &site.secrets, site.clock.clone());
        let crew = Crew::new((reach, &site.client), (secrets, &mark), clock, events);
        self.with_lock(stop, Box::pin(provision::run(crew, goals, stop))).await
    }
}

/// Whether a machine is meant: all are, unless `--target` names it, or its component as a whole.
fn is_targeted(machine: &Address, asked: &Asked) -> bool {
    let whole = machine.component_name().map(|name| Address::component(name.clone()));
    let is_meant = |target: &Address| {
        target.owner() == machine.owner() || whole.as_ref().is_some_and(|whole| target == whole)
    };
    asked.targets.is_empty() || asked.targets.iter().any(is_meant)
}

/// The droplets of the file that are there; of two of one address the one that replaces the other.
fn there<'a>(
    wanted: &'a Wanted,
    inventory: &'a Inventory,
    mark: &Mark,
) -> BTreeMap<Address, There<'a>> {
    let droplets = inventory.droplets_of(mark);
    let volumes = inventory.volumes_of(mark);
    let one = |address: &Address, wanted: &'a Droplet| {
        let of_address = droplets.get(address)?.iter();
        let live = *of_address.max_by_key(|live| mark.generation_among(&live.tags))?;
        let volume = wanted.volumes.first().and_then(|address| volumes.get(address)?.first());
        let volume = volume.map(|volume| volume.name.clone());
        Some((address.clone(), There { wanted, live, volume }))
    };
    let droplets =
        wanted.iter().filter_map(|(address, node)| Some((address, node.value.as_droplet()?)));
    droplets.filter_map(|(address, wanted)| one(address, wanted)).collect()
}

/// What the account knows of a machine, at the size it has, or is to have after the plan.
fn host(look: &Look, there: &There<'_>) -> Host {
    let There { wanted, live, .. } = there;
    let size = if wanted.accepts(&live.size) { &live.size } else { &wanted.size };
    let known = look.inventory.catalog.size(size);
    let (vcpus, memory_mb) =
        known.map_or_else(|| size_by_name(size), |size| (size.vcpus, size.memory_mb));
    Host {
        memory_mb,
        vcpus,
        id: live.id,
        public_ip: live.public_ip,
        private_ip: live.private_ip,
        mount: there.volume.as_deref().map(mount),
    }
}

/// What it starts with; a volume that was renamed in the file keeps the name it was made with.
fn base(there: &There<'_>) -> Base {
    let base = Base::read(&there.wanted.user_data);
    match &there.volume {
        Some(volume) => base.with_volume(volume, &mount(volume)),
        None => base,
    }
}

/// The keys that tags know, or else the one that the file names for a machine that is taken in.
fn host_keys(
    mark: &Mark,
    component: Option<&Component>,
    there: &There<'_>,
) -> BTreeSet<HostDigest> {
    let known = mark.host_keys_among(&there.live.tags);
    let stated = component.and_then(Component::droplet).and_then(|spec| spec.host_key.clone());
    if known.is_empty() { stated.into_iter().collect() } else { known }
}

const fn old_data(stated: Option<DataSpec>) -> Option<OldData> {
    match stated {
        Some(DataSpec::Keep) => Some(OldData::Keep),
        Some(DataSpec::Move) => Some(OldData::Move),
        None => None,
    }
}

fn disk(component: Option<&Component>, there: &There<'_>) -> Option<DiskPlace> {
    let (spec, volume) = (component?.volume()?, there.volume.clone()?);
    let mount = mount(&volume);
    Some(DiskPlace { volume, mount, filesystem: spec.filesystem.word() })
}

/// The machines that keep what an application asks for.
fn stores(stack: &Stack, there: &BTreeMap<Address, There<'_>>) -> BTreeSet<Address> {
    let is_store = |address: &&Address| {
        let component = address.component_name().and_then(|name| stack.components.get(name));
        *address.which() == Part::Main
            && matches!(component, Some(Component::VectorDroplet(_) | Component::MicroCache(_)))
    };
    there.keys().filter(is_store).cloned().collect()
}
