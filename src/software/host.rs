//! What only the account knows of a machine.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use crate::{
    components::Wanted,
    config::{Component, OutputField, Stack},
    render::mount,
    resources::Droplet,
    values::{Address, ComponentName, Part, SizeSlug},
};

/// The machines of the stack's components, by the components' addresses.
pub type Hosts = BTreeMap<Address, Host>;

/// What only the account knows of a component's machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// MiB of memory; of a machine that several components share, the component's share.
    pub memory_mb: u32,
    /// Virtual processors.
    pub vcpus: u32,
    /// Its droplet's id.
    pub id: u64,
    /// Its address on the internet.
    pub public_ip: Option<IpAddr>,
    /// Its address in the private network.
    pub private_ip: Option<IpAddr>,
    /// Where the component's volume is mounted.
    pub mount: Option<String>,
}

impl Host {
    /// A fact about the machine as a stack file may ask for it; none while it has no such address.
    pub fn output(&self, field: OutputField) -> Option<String> {
        field.of(&self.id, [self.public_ip, self.private_ip])
    }
}

/// The machines of all components, from those that have one: each gets its share of the memory, and
/// the mount of its own volume.
pub fn shared(
    stack: &Stack,
    mut machines: Hosts,
    mount_of: impl Fn(&Address) -> Option<String>,
) -> Hosts {
    for owner in stack.components.keys() {
        let address = Address::component(owner.clone());
        let residents: Vec<(&ComponentName, &Component)> = stack.residents(owner).collect();
        let Some(machine) = machines.get(&address).cloned() else { continue };
        let all: u32 = residents.iter().map(|(_, component)| weight(component)).sum();
        for (name, component) in residents {
            let address = Address::component(name.clone());
            let memory_mb = match weight(component) {
                0 => machine.memory_mb,
                weight => machine.memory_mb * weight / all,
            };
            let mount = mount_of(&address.part(Part::Volume));
            machines.insert(address, Host { memory_mb, mount, ..machine.clone() });
        }
    }
    machines
}

/// How much of a shared machine's memory a component gets, next to the others: an application is a
/// database and all that works with it, a vector store holds its index in memory, a cache may forget.
const fn weight(component: &Component) -> u32 {
    match component {
        Component::AppStack(_) => 4,
        Component::VectorDroplet(_) => 3,
        Component::MicroCache(_) => 1,
        // Whatever runs there is none of ours.
        Component::NetworkFirewall(_) | Component::Droplet(_) => 0,
    }
}

/// The machines before there are any: as large as the names of their sizes say, and with addresses
/// that no machine has (RFC 5737).
pub fn rehearsed(stack: &Stack, wanted: &Wanted) -> Hosts {
    let droplets =
        wanted.iter().filter_map(|(address, node)| Some((address, node.value.as_droplet()?)));
    let machines =
        (1..).zip(droplets).map(|(n, (address, it))| (address.clone(), stand_in(it, n))).collect();
    shared(stack, machines, |volume| wanted.get(volume).map(|node| mount(&node.value.name())))
}

fn stand_in(droplet: &Droplet, number: u64) -> Host {
    let last = u8::try_from(number % 254).unwrap_or_default() + 1;
    let (vcpus, memory_mb) = by_name(&droplet.size);
    Host {
        memory_mb,
        vcpus,
        id: number,
        public_ip: Some(Ipv4Addr::new(203, 0, 113, last).into()),
        private_ip: Some(Ipv4Addr::new(192, 0, 2, last).into()),
        mount: None,
    }
}

/// What a size's name says, as `s-4vcpu-8gb`: processors and MiB; two and 4 GiB where it says
/// nothing.
pub fn by_name(size: &SizeSlug) -> (u32, u32) {
    let number = |unit: &str| -> Option<u32> {
        size.as_str().split('-').find_map(|part| part.strip_suffix(unit)?.parse().ok())
    };
    let gigabytes = number("gb").map(|gigabytes| gigabytes * 1024);
    (number("vcpu").unwrap_or(2), number("mb").or(gigabytes).unwrap_or(4096))
}

#[cfg(test)]
mod tests {
    use super::by_name;
    use crate::values::SizeSlug;

    #[test]
    fn a_sizes_name_says_what_it_has() {
        for (name, has) in [
            ("s-4vcpu-8gb", (4, 8192)),
            ("s-8vcpu-32gb-640gb-intel", (8, 32_768)),
            ("s-1vcpu-512mb-10gb", (1, 512)),
            ("c-2", (2, 4096)),
        ] {
            assert_eq!(by_name(&SizeSlug::new(name)), has, "{name}");
        }
    }
}
