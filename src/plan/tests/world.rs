//! A small model of the account: what a perfect `apply` leaves behind.
//!
//! It refuses what DigitalOcean would refuse, so a plan in a wrong order does not get through.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

use crate::{
    components::Wanted,
    inventory::{Inventory, Zone, droplet_addresses},
    plan::{
        Deletion, DropletUpdate, Plan, Release, Replacement, Succeed, Update, VolumeUpdate, Work,
    },
    resources::{
        Alert, Attachment, BackupChange, Catalog, Debt, Droplet, Firewall, LiveAlert, LiveBackups,
        LiveDroplet, LiveFirewall, LiveKey, LiveProject, LiveRecord, LiveReservedIp, LiveVolume,
        LiveVpc, Member, Membership, Project, Record, ReservedIp, Resource, Size, Status, Stranger,
        Volume, Vpc, urn,
    },
    values::{Address, Mark, Money, Part, Region, SizeSlug, Tag},
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

    fn create(&mut self, resource: &Resource) {
        match resource {
            Resource::Tag(wanted) => drop(self.tags.insert(wanted.tag.clone())),
            Resource::Vpc(vpc) => self.create_vpc(vpc),
            Resource::SshKey(key) => {
                let fingerprint = key.key.fingerprint().clone();
                let live = LiveKey {
                    id: self.id(),
                    name: key.name.clone(),
                    fingerprint: fingerprint.clone(),
                };
                self.inventory.keys.insert(fingerprint, live);
            }
            Resource::Volume(volume) => self.create_volume(volume),
            Resource::Droplet(droplet) => self.create_droplet(droplet),
            Resource::Attachment(attachment) => self.attach(attachment),
            Resource::ReservedIp(reserved) => self.create_reserved_ip(reserved),
            Resource::Firewall(firewall) => self.create_firewall(firewall),
            Resource::Domain(domain) => {
                self.zone().name = Some(domain.name.clone());
            }
            Resource::Record(record) => self.create_record(record),
            Resource::Project(project) => self.create_project(project),
            Resource::Alert(alert) => {
                let live = self.alert(format!("alert-{}", self.next), alert);
                self.next += 1;
                self.inventory.alerts.push(live);
            }
            Resource::Membership(members) => self.fill_project(members),
        }
    }

    fn zone(&mut self) -> &mut Zone {
        self.inventory.zone.get_or_insert_default()
    }

    fn create_vpc(&mut self, vpc: &Vpc) {
        assert!(self.inventory.vpcs.iter().all(|live| live.name != vpc.name.as_str()));
        let live = LiveVpc {
            id: format!("vpc-{}", self.id()),
            name: vpc.name.to_string(),
            region: vpc.region.clone(),
            ip_range: vpc.ip_range,
            description: vpc.mark.clone(),
            default: false,
        };
        self.inventory.vpcs.push(live);
    }

    fn alert(&self, id: String, alert: &Alert) -> LiveAlert {
        let proof = self.mark.alerts_tag();
        let droplets = &self.inventory.droplets;
        let mut watched = droplets.iter().filter(|live| live.tags.contains(&alert.tag));
        assert!(watched.all(|live| live.tags.contains(&proof)), "nothing tells of the policy");
        LiveAlert {
            id,
            description: alert.description.clone(),
            metric: alert.rule.metric.for_api(),
            bound: alert.rule.bound(),
            tags: [alert.tag.clone()].into(),
            entities: [].into(),
            email: alert.email.clone(),
            slack: alert.slack.keys().cloned().collect(),
            enabled: true,
        }
    }

    fn create_project(&mut self, project: &Project) {
        let name = project.name.as_str();
        assert!(self.inventory.projects.iter().all(|live| live.name != name));
        let live = LiveProject {
            id: format!("project-{}", self.id()),
            name: name.to_owned(),
            description: project.mark.clone(),
            purpose: project.purpose.clone().unwrap_or_default(),
            environment: String::new(),
            is_default: false,
            members: [].into(),
        };
        self.inventory.projects.push(live);
    }

    fn fill_project(&mut self, members: &Membership) {
        let urns: Vec<String> = members.members.iter().map(|member| self.urn(member)).collect();
        let mut projects = self.inventory.projects.iter_mut();
        let live = projects.find(|live| live.name == members.name.as_str()).unwrap();
        live.members.extend(urns);
    }

    fn urn(&self, member: &Member) -> String {
        match member {
            Member::Droplet(address) => urn::droplet(self.droplet_at(address)),
            Member::Volume(address) => {
                urn::volume(&self.inventory.volumes_of(&self.mark)[address][0].id)
            }
            Member::ReservedIp(address) => {
                let holder = Some(self.droplet_at(&address.part(Part::Main)));
                let mut all = self.inventory.reserved_ips.iter();
                urn::reserved_ip(all.find(|live| live.droplet_id == holder).unwrap().ip)
            }
            Member::Domain(name) => urn::domain(name.as_str()),
        }
    }

    fn create_volume(&mut self, volume: &Volume) {
        assert!(self.inventory.volumes.iter().all(|live| live.name != volume.name.as_str()));
        self.tags.extend(volume.tags.iter().cloned());
        let live = LiveVolume {
            id: format!("volume-{}", self.id()),
            name: volume.name.to_string(),
            region: volume.region.clone(),
            size_gb: volume.size_gb,
            tags: volume.tags.clone(),
            droplet_ids: [].into(),
        };
        self.inventory.volumes.push(live);
    }

    fn create_droplet(&mut self, droplet: &Droplet) {
        let address = self.mark.address_among(&droplet.tags).unwrap();
        let found = self.inventory.droplets_of(&self.mark).get(&address).map(|found| found[0].id);
        if let Some(id) = found {
            self.droplet(id).status = Status::Active;
            self.droplet(id).public_ip = Some(address_of(id));
            return;
        }
        self.make(droplet);
        for volume in &droplet.volumes {
            self.attach(&Attachment { volume: volume.clone(), droplet: address.clone() });
        }
    }

    fn make(&mut self, droplet: &Droplet) -> u64 {
        let id = self.id();
        let live = LiveDroplet {
            id,
            name: droplet.name.to_string(),
            region: droplet.region.clone(),
            size: droplet.size.clone(),
            disk_gb: self.inventory.catalog.size(&droplet.size).unwrap().disk_gb,
            image: droplet.image.to_string(),
            status: Status::Active,
            backups: droplet.backups.after(LiveBackups::Off),
            locked: false,
            vpc_id: Some(self.network()),
            tags: droplet.tags.clone(),
            volume_ids: [].into(),
            public_ip: Some(address_of(id)),
            private_ip: None,
            created_at: String::new(),
        };
        self.tags.extend(live.tags.iter().cloned());
        self.inventory.droplets.push(live);
        id
    }

    /// The stack's network: its own, or the only one there is.
    fn network(&self) -> String {
        let own = self.inventory.vpcs_of(&self.mark).first().copied();
        own.or(self.inventory.vpcs.first()).unwrap().id.clone()
    }

    /// Makes another machine beside the old one, which is off from then on and has no volume.
    fn replace(&mut self, replacement: &Replacement) {
        let Succeed::By(successor) = &replacement.succeed else {
            for volume in &mut self.inventory.volumes {
                volume.droplet_ids.insert(replacement.old);
            }
            let old = self.droplet(replacement.old);
            old.status = Status::Active;
            return old.tags.retain(|tag| Debt::from_tag(tag).is_none());
        };
        let new = successor.made.unwrap_or_else(|| self.make(&successor.droplet));
        for live in &mut self.inventory.volumes {
            if live.droplet_ids.remove(&replacement.old) || live.droplet_ids.is_empty() {
                live.droplet_ids.insert(new);
            }
        }
        let live = self.droplet(new);
        (live.status, live.public_ip) = (Status::Active, Some(address_of(new)));
        live.private_ip = Some(address_of(new));
        self.droplet(replacement.old).status = Status::Off;
    }

    /// A stranger that is acted on is about to be the stack's.
    fn take_in(&mut self, id: u64) {
        let all = std::mem::take(&mut self.inventory.strangers);
        let (taken, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|live| live.id == id);
        self.inventory.strangers = others;
        self.inventory.droplets.extend(taken);
    }

    fn droplet(&mut self, id: u64) -> &mut LiveDroplet {
        self.inventory.droplets.iter_mut().find(|live| live.id == id).unwrap()
    }

    fn droplet_at(&self, address: &Address) -> u64 {
        let found = &self.inventory.droplets_of(&self.mark)[address];
        found.iter().max_by_key(|live| self.mark.generation_among(&live.tags)).unwrap().id
    }

    fn attach(&mut self, attachment: &Attachment) {
        let droplet = self.droplet_at(&attachment.droplet);
        let volume = self.inventory.volumes_of(&self.mark)[&attachment.volume][0].id.clone();
        let live = self.inventory.volumes.iter_mut().find(|live| live.id == volume).unwrap();
        assert!(live.droplet_ids.iter().all(|holder| *holder == droplet), "attached elsewhere");
        live.droplet_ids = [droplet].into();
        self.droplet(droplet).volume_ids.insert(volume);
    }

    fn create_reserved_ip(&mut self, reserved: &ReservedIp) {
        let holder = self.droplet_at(&reserved.droplet);
        assert_eq!(self.reserved_on(holder), None, "a droplet takes one address only");
        let IpAddr::V4(ip) = address_of(self.id()) else { panic!() };
        let live = LiveReservedIp {
            ip,
            region: reserved.region.clone(),
            droplet_id: Some(holder),
            locked: false,
        };
        self.inventory.reserved_ips.push(live);
        self.tags.insert(reserved.mark.clone());
        self.droplet(holder).tags.insert(reserved.mark.clone());
    }

    fn reserved_on(&self, droplet: u64) -> Option<Ipv4Addr> {
        let mut all = self.inventory.reserved_ips.iter();
        all.find(|live| live.droplet_id == Some(droplet)).map(|live| live.ip)
    }

    fn delete_reserved_ip(&mut self, ip: Option<Ipv4Addr>, (droplet, tags): (u64, &[Tag])) {
        let text = ip.map(|ip| ip.to_string());
        let mut records = self.inventory.zones().flat_map(|zone| zone.ours.values());
        let is_free = records.all(|live| Some(&live.data) != text.as_ref());
        drop(records);
        assert!(is_free, "a record points there");
        self.inventory.reserved_ips.retain(|live| Some(live.ip) != ip);
        if let Some(ip) = ip {
            forget(&mut self.inventory, &urn::reserved_ip(ip));
        }
        for tag in tags {
            self.droplet(droplet).tags.remove(tag);
        }
    }

    fn create_firewall(&mut self, firewall: &Firewall) {
        let id = format!("firewall-{}", self.id());
        self.inventory.firewalls.push(self.firewall(id, firewall));
    }

    fn firewall(&self, id: String, firewall: &Firewall) -> LiveFirewall {
        let mut others = self.inventory.firewalls.iter().filter(|live| live.id != id);
        assert!(others.all(|live| live.name != firewall.name.as_str()), "the name is taken");
        let live = LiveFirewall {
            id,
            name: firewall.name.to_string(),
            tags: firewall.tags.clone(),
            droplet_ids: firewall.droplet_ids.clone(),
            inbound: firewall.inbound.clone(),
            outbound: firewall.outbound.clone(),
        };
        for tag in live.tags_spoken_of() {
            assert!(self.tags.contains(tag), "there is no {tag}");
        }
        live
    }

    fn create_record(&mut self, record: &Record) {
        let name = record.name.to_string();
        let address = self.mark.address_in(&record.mark).unwrap();
        let data = self.address_to_point_at(record);
        let (id, mark_id) = (self.id(), self.id());
        let zone = self.zone();
        assert!(zone.ours.values().all(|live| live.name != name), "the name is taken");
        let domain = zone.name.clone().unwrap();
        let mark = record.mark.clone();
        let live = LiveRecord {
            domain,
            name,
            id: Some(id),
            mark_id,
            mark,
            was: None,
            data,
            ttl: record.ttl,
        };
        zone.ours.insert(address, live);
    }

    fn address_to_point_at(&self, record: &Record) -> String {
        let holder = self.droplet_at(&record.target.part(Part::Main));
        if *record.target.which() == Part::ReservedIp {
            return self.reserved_on(holder).unwrap().to_string();
        }
        let live = self.inventory.droplets.iter().find(|live| live.id == holder);
        live.unwrap().public_ip.unwrap().to_string()
    }

    fn update(&mut self, update: &Update) {
        match update {
            Update::Vpc { id, vpc } => {
                let live = self.inventory.vpcs.iter_mut().find(|live| live.id == *id).unwrap();
                live.name = vpc.name.to_string();
            }
            Update::Volume(update) => self.update_volume(update),
            Update::Droplet(update) => self.update_droplet(update),
            Update::Marks(marking) => {
                let live = self.droplet(marking.droplet);
                live.tags.extend(marking.add_tags.iter().cloned());
                live.tags.retain(|tag| !marking.claims.contains(tag));
                self.tags.extend(marking.add_tags.iter().cloned());
            }
            Update::Firewall { id, firewall } => {
                let own = |tag: &&Tag| self.mark.adopted_firewall_among([*tag]).is_some();
                let own: Vec<Tag> = firewall.tags.iter().filter(own).cloned().collect();
                self.tags.extend(own);
                let updated = self.firewall(id.clone(), firewall);
                let firewalls = &mut self.inventory.firewalls;
                *firewalls.iter_mut().find(|live| live.id == *id).unwrap() = updated;
            }
            Update::Alert { id, alert } => {
                let updated = self.alert(id.clone(), alert);
                let alerts = &mut self.inventory.alerts;
                *alerts.iter_mut().find(|live| live.id == *id).unwrap() = updated;
            }
            Update::ReservedIpFollows { ip, to } => {
                let droplet = self.droplet_at(to);
                let all = self.inventory.reserved_ips.iter_mut();
                for live in all.filter(|live| live.ip == *ip) {
                    live.droplet_id = Some(droplet);
                }
            }
            Update::ReservedIp { ip, droplet } => {
                let all = &mut self.inventory.reserved_ips;
                all.iter_mut().find(|live| live.ip == *ip).unwrap().droplet_id = Some(*droplet);
                let mark = self.mark.clone();
                let tags = &mut self.droplet(*droplet).tags;
                tags.insert(mark.reserved_ip_tag());
                tags.remove(&mark.leaving_ip_tag(*ip));
            }
            Update::Project { live, project } => {
                let mut projects = self.inventory.projects.iter_mut();
                let live = projects.find(|it| it.id == live.id).unwrap();
                live.name = project.name.to_string();
                live.purpose = project.purpose.clone().unwrap_or_else(|| live.purpose.clone());
            }
            Update::TakenRecord { taken, record } => self.take_record(taken, record),
            Update::Record { live, record } => {
                let id = live.id.unwrap_or_else(|| self.id());
                let data = self.address_to_point_at(record);
                let address = self.mark.address_in(&record.mark).unwrap();
                let found = self.zone().ours.get_mut(&address).unwrap();
                (found.id, found.data, found.ttl) = (Some(id), data, record.ttl);
                found.mark.clone_from(&record.mark);
            }
        }
    }

    fn update_volume(&mut self, update: &VolumeUpdate) {
        let volumes = &mut self.inventory.volumes;
        let live = volumes.iter_mut().find(|live| live.id == update.id).unwrap();
        live.size_gb = update.grow_to.unwrap_or(live.size_gb);
        live.tags.extend(update.add_tags.iter().cloned());
        live.tags.retain(|tag| !update.remove_tags.contains(tag));
        self.tags.extend(update.add_tags.iter().cloned());
    }

    fn take_record(&mut self, taken: &Stranger, record: &Record) {
        let mark_id = self.id();
        let holder = self.droplet_at(&record.target);
        let data = self.droplet(holder).public_ip.unwrap().to_string();
        let name = record.name.to_string();
        let live = LiveRecord {
            domain: record.domain.clone(),
            name: name.clone(),
            id: Some(taken.id),
            mark_id,
            mark: record.mark.clone(),
            was: Some(taken.held.clone()),
            data,
            ttl: record.ttl,
        };
        let address = self.mark.address_in(&record.mark).unwrap();
        let zone = self.zone();
        zone.others.remove(&name);
        zone.strangers.remove(&name);
        zone.ours.insert(address, live);
    }

    fn update_droplet(&mut self, update: &DropletUpdate) {
        self.tags.extend(update.add_tags.iter().cloned());
        let catalog = self.inventory.catalog.clone();
        self.take_in(update.id);
        self.tags.extend(update.add_tags.iter().cloned());
        let live = self.droplet(update.id);
        live.tags.extend(update.add_tags.iter().cloned());
        if let Some(name) = &update.rename {
            live.name = name.to_string();
        }
        match update.backups {
            None => {}
            Some(BackupChange::Enable(policy)) => live.backups = LiveBackups::On(policy),
            Some(BackupChange::Policy(policy)) => live.backups = LiveBackups::On(Some(policy)),
            Some(BackupChange::Disable) => live.backups = LiveBackups::Off,
        }
        if let Some(cycle) = &update.power_cycle {
            let has_room = |disk_gb| disk_gb >= live.disk_gb;
            let fits = catalog.size(&cycle.to).is_some_and(|size| has_room(size.disk_gb));
            assert!(cycle.from == cycle.to || fits, "the disk would shrink");
            live.size = cycle.to.clone();
            live.status = Status::Active;
            for debt in cycle.debt.iter().chain(&cycle.superseded) {
                live.tags.remove(&debt.tag());
            }
        }
    }

    fn release(&mut self, release: &Release) {
        match release {
            Release::Droplet { id, marks, power_cycle } => {
                let live = self.droplet(*id);
                if let Some(cycle) = power_cycle {
                    live.status = Status::Active;
                    for debt in cycle.debt.iter().chain(&cycle.superseded) {
                        live.tags.remove(&debt.tag());
                    }
                }
                live.tags.retain(|tag| *tag != marks.claim && !marks.tags.contains(tag));
                self.forget_strangers();
            }
            Release::Volume { id, marks } => {
                let volumes = &mut self.inventory.volumes;
                let live = volumes.iter_mut().find(|live| live.id == *id).unwrap();
                live.tags.retain(|tag| *tag != marks.claim && !marks.tags.contains(tag));
            }
            Release::Firewall { id, tags } => {
                let firewalls = &mut self.inventory.firewalls;
                let live = firewalls.iter_mut().find(|live| live.id == *id).unwrap();
                live.tags.retain(|tag| !tags.contains(tag));
            }
            Release::Records(records) => {
                for live in records {
                    let zone = self.zone();
                    zone.ours.retain(|_, found| found.mark_id != live.mark_id);
                    if let (Some(id), Some(held)) = (live.id, live.was.clone()) {
                        zone.others.insert(live.name.clone());
                        let stranger = Stranger { id, held, stack: None };
                        zone.strangers.insert(live.name.clone(), stranger);
                    }
                }
            }
        }
    }

    /// What carries no mark of the stack's any more is a stranger.
    fn forget_strangers(&mut self) {
        let (stack, mark) = (self.mark.stack_tag(), self.mark.clone());
        let is_ours = |live: &LiveDroplet| {
            live.tags.contains(&stack) || !droplet_addresses(&mark, live).is_empty()
        };
        let all = std::mem::take(&mut self.inventory.droplets);
        let (ours, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_ours);
        self.inventory.droplets = ours;
        self.inventory.strangers.extend(others);
    }

    fn delete(&mut self, deletion: &Deletion) {
        let inventory = &mut self.inventory;
        match deletion {
            Deletion::Tags(tags) => self.delete_tags(tags),
            Deletion::Vpc { id } => {
                let mut members = inventory.droplets.iter().map(|live| live.vpc_id.as_ref());
                assert!(members.all(|vpc| vpc != Some(id)), "the VPC has members");
                inventory.vpcs.retain(|live| live.id != *id);
            }
            Deletion::SshKey { fingerprint, .. } => drop(inventory.keys.remove(fingerprint)),
            Deletion::Volume { id, attached_to, .. } => {
                let live = inventory.volumes.iter().find(|live| live.id == *id).unwrap();
                let mut holders = live.droplet_ids.iter();
                assert!(holders.all(|holder| Some(*holder) == *attached_to), "still attached");
                forget(inventory, &urn::volume(id));
                inventory.volumes.retain(|live| live.id != *id);
            }
            Deletion::Droplet { id } => {
                let mark = self.mark.reserved_ip_tag();
                for live in inventory.droplets.iter().filter(|live| live.id == *id) {
                    let mut all = inventory.reserved_ips.iter();
                    let holds = |ip: &LiveReservedIp| ip.droplet_id == Some(live.id);
                    assert!(!live.tags.contains(&mark) || !all.any(holds), "stranded");
                }
                forget(inventory, &urn::droplet(*id));
                inventory.droplets.retain(|live| live.id != *id);
                for volume in &mut inventory.volumes {
                    volume.droplet_ids.remove(id);
                }
            }
            Deletion::ReservedIp { ip, droplet, tags } => {
                self.delete_reserved_ip(*ip, (*droplet, tags));
            }
            Deletion::Snapshot { id } => inventory.snapshots.retain(|live| live.id != *id),
            Deletion::Firewall { id } => inventory.firewalls.retain(|live| live.id != *id),
            Deletion::Alert { id } => inventory.alerts.retain(|live| live.id != *id),
            Deletion::Project { id, move_out } => {
                let project = inventory.projects.iter_mut().find(|it| it.id == *id).unwrap();
                project.members.retain(|urn| !move_out.contains(urn));
                assert!(project.members.is_empty(), "the project is not empty");
                inventory.projects.retain(|it| it.id != *id);
            }
            Deletion::Records(records) => {
                for live in records {
                    let mut zones = inventory.zone.iter_mut().chain(&mut inventory.former);
                    let zone = zones.find(|zone| zone.name.as_ref() == Some(&live.domain));
                    zone.unwrap().ours.retain(|_, found| found.mark_id != live.mark_id);
                }
            }
        }
    }

    fn delete_tags(&mut self, tags: &[Tag]) {
        for tag in tags {
            self.tags.remove(tag);
            self.inventory.tags.remove(tag);
            if *tag == self.mark.alerts_tag() {
                assert_eq!(self.inventory.alerts, [], "nothing tells of the policies");
                for live in &mut self.inventory.droplets {
                    live.tags.remove(tag);
                }
            }
            let now = self.mark.now(tag);
            for live in self.inventory.droplets.iter_mut().filter(|_| now != *tag) {
                if live.tags.contains(&now) {
                    live.tags.remove(tag);
                }
            }
            assert!(!self.inventory.known_tags().contains(tag), "{tag} is still in use");
        }
    }
}

/// What is gone is in no project any more.
fn forget(inventory: &mut Inventory, urn: &str) {
    for project in &mut inventory.projects {
        project.members.remove(urn);
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
