//! A machine with what comes with it: marks, volume, records.

use std::collections::BTreeSet;

use crate::{
    components::shared::{Building, adopt, domain_address, stack_tag_address, vpc_address},
    config::{
        BackupsSpec, Component, DockerSource, DropletSpec, Monitoring, RecordSpec,
        ReservedIp as Stated, Resize, Stack, VolumeSpec,
    },
    render::{Disk, MachineSettings},
    resources::{
        Attachment, Backups, Droplet, IfTaken, MadeFrom, Naming, Record, ReservedIp, Resource,
        Volume,
    },
    values::{Address, BrokenRule, ComponentName, DropletName, Part, SizeSlug, Tag, VolumeName},
};

/// A machine as its component describes it.
pub struct Machine<'a> {
    /// Its address.
    pub address: Address,
    /// What it is.
    pub droplet: &'a DropletSpec,
    /// The components on it: the one it belongs to, and those that share it.
    pub residents: Vec<Resident<'a>>,
    /// When it may grow.
    pub resize: Option<&'a Resize>,
    /// MiB of swap it gets at least.
    pub swap_mb: u32,
    /// The tag its own firewall targets, and that tag's address.
    pub target: (Tag, Address),
}

/// A component on a machine, and what is its own.
pub struct Resident<'a> {
    /// Its address.
    pub address: Address,
    /// Its data.
    pub volume: Option<&'a VolumeSpec>,
    /// Names that point at it.
    pub records: Option<&'a BTreeSet<RecordSpec>>,
}

/// A resident's volume on its machine.
struct Plugged<'a> {
    resident: &'a Resident<'a>,
    spec: &'a VolumeSpec,
    address: Address,
}

/// The components on the machine of one of them.
pub fn residents<'a>(stack: &'a Stack, host: &'a ComponentName) -> Vec<Resident<'a>> {
    let one = |(name, component): (&ComponentName, &'a Component)| Resident {
        address: Address::component(name.clone()),
        volume: component.volume(),
        records: component.records(),
    };
    stack.residents(host).map(one).collect()
}

