//! What can exist at DigitalOcean: as wanted, as found, and the difference.
//!
//! Each kind has one file with three things: the wanted form a component expands to, the live form
//! an inventory finds, and the comparison of the two, in normal forms so that nothing differs for
//! ever.

mod adopt;
mod alert;
mod attachment;
mod backups;
mod catalog;
mod domain;
mod droplet;
mod field;
mod firewall;
mod project;
mod record;
mod reserved_ip;
mod snapshot;
mod ssh_key;
mod tag;
mod volume;
mod vpc;

use std::fmt;

use serde::Serialize;

pub use self::adopt::Adopt;
pub use self::alert::{Alert, LiveAlert};
pub use self::attachment::Attachment;
pub use self::backups::{BackupChange, Backups, LiveBackups};
pub use self::catalog::{Catalog, Size};
pub use self::domain::Domain;
pub use self::droplet::{Debt, Droplet, LiveDroplet, MadeFrom, Status};
pub use self::field::{Effect, FieldChange};
pub use self::firewall::{Firewall, LiveFirewall, Network, Peers, Protocol, Rules};
pub use self::project::{LiveProject, Member, Membership, Project, urn};
pub use self::record::{
    Former, IfTaken, LiveRecord, Record, Stranger, mark_name, mark_text, read_mark,
};
pub use self::reserved_ip::{LiveReservedIp, ReservedIp};
pub use self::snapshot::{LiveSnapshot, SnapshotOf, monthly as snapshot_price};
pub use self::ssh_key::{LiveKey, SshKey};
pub use self::tag::WantedTag;
pub use self::volume::{LiveVolume, Naming, Volume, monthly as volume_price};
pub use self::vpc::{LiveVpc, Vpc};

/// A kind of thing, in the order in which they come into being.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A tag a firewall targets.
    Tag,
    /// A private network.
    Vpc,
    /// An SSH key of the account.
    SshKey,
    /// A block-storage volume.
    Volume,
    /// A machine.
    Droplet,
    /// A volume's place on a machine.
    Attachment,
    /// A public address that outlives its machine.
    ReservedIp,
    /// A cloud firewall.
    Firewall,
    /// A domain.
    Domain,
    /// A record of a domain.
    Record,
    /// A project of the account.
    Project,
    /// What is put into a project.
    Membership,
    /// An alert policy.
    Alert,
    /// A snapshot of a volume or a droplet.
    Snapshot,
}

impl Kind {
    /// The word a person reads.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Vpc => "VPC",
            Self::SshKey => "SSH key",
            Self::Volume => "volume",
            Self::Droplet => "droplet",
            Self::Attachment => "attachment",
            Self::ReservedIp => "reserved IP",
            Self::Firewall => "firewall",
            Self::Domain => "domain",
            Self::Record => "record",
            Self::Project => "project",
            Self::Membership => "members",
            Self::Alert => "alert",
            Self::Snapshot => "snapshot",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.word())
    }
}

/// Something that is to exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// A tag a firewall targets.
    Tag(WantedTag),
    /// A private network.
    Vpc(Vpc),
    /// An SSH key of the account.
    SshKey(SshKey),
    /// A block-storage volume.
    Volume(Volume),
    /// A machine.
    Droplet(Droplet),
    /// A volume's place on a machine.
    Attachment(Attachment),
    /// A public address that outlives its machine.
    ReservedIp(ReservedIp),
    /// A cloud firewall.
    Firewall(Firewall),
    /// A domain.
    Domain(Domain),
    /// A record of a domain.
    Record(Record),
    /// A project of the account.
    Project(Project),
    /// What is put into a project.
    Membership(Membership),
    /// An alert policy.
    Alert(Alert),
}

impl Resource {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Tag(_) => Kind::Tag,
            Self::Vpc(_) => Kind::Vpc,
            Self::SshKey(_) => Kind::SshKey,
            Self::Volume(_) => Kind::Volume,
            Self::Droplet(_) => Kind::Droplet,
            Self::Attachment(_) => Kind::Attachment,
            Self::ReservedIp(_) => Kind::ReservedIp,
            Self::Firewall(_) => Kind::Firewall,
            Self::Domain(_) => Kind::Domain,
            Self::Record(_) => Kind::Record,
            Self::Project(_) => Kind::Project,
            Self::Membership(_) => Kind::Membership,
            Self::Alert(_) => Kind::Alert,
        }
    }

    /// What exists already and is to be taken in for it, if anything is.
    pub const fn adopt(&self) -> Option<&Adopt> {
        match self {
            Self::Vpc(vpc) => vpc.adopt.as_ref(),
            Self::Volume(volume) => volume.adopt.as_ref(),
            Self::Droplet(droplet) => droplet.adopt.as_ref(),
            Self::Firewall(firewall) => firewall.adopt.as_ref(),
            Self::Tag(_)
            | Self::SshKey(_)
            | Self::ReservedIp(_)
            | Self::Project(_)
            | Self::Membership(_)
            | Self::Alert(_)
            | Self::Attachment(_)
            | Self::Domain(_)
            | Self::Record(_) => None,
        }
    }

    /// The machine it is, if it is one.
    pub const fn as_droplet(&self) -> Option<&Droplet> {
        match self {
            Self::Droplet(droplet) => Some(droplet),
            Self::Tag(_)
            | Self::Vpc(_)
            | Self::SshKey(_)
            | Self::Volume(_)
            | Self::Attachment(_)
            | Self::ReservedIp(_)
            | Self::Firewall(_)
            | Self::Domain(_)
            | Self::Project(_)
            | Self::Membership(_)
            | Self::Alert(_)
            | Self::Record(_) => None,
        }
    }

    /// The firewall it is, if it is one.
    pub const fn as_firewall(&self) -> Option<&Firewall> {
        match self {
            Self::Firewall(firewall) => Some(firewall),
            Self::Tag(_)
            | Self::Vpc(_)
            | Self::SshKey(_)
            | Self::Volume(_)
            | Self::Droplet(_)
            | Self::Attachment(_)
            | Self::ReservedIp(_)
            | Self::Domain(_)
            | Self::Project(_)
            | Self::Membership(_)
            | Self::Alert(_)
            | Self::Record(_) => None,
        }
    }

    /// What it is called at DigitalOcean.
    pub fn name(&self) -> String {
        match self {
            Self::Tag(tag) => tag.tag.to_string(),
            Self::Vpc(vpc) => vpc.name.to_string(),
            Self::SshKey(key) => key.name.clone(),
            Self::Volume(volume) => volume.name.to_string(),
            Self::Droplet(droplet) => droplet.name.to_string(),
            Self::Attachment(attachment) => {
                format!("{} on {}", attachment.volume, attachment.droplet)
            }
            Self::ReservedIp(reserved) => reserved.name.to_string(),
            Self::Firewall(firewall) => firewall.name.to_string(),
            Self::Domain(domain) => domain.name.to_string(),
            Self::Record(record) => record.fqdn(),
            Self::Project(project) => project.name.to_string(),
            Self::Membership(members) => members.name.to_string(),
            Self::Alert(alert) => alert.name().to_owned(),
        }
    }
}
