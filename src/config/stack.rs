//! A stack, valid by construction.

use std::collections::{BTreeMap, BTreeSet};

use crate::values::{
    Cidr, ComponentName, DomainName, DropletName, FirewallName, Image, Mark, Money, Ports,
    PublicKey, RecordName, Region, SecretName, SizeSlug, StackName, VolumeName, VpcName,
};

/// A stack file after every check: what the user wants to exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Its name, the root of its marks.
    pub name: StackName,
    /// Where everything in it lives.
    pub region: Region,
    /// The private network all its machines share.
    pub vpc: VpcSpec,
    /// Who may log in.
    pub ssh: Ssh,
    /// The domain its records belong to.
    pub dns: Option<Dns>,
    /// The secrets it names; never their values.
    pub secrets: BTreeSet<SecretName>,
    /// What the month may cost.
    pub budget: Option<Budget>,
    /// Its parts, by name.
    pub components: BTreeMap<ComponentName, Component>,
}

impl Stack {
    /// The marks of what this stack owns.
    pub fn mark(&self) -> Mark {
        Mark::new(self.name.clone())
    }
}

/// The stack's private network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcSpec {
    /// `<stack>` unless the file says otherwise.
    pub name: VpcName,
    /// RFC 1918, /16 to /28.
    pub ip_range: Cidr,
    /// An existing one to live in instead, never deleted.
    pub adopt: Option<Adopt>,
}

/// Something that exists already and is to be taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopt {
    /// Its name or id at DigitalOcean.
    pub target: String,
    /// Whether one is created when there is none.
    pub otherwise: Otherwise,
}

/// What happens when nothing of the adopted name exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// The plan is refused.
    Refuse,
    /// One is created.
    Create,
}

/// Who may log in, and how we do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ssh {
    /// The account on the machines.
    pub user: String,
    /// The operators' keys.
    pub public_keys: Vec<PublicKey>,
    /// The file with the private half; the agent when absent.
    pub private_key: Option<String>,
    /// Where port 22 is open to.
    pub allow_from: BTreeSet<Cidr>,
}

/// The domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dns {
    /// As `example.com`.
    pub domain: DomainName,
    /// Seconds a record may be kept by resolvers.
    pub ttl: u32,
}

/// A bound on the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Above it `up` refuses the plan.
    pub monthly: Money,
}

/// One component of the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Component {
    /// Weaviate and the agents beside it.
    VectorDroplet(VectorDroplet),
    /// Postgres, the orchestrator, Nginx and Langfuse.
    AppStack(AppStack),
    /// An optional Dragonfly cache.
    MicroCache(MicroCache),
    /// Rules shared by every machine of the stack.
    NetworkFirewall(NetworkFirewall),
    /// A plain machine, or several.
    Droplet(PlainDroplet),
}

/// A machine with a volume that runs Weaviate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorDroplet {
    /// The machine.
    pub droplet: DropletSpec,
    /// Its data; `None` stands for `volume: none`.
    pub volume: Option<VolumeSpec>,
    /// Names in the stack's domain that point at it.
    pub records: BTreeSet<RecordName>,
    /// When it may grow.
    pub resize: Option<Resize>,
}

/// A machine with a volume that runs Postgres and what uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppStack {
    /// The machine.
    pub droplet: DropletSpec,
    /// Its data; `None` stands for `volume: none`.
    pub volume: Option<VolumeSpec>,
    /// Names in the stack's domain that point at it.
    pub records: BTreeSet<RecordName>,
    /// When it may grow.
    pub resize: Option<Resize>,
}

/// A machine that caches, if it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MicroCache {
    /// Whether it exists.
    pub enabled: Switch,
    /// The machine.
    pub droplet: DropletSpec,
    /// Names in the stack's domain that point at it.
    pub records: BTreeSet<RecordName>,
}

/// On, off, or when a metric says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Present.
    On,
    /// Absent.
    Off,
    /// Present while its condition holds; until metrics are read, absent.
    Auto,
}

/// One firewall on every machine of the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkFirewall {
    /// `<stack>-<component>` unless the file says otherwise.
    pub name: Option<FirewallName>,
    /// What may come in.
    pub inbound: Vec<InboundRule>,
    /// What may go out; everything when the file says nothing.
    pub outbound: Option<Vec<OutboundRule>>,
}

/// A plain machine, or several of one make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainDroplet {
    /// How many; `None` is one without a number in its name.
    pub count: Option<u16>,
    /// The machine.
    pub droplet: DropletSpec,
    /// A data volume for each.
    pub volume: Option<VolumeSpec>,
    /// What may come in besides SSH.
    pub inbound: Vec<InboundRule>,
    /// Names in the stack's domain that point at it; only without `count`.
    pub records: BTreeSet<RecordName>,
    /// When it may grow.
    pub resize: Option<Resize>,
}

/// A machine as the file describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropletSpec {
    /// Its size; with a ladder, the lowest rung it may stand on.
    pub size: SizeSlug,
    /// What it boots.
    pub image: Image,
    /// `<stack>-<component>` unless the file says otherwise; with `count` it is the stem.
    pub name: Option<DropletName>,
    /// An existing one to take in.
    pub adopt: Option<Adopt>,
    /// Whether DigitalOcean's metrics agent is installed.
    pub monitoring: Monitoring,
}

/// Whether DigitalOcean's own metrics agent runs on a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Monitoring {
    /// It is installed at creation.
    Agent,
    /// It is not.
    None,
}

/// A data volume as the file describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeSpec {
    /// GiB, 1 to 16,384.
    pub size_gb: u32,
    /// What the machine makes on it, once.
    pub filesystem: Filesystem,
    /// `<stack>-<component>-data` unless the file says otherwise.
    pub name: Option<VolumeName>,
}

/// A filesystem of a data volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filesystem {
    /// ext4.
    Ext4,
    /// XFS.
    Xfs,
}

/// When a machine may grow: the rungs, smallest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resize {
    /// Sizes it may stand on; the droplet's own size is one of them.
    pub ladder: Vec<SizeSlug>,
}

/// What may come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundRule {
    /// Which protocol.
    pub protocol: Protocol,
    /// Which ports; every one for ICMP.
    pub ports: Ports,
    /// Where from.
    pub from: Vec<Peer>,
}

/// What may go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundRule {
    /// Which protocol.
    pub protocol: Protocol,
    /// Which ports; every one for ICMP.
    pub ports: Ports,
    /// Where to.
    pub to: Vec<Peer>,
}

/// A protocol a firewall knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP, which has no ports.
    Icmp,
}

/// The other end of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Every address.
    Anywhere,
    /// The stack's private network.
    Vpc,
    /// An address or a range.
    Range(Cidr),
    /// The machines of another component.
    Component(ComponentName),
}
