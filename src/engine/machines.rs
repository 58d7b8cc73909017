//! The stack's machines as the account knows them, and the way to them.
//!
//! Where a machine is and which host key it has are in the account: every computer with the token
//! trusts the same keys.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::{
    config::Stack,
    engine::{EngineError, Site},
    inventory::{by_id, droplet_addresses, tagged_droplets},
    resources::{LiveDroplet, Status},
    ssh::{Deadlines, Login, Session, SshError, Target, connect},
    values::{Address, HostDigest, Mark},
};

/// A machine of the stack's.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its place in the stack, as `vector` or `workers-2`; or that of a component that shares it.
    pub address: Address,
    /// What the account says of it.
    pub droplet: LiveDroplet,
    /// The host keys it may answer with.
    pub host_keys: BTreeSet<HostDigest>,
}

/// Why there is no working on a machine.
#[derive(Debug, Error)]
pub enum ReachError {
    /// The account says that it does not run.
    #[error("`{machine}` does not run: DigitalOcean says `{status}`")]
    Off {
        /// Which.
        machine: Address,
        /// What it says.
        status: String,
    },
    /// It has no address that can be reached from here.
    #[error("`{machine}` has no public address yet")]
    NoAddress {
        /// Which.
        machine: Address,
    },
    /// Nobody has ever seen its host key.
    #[error("no host key of `{machine}` is known, so nobody can tell who answers in its place")]
    Unknown {
        /// Which.
        machine: Address,
    },
    /// It cannot be worked on.
    #[error("cannot work on `{machine}`")]
    Ssh {
        /// Which.
        machine: Address,
        /// Why.
        #[source]
        source: Box<SshError>,
    },
}

/// Reads which machines there are, in one listing: one for each component, though some share it.
pub async fn machines(site: &Site, stack: &Stack) -> Result<Vec<Machine>, EngineError> {
    let mark = stack.mark();
    let droplets = tagged_droplets(&site.client, &mark).await?;
    Ok(with_guests(stack, machines_among(&mark, &droplets)))
}

/// The machines, and once more those that components share, under the addresses of these.
pub fn with_guests(stack: &Stack, mut machines: Vec<Machine>) -> Vec<Machine> {
    let guests = stack.components.iter().filter(|(_, component)| component.is_wanted());
    let shared = guests.filter_map(|(name, component)| {
        let host = Address::component(component.host()?.clone());
        let machine = machines.iter().find(|machine| machine.address == host)?;
        Some(Machine { address: Address::component(name.clone()), ..machine.clone() })
    });
    machines.extend(shared.collect::<Vec<_>>());
    machines.sort_by(|one, other| one.address.cmp(&other.address));
    machines
}

/// The machines among droplets that were read, in the order of their addresses; where one is being
/// replaced, it is its successor.
pub fn machines_among(mark: &Mark, droplets: &[LiveDroplet]) -> Vec<Machine> {
    let mut machines: Vec<Machine> = Vec::new();
    for droplet in by_id(droplets, |droplet| &droplet.id) {
        for address in droplet_addresses(mark, droplet) {
            let host_keys = mark.host_keys_among(&droplet.tags);
            machines.push(Machine { address, droplet: droplet.clone(), host_keys });
        }
    }
    let generation = |machine: &Machine| mark.generation_among(&machine.droplet.tags);
    machines.sort_by(|one, other| {
        let successors = generation(other).cmp(&generation(one));
        one.address.cmp(&other.address).then(successors)
    });
    machines.dedup_by(|next, kept| next.address == kept.address);
    machines
}

impl Machine {
    /// Whether somebody means it: by its address in the stack, or by its name at DigitalOcean.
    pub fn is_called(&self, name: &str) -> bool {
        self.address.to_string() == name || self.droplet.name == name
    }

    /// The way to it.
    pub fn target(&self, stack: &Stack, login: &Login) -> Result<Target, ReachError> {
        let machine = self.address.clone();
        if self.droplet.status != Status::Active {
            return Err(ReachError::Off { machine, status: self.droplet.status.to_string() });
        }
        let Some(ip) = self.droplet.public_ip else {
            return Err(ReachError::NoAddress { machine });
        };
        if self.host_keys.is_empty() {
            return Err(ReachError::Unknown { machine });
        }
        Ok(Target::at(ip, (&stack.ssh.user, &self.host_keys), login))
    }

    /// Connects to it and logs in.
    pub async fn connect(&self, stack: &Stack, login: &Login) -> Result<Session, ReachError> {
        let target = self.target(stack, login)?;
        connect(&target, Deadlines::default()).await.map_err(|source| self.failed(source))
    }

    /// The error of somebody who works on it.
    pub fn failed(&self, source: SshError) -> ReachError {
        ReachError::Ssh { machine: self.address.clone(), source: Box::new(source) }
    }
}

