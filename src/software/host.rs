//! What only the account knows of a machine.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use crate::{
    components::Wanted,
    config::OutputField,
    render::mount,
    resources::Droplet,
    values::{Address, SizeSlug},
};

/// The stack's machines by their addresses.
pub type Hosts = BTreeMap<Address, Host>;

/// What only the account knows of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// MiB of memory.
    pub memory_mb: u32,
    /// Virtual processors.
    pub vcpus: u32,
    /// Its droplet's id.
    pub id: u64,
    /// Its address on the internet.
    pub public_ip: Option<IpAddr>,
    /// Its address in the private network.
    pub private_ip: Option<IpAddr>,
    /// Where its volume is mounted.
    pub mount: Option<String>,
}

impl Host {
    /// A fact about the machine as a stack file may ask for it; none while it has no such address.
    pub fn output(&self, field: OutputField) -> Option<String> {
        field.of(&self.id, [self.public_ip, self.private_ip])
    }
}

/// The machines before there are any: as large as the names of their sizes say, and with addresses
/// that no machine has (RFC 5737).
pub fn rehearsed(wanted: &Wanted) -> Hosts {
    let droplets =
        wanted.iter().filter_map(|(address, node)| Some((address, node.value.as_droplet()?)));
    (1..)
        .zip(droplets)
        .map(|(n, (address, it))| (address.clone(), stand_in(wanted, it, n)))
        .collect()
}

fn stand_in(wanted: &Wanted, droplet: &Droplet, number: u64) -> Host {
    let last = u8::try_from(number % 254).unwrap_or_default() + 1;
    let (vcpus, memory_mb) = by_name(&droplet.size);
    let volume = droplet.volumes.first().and_then(|address| wanted.get(address));
    Host {
        memory_mb,
        vcpus,
        id: number,
        public_ip: Some(Ipv4Addr::new(203, 0, 113, last).into()),
        private_ip: Some(Ipv4Addr::new(192, 0, 2, last).into()),
        mount: volume.map(|node| mount(&node.value.name())),
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
