//! What the API says, in the terms of the resources.

use std::{collections::BTreeSet, net::IpAddr};

use crate::{
    digitalocean::{
        alerts::AlertPolicy,
        backups::DropletBackups,
        droplets::{Droplet, DropletStatus},
        firewalls::{Firewall, Peers as WirePeers},
        keys::Key,
        projects::{Project, ProjectResource},
        reserved_ips::ReservedIp,
        sizes::Size as WireSize,
        snapshots::{Snapshot, SnapshotSource},
        volumes::Volume,
        vpcs::Vpc,
    },
    resources::{
        LiveAlert, LiveBackups, LiveDroplet, LiveFirewall, LiveKey, LiveProject, LiveReservedIp,
        LiveSnapshot, LiveVolume, LiveVpc, Peers, Protocol, Rules, Size, SnapshotOf, Status,
    },
    values::{
        BackupPolicy, Fingerprint, Money, Ports, Region, SizeSlug, Tag, Weekday, alert_bound,
    },
};

/// A droplet as found.
pub fn droplet(wire: &Droplet) -> LiveDroplet {
    LiveDroplet {
        id: wire.id,
        name: wire.name.clone(),
        region: Region::new(&wire.region.slug),
        size: SizeSlug::new(&wire.size_slug),
        disk_gb: small(wire.disk),
        image: wire.image.slug.clone().unwrap_or_else(|| wire.image.name.clone()),
        status: status(&wire.status),
        backups: if wire.features.iter().any(|feature| feature == "backups") {
            LiveBackups::On(None)
        } else {
            LiveBackups::Off
        },
        locked: wire.locked,
        vpc_id: wire.vpc_uuid.clone(),
        tags: tags(&wire.tags),
        volume_ids: wire.volume_ids.iter().cloned().collect(),
        public_ip: wire.public_ipv4().map(IpAddr::V4),
        private_ip: wire.private_ipv4().map(IpAddr::V4),
        created_at: wire.created_at.to_string(),
    }
}

fn status(wire: &DropletStatus) -> Status {
    match wire {
        DropletStatus::New => Status::New,
        DropletStatus::Active => Status::Active,
        DropletStatus::Off => Status::Off,
        DropletStatus::Archive => Status::Archive,
        DropletStatus::Other(word) => Status::Other(word.clone()),
    }
}

/// A volume as found.
pub fn volume(wire: &Volume) -> LiveVolume {
    LiveVolume {
        id: wire.id.clone(),
        name: wire.name.clone(),
        region: Region::new(&wire.region.slug),
        size_gb: small(wire.size_gigabytes),
        tags: tags(&wire.tags),
        droplet_ids: wire.droplet_ids.iter().copied().collect(),
    }
}

/// A private network as found.
pub fn vpc(wire: &Vpc) -> LiveVpc {
    LiveVpc {
        id: wire.id.clone(),
        name: wire.name.clone(),
        region: Region::new(&wire.region),
        ip_range: wire.ip_range.parse().ok(),
        description: wire.description.clone(),
        default: wire.default,
    }
}

/// A project as found, with what is in it.
pub fn project(wire: &Project, members: &[ProjectResource]) -> LiveProject {
    LiveProject {
        id: wire.id.clone(),
        name: wire.name.clone(),
        description: wire.description.clone(),
        purpose: wire.purpose.clone(),
        environment: wire.environment.clone(),
        is_default: wire.is_default,
        members: members.iter().map(|member| member.urn.clone()).collect(),
    }
}

/// An alert policy as found.
pub fn alert(wire: &AlertPolicy) -> LiveAlert {
    let side = match wire.compare.as_str() {
        "GreaterThan" => "above",
        "LessThan" => "below",
        other => other,
    };
    LiveAlert {
        id: wire.uuid.clone(),
        description: wire.description.clone(),
        metric: wire.metric.clone(),
        bound: alert_bound(side, wire.value, &wire.window),
        tags: tags(&wire.tags),
        entities: wire.entities.iter().cloned().collect(),
        email: wire.alerts.email.iter().cloned().collect(),
        slack: wire
            .alerts
            .slack
            .iter()
            .map(|slack| (slack.channel.clone(), slack.hook.clone()))
            .collect(),
        enabled: wire.enabled,
    }
}

/// A key as found.
pub fn key(wire: &Key) -> LiveKey {
    let fingerprint = Fingerprint::from_api(&wire.fingerprint);
    LiveKey { id: wire.id, name: wire.name.clone(), fingerprint }
}

