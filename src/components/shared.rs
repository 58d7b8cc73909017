//! What all components of a stack share: tags, network, keys, domain.

use std::collections::BTreeSet;

use crate::{
    components::{ExpandError, Wanted},
    config::{Adopt as Stated, Otherwise, Stack},
    render::{CloudInit, RenderError, Templates},
    resources::{Adopt, Domain, Member, Membership, Project, Resource, SshKey, Vpc, WantedTag},
    values::{Address, BrokenRule, Mark, Part, PublicKey, Tag},
};

/// A stack while it is being expanded.
pub struct Building<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// The stack's marks.
    pub mark: Mark,
    /// The cloud-init of its machines.
    pub user_data: String,
    wanted: Wanted,
    errors: Vec<ExpandError>,
}

impl<'a> Building<'a> {
    /// Begins with what belongs to the stack as a whole.
    pub fn of(stack: &'a Stack, templates: &Templates) -> Result<Self, RenderError> {
        let keys = stack.ssh.public_keys.iter().map(PublicKey::line).collect();
        let user_data = CloudInit { user: &stack.ssh.user, keys }.render(templates)?;
        let mark = stack.mark();
        let (wanted, errors) = (Wanted::default(), Vec::new());
        let mut building = Self { stack, mark, user_data, wanted, errors };
        building.network();
        building.keys();
        building.domain();
        Ok(building)
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

    /// Adds the stack's project and everything that is to be in it, which is made by now.
    pub fn project(&mut self) {
        let Some(spec) = &self.stack.project else { return };
        let address = Address::stack(Part::Project);
        let project = Project {
            name: spec.name.clone(),
            purpose: spec.purpose.clone(),
            environment: spec.environment,
            mark: self.mark.text(),
        };
        let mut needs = BTreeSet::from([address.clone()]);
        let mut members = BTreeSet::new();
        for (place, node) in self.wanted.iter() {
            if let Some(member) = member(place, &node.value) {
                members.insert(member);
                needs.insert(place.clone());
            }
        }
        let membership = Membership { name: spec.name.clone(), project: address.clone(), members };
        self.add(address, Resource::Project(project), []);
        self.add(Address::stack(Part::Members), Resource::Membership(membership), needs);
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

/// What something is in a project, if it can be in one.
fn member(place: &Address, resource: &Resource) -> Option<Member> {
    match resource {
        Resource::Droplet(_) => Some(Member::Droplet(place.clone())),
        Resource::Volume(_) => Some(Member::Volume(place.clone())),
        Resource::Domain(domain) => Some(Member::Domain(domain.name.clone())),
        Resource::Tag(_)
        | Resource::Vpc(_)
        | Resource::SshKey(_)
        | Resource::Attachment(_)
        | Resource::Firewall(_)
        | Resource::Record(_)
        | Resource::Project(_)
        | Resource::Membership(_) => None,
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
