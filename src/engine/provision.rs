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
    software::{Bundle, Host, bundles, shared, size_by_name},
    values::{Address, ComponentName, HostDigest, Mark, Part},
};

/// A machine of the file that is there.
struct There<'a> {
    wanted: &'a Droplet,
    live: &'a LiveDroplet,
    volumes: Vec<Plugged>,
}

/// A volume of a machine.
struct Plugged {
    address: Address,
    /// What the file calls it.
    made: String,
    /// What it is called; one that was renamed in the file keeps the name it was made with.
    name: String,
}

/// The stack's machines that are there, with what is to be on each.
pub fn goals(site: &Site, look: &Look) -> Result<Vec<Machine>, EngineError> {
    let stack = &look.stack;
    let mark = stack.mark();
    let there = there(&look.wanted, &look.inventory, &mark);
    let mut software = software(site, stack, (look, &there))?;
    let stores = stores(stack, &there);
    let machine = |(address, there): (&Address, &There<'_>)| {
        let component = address.component_name().and_then(|name| stack.components.get(name));
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
            disks: there.volumes.iter().filter_map(|volume| volume.disk(stack)).collect(),
            bundles: software.remove(address).unwrap_or_default(),
            old_data: component.and_then(Component::droplet).and_then(|spec| old_data(spec.data)),
            after: if asks(stack, address) { stores.clone() } else { BTreeSet::new() },
        }
    };
    Ok(there.iter().map(machine).collect())
}

/// The software of each machine, with what others ask for something before those that ask.
fn software(
    site: &Site,
    stack: &Stack,
    (look, there): (&Look, &BTreeMap<Address, There<'_>>),
) -> Result<BTreeMap<Address, Vec<Bundle>>, EngineError> {
    let machines =
        there.iter().map(|(address, there)| (address.clone(), host(look, there))).collect();
    let mounts: BTreeMap<&Address, String> = there
        .values()
        .flat_map(|there| &there.volumes)
        .map(|volume| (&volume.address, mount(&volume.name)))
        .collect();
    let hosts = shared(stack, machines, |volume| mounts.get(volume).cloned());
    let mut all = bundles(stack, &site.templates, &hosts).map_err(EngineError::Software)?;
    all.sort_by_key(|bundle| bundle.component.component_name().is_some_and(|it| is_app(stack, it)));
    let mut software: BTreeMap<Address, Vec<Bundle>> = BTreeMap::new();
    for bundle in all {
        let name = bundle.component.component_name();
        let machine = name.map(|name| Address::component(stack.host(name).clone()));
        software
            .entry(machine.unwrap_or_else(|| bundle.component.clone()))
            .or_default()
            .push(bundle);
    }
    Ok(software)
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
    let goals = goals(site, look)?;
    let mut pending = provision::pending(&goals, &stack.mark());
    let is_there = |address: &Address| goals.iter().any(|goal| goal.address == *address);
    let droplets = look.wanted.iter().filter(|(_, node)| node.value.as_droplet().is_some());
    let missing = droplets.filter(|(address, _)| !is_there(address));
    pending.extend(missing.map(|(address, _)| Pending {
        address: address.clone(),
        component: address.owner().to_string(),
        state: Standing::Missing,
    }));
    pending.retain(|it| is_targeted(stack, &it.address, asked));
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
    let mut goals = goals(site, look)?;
    goals.retain(|goal| is_targeted(stack, &goal.address, asked));
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
        let mut goals = goals(site, now)?;
        goals.retain(|goal| is_targeted(stack, &goal.address, asked));
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
        let mut crew = Crew::new((reach, &site.client), (secrets, &mark), clock, events);
        crew.program.clone_from(&site.program);
        self.with_lock(stop, Box::pin(provision::run(crew, goals, stop))).await
    }
}

/// Whether a machine is meant: all are, unless `--target` names it, its component as a whole, or a
/// component that shares it.
fn is_targeted(stack: &Stack, machine: &Address, asked: &Asked) -> bool {
    let whole = machine.component_name().map(|name| Address::component(name.clone()));
    let shares = |target: &Address| {
        let guest = target.component_name().and_then(|name| stack.components.get(name));
        let host = guest.and_then(Component::host);
        host.is_some() && host == machine.component_name()
    };
    let is_meant = |target: &Address| {
        target.owner() == machine.owner()
            || whole.as_ref().is_some_and(|whole| target == whole)
            || shares(target)
    };
    asked.targets.is_empty() || asked.targets.iter().any(is_meant)
}

/// The droplets of the file that are there; of two of one address the one that replaces the other.
fn there<'a>(
    all: &'a Wanted,
    inventory: &'a Inventory,
    mark: &Mark,
) -> BTreeMap<Address, There<'a>> {
    let droplets = inventory.droplets_of(mark);
    let volumes = inventory.volumes_of(mark);
    let one = |address: &Address, wanted: &'a Droplet| {
        let of_address = droplets.get(address)?.iter();
        let live = *of_address.max_by_key(|live| mark.generation_among(&live.tags))?;
        let plugged = |address: &Address| {
            let name = volumes.get(address)?.first()?.name.clone();
            let made = all.get(address)?.value.name();
            Some(Plugged { address: address.clone(), made, name })
        };
        let volumes = wanted.volumes.iter().filter_map(plugged).collect();
        Some((address.clone(), There { wanted, live, volumes }))
    };
    let droplets =
        all.iter().filter_map(|(address, node)| Some((address, node.value.as_droplet()?)));
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
        mount: None,
    }
}

/// What it starts with, with its volumes by the names they have.
fn base(there: &There<'_>) -> Base {
    let base = Base::read(&there.wanted.user_data);
    there.volumes.iter().fold(base, |base, Plugged { made, name, .. }| {
        base.with_volume([made, &mount(made)], [name, &mount(name)])
    })
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

impl Plugged {
    /// Where it is to be, with the component whose it is.
    fn disk(&self, stack: &Stack) -> Option<(String, DiskPlace)> {
        let component = self.address.component_name().and_then(|name| stack.components.get(name));
        let filesystem = component?.volume()?.filesystem.word();
        let (volume, mount) = (self.name.clone(), mount(&self.name));
        Some((self.address.owner().to_string(), DiskPlace { volume, mount, filesystem }))
    }
}

fn is_app(stack: &Stack, component: &ComponentName) -> bool {
    matches!(stack.components.get(component), Some(Component::AppStack(_)))
}

/// Whether something on a machine asks the stores for something.
fn asks(stack: &Stack, machine: &Address) -> bool {
    let name = machine.component_name();
    name.is_some_and(|name| stack.residents(name).any(|(name, _)| is_app(stack, name)))
}

/// The machines that keep what an application asks for. One that asks itself is none of them: two
/// that wait for each other would wait for ever.
fn stores(stack: &Stack, there: &BTreeMap<Address, There<'_>>) -> BTreeSet<Address> {
    let keeps = |component: &Component| {
        matches!(component, Component::VectorDroplet(_) | Component::MicroCache(_))
    };
    let is_store = |address: &&Address| {
        *address.which() == Part::Main
            && !asks(stack, address)
            && address
                .component_name()
                .is_some_and(|name| stack.residents(name).any(|(_, component)| keeps(component)))
    };
    there.keys().filter(is_store).cloned().collect()
}
