//! What comes into the account.

use std::net::IpAddr;

use crate::{
    plan::tests::world::{World, address_of},
    resources::{
        Alert, Attachment, Droplet, Firewall, LiveAlert, LiveBackups, LiveDroplet, LiveFirewall,
        LiveKey, LiveProject, LiveRecord, LiveReservedIp, LiveVolume, LiveVpc, Member, Membership,
        Project, Record, ReservedIp, Resource, Status, Volume, Vpc, urn,
    },
    values::Part,
};

impl World {
    /// Makes something, as a create call would.
    pub fn create(&mut self, resource: &Resource) {
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

    /// A policy as it is then found.
    pub fn alert(&self, id: String, alert: &Alert) -> LiveAlert {
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
            slack: alert.slack.keys().map(|channel| (channel.clone(), None)).collect(),
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

    /// Makes a machine, with its own disk only.
    pub fn make(&mut self, droplet: &Droplet) -> u64 {
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

    fn create_firewall(&mut self, firewall: &Firewall) {
        let id = format!("firewall-{}", self.id());
        self.inventory.firewalls.push(self.firewall(id, firewall));
    }

    /// A firewall as it is then found.
    pub fn firewall(&self, id: String, firewall: &Firewall) -> LiveFirewall {
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

    /// What a record holds.
    pub fn address_to_point_at(&self, record: &Record) -> String {
        let holder = self.droplet_at(&record.target.part(Part::Main));
        if *record.target.which() == Part::ReservedIp {
            return self.reserved_on(holder).unwrap().to_string();
        }
        let live = self.inventory.droplets.iter().find(|live| live.id == holder);
        live.unwrap().public_ip.unwrap().to_string()
    }
}
