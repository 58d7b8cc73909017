//! A small model of the account: what a perfect `apply` leaves behind.
//!
//! It refuses what DigitalOcean would refuse, so a plan in a wrong order does not get through.

mod change;
mod creation;
mod removal;

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

use crate::{
    components::Wanted,
    inventory::{Inventory, Zone},
    plan::{Plan, Work},
    resources::{Catalog, LiveDroplet, LiveFirewall, Size},
    values::{Address, Mark, Money, Region, SizeSlug, Tag},
};

/// An account with nothing in it but a catalog of sizes.
pub fn empty() -> Inventory {
    Inventory { catalog: catalog(), zone: Some(Zone::default()), ..Inventory::default() }
}

fn catalog() -> Catalog {
    let size = |slug: &str, dollars: i64, disk_gb, region: &str| {
        let size = Size {
            monthly: Money::cents(dollars * 100),
            memory_mb: 1024,
            vcpus: 1,
            disk_gb,
            regions: [Region::new(region)].into(),
            available: true,
        };
        (SizeSlug::new(slug), size)
    };
    Catalog::new([
        size("s-1vcpu-1gb", 6, 25, "sfo2"),
        size("s-2vcpu-4gb", 24, 80, "sfo2"),
        size("s-4vcpu-8gb", 48, 160, "sfo2"),
        size("s-8vcpu-16gb", 96, 320, "sfo2"),
        size("g-2vcpu-8gb", 63, 25, "nyc3"),
    ])
}

/// The account after everything wanted was made, in the order of needs.
pub fn built(wanted: &Wanted, mark: &Mark) -> Inventory {
    let mut world = World::new(empty(), mark);
    for address in wanted.order().unwrap() {
        world.create(&wanted.get(&address).unwrap().value);
    }
    world.inventory
}

/// The account after a plan was carried out, step by step.
pub fn apply_plan(inventory: &Inventory, plan: &Plan) -> Inventory {
    assert_eq!(plan.refusals, [], "a refused plan is never carried out");
    let mut world = World::new(inventory.clone(), &plan.mark);
    for step in &plan.steps {
        match &step.work {
            Work::Nothing => {}
            Work::Create(resource) => world.create(resource),
            Work::Update(update) => world.update(update),
            Work::Replace(replacement) => world.replace(replacement),
            Work::Release(release) => world.release(release),
            Work::Delete(deletion) => world.delete(deletion),
        }
    }
    world.inventory
}

struct World {
    inventory: Inventory,
    mark: Mark,
    tags: BTreeSet<Tag>,
    next: u64,
}
impl World {
    fn new(inventory: Inventory, mark: &Mark) -> Self {
        let droplets = inventory.droplets.iter().map(|live| live.id);
        let texts = inventory.volumes.iter().map(|live| &live.id);
        let texts = texts.chain(inventory.firewalls.iter().map(|live| &live.id));
        let texts = texts.chain(inventory.projects.iter().map(|live| &live.id));
        let texts = texts.chain(inventory.alerts.iter().map(|live| &live.id));
        let texts = texts.filter_map(|id| id.rsplit_once('-')?.1.parse().ok());
        let records = inventory.zones().flat_map(|zone| zone.ours.values());
        let records = records.map(|live| live.mark_id.max(live.id.unwrap_or_default()));
        let next = droplets.chain(texts).chain(records).max().unwrap_or_default() + 1;
        let tags = tags_in(&inventory);
        Self { inventory, mark: mark.clone(), tags, next }
    }

    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn zone(&mut self) -> &mut Zone {
        self.inventory.zone.get_or_insert_default()
    }

    /// The stack's network: its own, or the only one there is.
    fn network(&self) -> String {
        let own = self.inventory.vpcs_of(&self.mark).first().copied();
        own.or(self.inventory.vpcs.first()).unwrap().id.clone()
    }

    fn droplet(&mut self, id: u64) -> &mut LiveDroplet {
        self.inventory.droplets.iter_mut().find(|live| live.id == id).unwrap()
    }

    fn droplet_at(&self, address: &Address) -> u64 {
        let found = &self.inventory.droplets_of(&self.mark)[address];
        found.iter().max_by_key(|live| self.mark.generation_among(&live.tags)).unwrap().id
    }

    fn reserved_on(&self, droplet: u64) -> Option<Ipv4Addr> {
        let mut all = self.inventory.reserved_ips.iter();
        all.find(|live| live.droplet_id == Some(droplet)).map(|live| live.ip)
    }
}

/// Every tag that exists: one stays when the last thing that carried it goes.
fn tags_in(inventory: &Inventory) -> BTreeSet<Tag> {
    let droplets = inventory.droplets.iter().flat_map(|live| &live.tags);
    let volumes = inventory.volumes.iter().flat_map(|live| &live.tags);
    let firewalls = inventory.firewalls.iter().flat_map(LiveFirewall::tags_spoken_of);
    droplets.chain(volumes).chain(firewalls).chain(&inventory.tags).cloned().collect()
}

/// The public address of a droplet.
pub fn address_of(id: u64) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(0xCB00_7100 + u32::try_from(id).unwrap()))
}
