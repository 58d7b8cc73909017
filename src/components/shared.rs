//! What all components of a stack share: tags, network, keys, domain.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    components::{ExpandError, Wanted},
    config::{Adopt as Stated, Otherwise, Stack},
    render::{CloudInit, MachineSettings, RenderError, Templates},
    resources::{Adopt, Domain, Resource, SshKey, Vpc, WantedTag},
    values::{Address, BrokenRule, Mark, Part, PublicKey, Tag},
};

/// A stack while it is being expanded.
pub struct Building<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// The stack's marks.
    pub mark: Mark,
    /// None when the template cannot be read, which is among the errors.
    cloud_init: Option<CloudInit<'a>>,
    user_data: BTreeMap<MachineSettings, Arc<str>>,
    wanted: Wanted,
    errors: Vec<ExpandError>,
}

impl<'a> Building<'a> {
    /// Begins with what belongs to the stack as a whole.
    pub fn of(stack: &'a Stack, templates: &'a Templates) -> Self {
        let keys = stack.ssh.public_keys.iter().map(PublicKey::line);
        let mut building = Self {
            stack,
            mark: stack.mark(),
            cloud_init: None,
            user_data: BTreeMap::new(),
            wanted: Wanted::default(),
            errors: Vec::new(),
        };
        match CloudInit::new(templates, &stack.ssh.user, keys) {
            Ok(cloud_init) => building.cloud_init = Some(cloud_init),
            Err(error) => building.unrendered(error),
        }
        building.network();
        building.keys();
        building.domain();
        building
    }

    /// What a machine starts with, or notes why that cannot be made; rendered once for all machines
    /// with these settings.
    pub fn user_data(&mut self, machine: &MachineSettings) -> Option<Arc<str>> {
        if let Some(known) = self.user_data.get(machine) {
            return Some(Arc::clone(known));
        }
        match self.cloud_init.as_ref()?.render(machine) {
            Ok(text) => {
                let text: Arc<str> = text.into();
                self.user_data.insert(machine.clone(), Arc::clone(&text));
                Some(text)
            }
            Err(error) => {
                self.unrendered(error);
                None
            }
        }
    }

    /// A template that cannot be filled in is told once, however many machines have it.
    fn unrendered(&mut self, error: RenderError) {
        let is_told = |error: &ExpandError| matches!(error, ExpandError::Render(_));
        if !self.errors.iter().any(is_told) {
            self.errors.push(error.into());
        }
    }

    /// What came of it, and everything that went wrong.
    pub fn finish(self) -> (Wanted, Vec<ExpandError>) {
        (self.wanted, self.errors)
    }

    /// Adds a resource.
    pub fn add(
        &mut self,
        address: Address,
        resource: Resource,
        needs: impl IntoIterator<Item = Address>,
    ) {
        self.wanted.insert(address, resource, needs);
    }

    /// Everything that was added so far.
    pub const fn added(&self) -> &Wanted {
        &self.wanted
    }

    /// What a volume that was added is called.
    pub fn volume_name(&self, address: &Address) -> Option<String> {
        self.wanted.get(address).map(|node| node.value.name())
    }

    /// Adds a tag that a firewall targets.
    pub fn target_tag(&mut self, address: &Address, tag: Tag) {
        self.add(address.clone(), Resource::Tag(WantedTag { tag }), []);
    }

    /// Takes a name, or notes that it breaks its rule.
    pub fn name<T>(&mut self, address: &Address, name: Result<T, BrokenRule>) -> Option<T> {
        name.map_err(|source| {
            self.errors.push(ExpandError::Name { address: address.clone(), source });
        })
        .ok()
    }

    /// The addresses of the stack's keys.
    pub fn key_addresses(&self) -> BTreeSet<Address> {
        let keys = self.stack.ssh.public_keys.iter();
        keys.map(|key| key_address(&key.fingerprint().short())).collect()
    }

    fn network(&mut self) {
        let vpc = Vpc {
            name: self.stack.vpc.name.clone(),
            region: self.stack.region.clone(),
            ip_range: self.stack.vpc.ip_range,
            mark: self.mark.text(),
            adopt: self.stack.vpc.adopt.as_ref().map(adopt),
        };
        self.add(vpc_address(), Resource::Vpc(vpc), []);
    }

    fn keys(&mut self) {
        for key in &self.stack.ssh.public_keys {
            let digits = key.fingerprint().short();
            let wanted = SshKey { name: self.mark.key_name(&digits), key: key.clone() };
            self.add(key_address(&digits), Resource::SshKey(wanted), []);
        }
    }

    fn domain(&mut self) {
        if let Some(dns) = &self.stack.dns {
            let domain = Domain { name: dns.domain.clone() };
            self.add(domain_address(), Resource::Domain(domain), []);
        }
    }
}

/// The address of the stack's private network.
pub const fn vpc_address() -> Address {
    Address::stack(Part::Vpc)
}

/// The address of the stack's domain.
pub const fn domain_address() -> Address {
    Address::stack(Part::Domain)
}

/// The address of the tag that every machine of the stack carries.
pub const fn stack_tag_address() -> Address {
    Address::stack(Part::Tag)
}

/// What is to be adopted, as the resources say it.
pub fn adopt(stated: &Stated) -> Adopt {
    let else_create = match stated.otherwise {
        Otherwise::Create => true,
        Otherwise::Refuse => false,
    };
    Adopt { target: stated.target.clone(), else_create }
}

fn key_address(digits: &str) -> Address {
    Address::stack(Part::Key(digits.to_owned()))
}