impl Machine<'_> {
    /// Adds the machine and what comes with it.
    pub fn add_to(self, building: &mut Building) {
        let plugged: Vec<Plugged<'_>> = self
            .residents
            .iter()
            .filter_map(|resident| Some((resident, resident.volume?)))
            .map(|(resident, spec)| {
                let address = add_volume(building, &resident.address, spec);
                Plugged { resident, spec, address }
            })
            .collect();
        self.add_droplet(building, &plugged);
        for Plugged { resident, address: volume, .. } in &plugged {
            let attachment = Attachment { volume: volume.clone(), droplet: self.address.clone() };
            let needs = [volume.clone(), self.address.clone()];
            let address = resident.address.part(Part::Attachment);
            building.add(address, Resource::Attachment(attachment), needs);
        }
        let target = match self.droplet.reserved_ip {
            Stated::One => self.add_reserved_ip(building),
            Stated::None => self.address.clone(),
        };
        for resident in &self.residents {
            resident.add_records(building, &target);
        }
    }

    fn add_droplet(&self, building: &mut Building, plugged: &[Plugged<'_>]) {
        let Some(name) = building.name(&self.address, self.name(building)) else { return };
        let keys =
            building.stack.ssh.public_keys.iter().map(|key| key.fingerprint().clone()).collect();
        let settings = self.settings(building, plugged);
        let Some(user_data) = building.user_data(&settings) else { return };
        let made_from = MadeFrom::of(&user_data, &keys, &self.droplet.image);
        let mark = &building.mark;
        let mut tags = BTreeSet::from([
            mark.stack_tag(),
            mark.address_tag(&self.address),
            mark.made_from_tag(made_from),
            self.target.0.clone(),
        ]);
        tags.extend(self.is_watched(building).then(|| mark.alerts_tag()));
        match self.droplet.reserved_ip {
            Stated::One => drop(tags.insert(mark.reserved_ip_tag())),
            Stated::None => {}
        }
        let droplet = Droplet {
            name,
            region: building.stack.region.clone(),
            size: self.droplet.size.clone(),
            ladder: self.ladder(),
            image: self.droplet.image.clone(),
            vpc: vpc_address(),
            keys,
            tags,
            volumes: plugged.iter().map(|it| it.address.clone()).collect(),
            guests: self.guests(),
            user_data,
            monitoring: self.droplet.monitoring == Monitoring::Agent,
            backups: self.backups(),
            adopt: self.droplet.adopt.as_ref().map(adopt),
        };
        let mut needs = self.needs(building);
        needs.extend(plugged.iter().map(|it| it.address.clone()));
        building.add(self.address.clone(), Resource::Droplet(droplet), needs);
    }

    fn name(&self, building: &Building) -> Result<DropletName, BrokenRule> {
        let made = format!("{}-{}", building.stack.name, self.address.owner());
        self.droplet.name.clone().map_or_else(|| DropletName::parse(&made), Ok)
    }

    /// An address that outlives the machine; the machine comes first, for it carries the mark.
    fn add_reserved_ip(&self, building: &mut Building) -> Address {
        let address = self.address.part(Part::ReservedIp);
        // A name that is not allowed was told with the machine.
        if let Ok(name) = self.name(building) {
            let reserved = ReservedIp {
                name,
                droplet: self.address.clone(),
                region: building.stack.region.clone(),
                mark: building.mark.reserved_ip_tag(),
            };
            let resource = Resource::ReservedIp(reserved);
            building.add(address.clone(), resource, [self.address.clone()]);
        }
        address
    }

    /// How the machine is made ready for containers.
    fn settings(&self, building: &Building, plugged: &[Plugged<'_>]) -> MachineSettings {
        let disk = |Plugged { spec, address, .. }: &Plugged<'_>| {
            let (name, filesystem) = (building.volume_name(address)?, spec.filesystem.word());
            Some(Disk { name, filesystem, label: spec.label.clone() })
        };
        let disks = plugged.iter().filter_map(disk).collect();
        let docker = match self.droplet.docker {
            DockerSource::Docker => "docker-ce",
            DockerSource::Distribution => "distribution",
        };
        MachineSettings { docker, disks, swap_mb: self.swap_mb }
    }

    /// Whether its component has alert policies.
    fn is_watched(&self, building: &Building) -> bool {
        let name = self.address.component_name();
        let component = name.and_then(|name| building.stack.components.get(name));
        component.is_some_and(|component| !component.alerts().is_empty())
    }

    fn backups(&self) -> Backups {
        match self.droplet.backups {
            BackupsSpec::Unsaid => Backups::Unsaid,
            BackupsSpec::Off => Backups::Off,
            BackupsSpec::On(policy) => Backups::On(policy),
        }
    }

    fn ladder(&self) -> Vec<SizeSlug> {
        self.resize.map(|resize| resize.ladder.clone()).unwrap_or_default()
    }

    /// The firewalls come first, so that the machine is never up unprotected.
    fn needs(&self, building: &Building) -> BTreeSet<Address> {
        let mut needs = building.key_addresses();
        needs.insert(vpc_address());
        needs.insert(self.target.1.clone());
        if let Some(component) = self.address.component_name() {
            needs.insert(Address::component(component.clone()).part(Part::Firewall));
        }
        for (name, component) in &building.stack.components {
            if matches!(component, Component::NetworkFirewall(_)) {
                needs.insert(Address::component(name.clone()));
                needs.insert(stack_tag_address());
            }
        }
        needs
    }

    /// The components that share it.
    fn guests(&self) -> BTreeSet<ComponentName> {
        let names = self.residents.iter().filter_map(|it| it.address.component_name());
        names.filter(|name| Some(*name) != self.address.component_name()).cloned().collect()
    }
}

impl Resident<'_> {
    fn add_records(&self, building: &mut Building, target: &Address) {
        let Some(dns) = &building.stack.dns else { return };
        for RecordSpec { name, adopts } in self.records.into_iter().flatten() {
            let address = self.address.part(Part::Record(name.clone()));
            let if_taken = if *adopts { IfTaken::Adopt } else { IfTaken::Refuse };
            let record = Record {
                domain: dns.domain.clone(),
                name: name.clone(),
                target: target.clone(),
                ttl: dns.ttl,
                mark: building.mark.address_text(&address),
                if_taken,
            };
            let needs = [domain_address(), target.clone()];
            building.add(address, Resource::Record(record), needs);
        }
    }
}

fn add_volume(building: &mut Building, owner: &Address, spec: &VolumeSpec) -> Address {
    let address = owner.part(Part::Volume);
    let made = format!("{}-{}-data", building.stack.name, owner.owner());
    let naming = if spec.name.is_some() { Naming::Given } else { Naming::Made };
    let name = spec.name.clone().map_or_else(|| VolumeName::parse(&made), Ok);
    if let Some(name) = building.name(&address, name) {
        let tags = [building.mark.stack_tag(), building.mark.address_tag(&address)].into();
        let region = building.stack.region.clone();
        let (size_gb, adopt) = (spec.size_gb, spec.adopt.as_ref().map(adopt));
        let volume = Volume { name, naming, region, size_gb, tags, adopt };
        building.add(address.clone(), Resource::Volume(volume), []);
    }
    address
}
