//! What goes from the account, and what it no longer knows the stack's from.

use std::net::Ipv4Addr;

use crate::{
    inventory::{Inventory, droplet_addresses},
    plan::{Deletion, Release, tests::world::World},
    resources::{LiveDroplet, LiveReservedIp, Status, Stranger, urn},
    values::Tag,
};

impl World {
    /// Lets go of something that was adopted.
    pub fn release(&mut self, release: &Release) {
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

    /// Deletes something that nothing hangs on any more.
    pub fn delete(&mut self, deletion: &Deletion) {
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