/// A reserved IP as found.
pub fn reserved_ip(wire: &ReservedIp) -> LiveReservedIp {
    LiveReservedIp {
        ip: wire.ip,
        region: Region::new(&wire.region.slug),
        droplet_id: wire.droplet_id(),
        locked: wire.locked,
    }
}

/// The backups of a droplet; a policy of a plan that is not known here is none.
pub fn backups(wire: &DropletBackups) -> LiveBackups {
    if !wire.backup_enabled {
        return LiveBackups::Off;
    }
    let policy = wire.backup_policy.as_ref().and_then(|found| {
        let weekday = found.weekday.as_deref().and_then(Weekday::parse);
        BackupPolicy::of(&found.plan, weekday.unwrap_or(Weekday::Sun), found.hour).ok().flatten()
    });
    LiveBackups::On(policy)
}

/// A snapshot as found.
pub fn snapshot(wire: &Snapshot) -> LiveSnapshot {
    LiveSnapshot {
        id: wire.id.clone(),
        name: wire.name.clone(),
        of: snapshot_of(wire),
        size_gb: wire.size_gigabytes,
        tags: tags(&wire.tags),
    }
}

fn snapshot_of(wire: &Snapshot) -> SnapshotOf {
    match &wire.resource_type {
        SnapshotSource::Volume => SnapshotOf::Volume(wire.resource_id.clone()),
        SnapshotSource::Droplet => {
            wire.resource_id.parse().map_or(SnapshotOf::Other, SnapshotOf::Droplet)
        }
        SnapshotSource::Other(_) => SnapshotOf::Other,
    }
}

/// A size and its price.
pub fn size(wire: &WireSize) -> (SizeSlug, Size) {
    let size = Size {
        monthly: Money::dollars(wire.price_monthly),
        memory_mb: small(wire.memory),
        vcpus: wire.vcpus,
        disk_gb: small(wire.disk),
        regions: wire.regions.iter().map(Region::new).collect(),
        available: wire.available,
    };
    (SizeSlug::new(&wire.slug), size)
}

/// A firewall as found, its rules in their normal form.
pub fn firewall(wire: &Firewall) -> LiveFirewall {
    let mut inbound = Rules::default();
    for rule in &wire.inbound_rules {
        add(&mut inbound, (&rule.protocol, &rule.ports), &rule.sources);
    }
    let mut outbound = Rules::default();
    for rule in &wire.outbound_rules {
        add(&mut outbound, (&rule.protocol, &rule.ports), &rule.destinations);
    }
    LiveFirewall {
        id: wire.id.clone(),
        name: wire.name.clone(),
        tags: tags(&wire.tags),
        droplet_ids: wire.droplet_ids.iter().copied().collect(),
        inbound,
        outbound,
    }
}

/// Adds a rule; ports that are no ports become part of an unknown protocol's name.
fn add(rules: &mut Rules, (protocol, ports): (&str, &str), wire: &WirePeers) {
    if let Ok(ports) = ports.parse() {
        rules.add(named(protocol), ports, peers(wire));
    } else {
        let unknown = Protocol::Other(format!("{protocol} {ports}"));
        rules.add(unknown, Ports::ALL, peers(wire));
    }
}

fn named(protocol: &str) -> Protocol {
    match protocol {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "icmp" => Protocol::Icmp,
        other => Protocol::Other(other.to_owned()),
    }
}

fn peers(wire: &WirePeers) -> Peers {
    let mut peers = Peers { tags: tags(&wire.tags), ..Peers::default() };
    for address in &wire.addresses {
        if let Ok(range) = address.parse() {
            peers.ranges.insert(range);
        } else {
            peers.others.insert(address.clone());
        }
    }
    let droplets = wire.droplet_ids.iter().map(|id| format!("droplet {id}"));
    let balancers = wire.load_balancer_uids.iter().map(|id| format!("load balancer {id}"));
    let clusters = wire.kubernetes_ids.iter().map(|id| format!("cluster {id}"));
    peers.others.extend(droplets.chain(balancers).chain(clusters));
    peers
}

fn tags(wire: &[String]) -> BTreeSet<Tag> {
    wire.iter().map(Tag::new).collect()
}

/// Sizes in GiB and MiB are far below four thousand millions.
fn small(size: u64) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
