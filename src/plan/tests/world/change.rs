//! What changes in the account.

use crate::{
    plan::{
        DropletUpdate, Replacement, Succeed, Update, VolumeUpdate,
        tests::world::{World, address_of},
    },
    resources::{BackupChange, Debt, LiveBackups, LiveRecord, Record, Status, Stranger},
    values::Tag,
};

impl World {
    /// Changes something in place.
    pub fn update(&mut self, update: &Update) {
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

    /// A stranger that is acted on is about to be the stack's.
    fn take_in(&mut self, id: u64) {
        let all = std::mem::take(&mut self.inventory.strangers);
        let (taken, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|live| live.id == id);
        self.inventory.strangers = others;
        self.inventory.droplets.extend(taken);
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

    /// Makes another machine beside the old one, which is off from then on and has no volume.
    pub fn replace(&mut self, replacement: &Replacement) {
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
}