impl ReachError {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::Off { .. } => "`dostack up` switches it on".to_owned(),
            Self::NoAddress { .. } => "wait a minute, then run the same command again".to_owned(),
            Self::Unknown { .. } => "`dostack up` makes its key known".to_owned(),
            Self::Ssh { source, .. } => source.help(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ReachError, machines_among, with_guests};
    use crate::{
        config::{MissingKeys, OneFile, Stack, load},
        resources::{LiveBackups, LiveDroplet, Status},
        ssh::Login,
        values::{HostDigest, Region, SizeSlug, Tag},
    };

    const FILE: &str = "stack: core\nregion: sfo2\nvpc: { ip_range: 10.120.0.0/16 }\n\
         ssh: { user: ops, public_keys: [~/.ssh/id_ed25519.pub], allow_from: [anywhere] }\n\
         components:\n  \
         one: { kind: Droplet, droplet: { size: s-1vcpu-1gb, image: ubuntu-22-04-x64 } }\n";

    fn stack() -> Stack {
        match load("stacks/core.yaml", &OneFile(FILE), MissingKeys::ThrowAway) {
            Ok(loaded) => loaded.stack,
            Err(mistakes) => panic!("{mistakes:?}"),
        }
    }

    fn droplet(id: u64, address: &str, tags: &[Tag]) -> LiveDroplet {
        let tag = |text: String| Tag::new(text);
        let own = [tag("dostack:core".to_owned()), tag(format!("dostack:core:{address}"))];
        LiveDroplet {
            id,
            name: format!("core-{address}"),
            region: Region::new("sfo2"),
            size: SizeSlug::new("s-1vcpu-1gb"),
            disk_gb: 25,
            image: "ubuntu-22-04-x64".to_owned(),
            status: Status::Active,
            backups: LiveBackups::Off,
            locked: false,
            vpc_id: None,
            tags: own.into_iter().chain(tags.iter().cloned()).collect(),
            volume_ids: BTreeSet::new(),
            public_ip: "203.0.113.9".parse().ok(),
            private_ip: None,
            created_at: String::new(),
        }
    }

    #[test]
    fn a_successor_is_worked_on_and_not_the_machine_it_replaces() {
        let stack = stack();
        let mark = stack.mark();
        let droplets = [
            droplet(7, "two", &[]),
            droplet(8, "one", &[mark.generation_tag(2)]),
            droplet(9, "one", &[]),
        ];
        let found = machines_among(&mark, &droplets);
        let ids: Vec<u64> = found.iter().map(|machine| machine.droplet.id).collect();
        assert_eq!(ids, [8, 7]);
        assert!(found[0].is_called("one") && found[0].is_called("core-one"));
        assert!(!found[0].is_called("two"));
    }

    #[test]
    fn a_component_that_shares_a_machine_is_found_on_it() {
        let guest = "  cache: { kind: MicroCache, on: one }\n  off: { kind: MicroCache, enabled: false, on: one }\n";
        let text = format!("{FILE}{guest}");
        let stack =
            load("stacks/core.yaml", &OneFile(&text), MissingKeys::ThrowAway).unwrap().stack;
        let found = machines_among(&stack.mark(), &[droplet(7, "one", &[])]);
        let all = with_guests(&stack, found);
        let places: Vec<(String, u64)> =
            all.iter().map(|it| (it.address.to_string(), it.droplet.id)).collect();
        assert_eq!(places, [("cache".to_owned(), 7), ("one".to_owned(), 7)]);
        assert!(all[0].is_called("cache") && all[0].is_called("core-one"));
    }

    #[test]
    fn the_way_to_a_machine_is_in_the_account() {
        let stack = stack();
        let mark = stack.mark();
        let digest = HostDigest::of(b"key");
        let live = droplet(7, "one", &[mark.host_key_tag(&digest)]);
        let target = |live: LiveDroplet| {
            let machine = machines_among(&mark, &[live]).remove(0);
            machine.target(&stack, &Login::default())
        };
        let way = target(live.clone()).unwrap();
        assert_eq!(
            (way.address.to_string().as_str(), way.user.as_str()),
            ("203.0.113.9:22", "ops")
        );
        assert_eq!(way.host_keys, [digest].into());

        let off = target(LiveDroplet { status: Status::Off, ..live.clone() }).unwrap_err();
        assert!(matches!(off, ReachError::Off { .. }), "{off:?}");
        let hidden = target(LiveDroplet { public_ip: None, ..live }).unwrap_err();
        assert!(matches!(hidden, ReachError::NoAddress { .. }), "{hidden:?}");
        let unknown = target(droplet(7, "one", &[])).unwrap_err();
        assert!(matches!(unknown, ReachError::Unknown { .. }), "{unknown:?}");
    }
}
