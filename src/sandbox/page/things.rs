//! What exists, a section for every kind that there is any of.

use serde::Serialize;

use crate::sandbox::{
    catalog::{ImageKind, ImageStatus},
    droplets::{self, Droplet, Power},
    page::{Look, Tone},
    price::Price,
    records::{Record, RecordType},
    volumes::Volume,
    world::World,
};

/// How many things of a kind are shown.
const SHOWN: usize = 100;

/// The things of a kind.
#[derive(Debug, Serialize)]
pub struct Section {
    id: &'static str,
    title: &'static str,
    count: usize,
    monthly: Option<String>,
    rows: Vec<Row>,
    /// How many are not shown; none if all are.
    hidden: Option<usize>,
    /// What they cost together.
    #[serde(skip)]
    pub price: Price,
}

/// One thing.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    state: Option<Look>,
    monthly: Option<String>,
    details: Vec<String>,
    #[serde(skip)]
    price: Price,
}

impl Row {
    fn new(name: impl Into<String>, details: impl IntoIterator<Item = String>) -> Self {
        let details = details.into_iter().filter(|detail| !detail.is_empty()).collect();
        Self { name: name.into(), state: None, monthly: None, details, price: Price::default() }
    }

    fn at(self, price: Price) -> Self {
        Self { price, monthly: price.text_unless_free(), ..self }
    }

    fn with_state(self, state: Look) -> Self {
        Self { state: Some(state), ..self }
    }
}

impl Section {
    fn new(id: &'static str, title: &'static str, mut rows: Vec<Row>) -> Option<Self> {
        let price: Price = rows.iter().map(|row| row.price).sum();
        let count = rows.len();
        rows.truncate(SHOWN);
        let hidden = Some(count - rows.len()).filter(|hidden| *hidden > 0);
        let monthly = price.text_unless_free();
        (count > 0).then_some(Self { id, title, count, monthly, rows, hidden, price })
    }
}

/// Every kind that there is any of, the costly ones first.
pub fn sections(world: &World) -> Vec<Section> {
    [
        Section::new("droplets", "Droplets", droplets(world)),
        Section::new("volumes", "Volumes", volumes(world)),
        Section::new("snapshots", "Snapshots", snapshots(world)),
        Section::new("reserved-ips", "Reserved IPs", reserved_ips(world)),
        Section::new("firewalls", "Firewalls", firewalls(world)),
        Section::new("networks", "Networks", networks(world)),
        Section::new("domains", "Domains", domains(world)),
        Section::new("projects", "Projects", projects(world)),
        Section::new("alerts", "Alert policies", alerts(world)),
        Section::new("keys", "SSH keys", keys(world)),
        Section::new("tags", "Tags", tags(world)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn droplets(world: &World) -> Vec<Row> {
    let row = |droplet: &Droplet| {
        let public = droplets::public_address(droplet).map(|address| address.to_string());
        let details = [
            droplet.size.clone(),
            droplet.region.clone(),
            public.unwrap_or_default(),
            droplet.addresses.private.to_string(),
            droplet.id.to_string(),
        ];
        Row::new(&droplet.name, details)
            .at(Price::of_droplet(droplet))
            .with_state(droplet_state(world, droplet))
    };
    world.droplets.values().map(row).collect()
}

fn droplet_state(world: &World, droplet: &Droplet) -> Look {
    busy(world, droplet.busy).unwrap_or_else(|| match droplet.power {
        Power::Active => Look { word: "active".to_owned(), tone: Tone::Good },
        Power::New => Look { word: "new".to_owned(), tone: Tone::Busy },
        Power::Off => Look { word: "off".to_owned(), tone: Tone::Off },
    })
}

/// What an action is doing with a thing, if one is.
fn busy(world: &World, action: Option<u64>) -> Option<Look> {
    let action = world.actions.get(&action?)?;
    Some(Look { word: action.kind.replace('_', " "), tone: Tone::Busy })
}

fn volumes(world: &World) -> Vec<Row> {
    let row = |volume: &Volume| {
        let holder = volume.droplet.and_then(|id| world.droplets.get(&id));
        let holder = holder.map_or("on nothing".to_owned(), |it| format!("on {}", it.name));
        let size = format!("{} GiB", volume.size_gigabytes);
        let row = Row::new(&volume.name, [size, volume.region.clone(), holder])
            .at(Price::of_volume(volume));
        match busy(world, volume.busy) {
            Some(state) => row.with_state(state),
            None => row,
        }
    };
    world.volumes.values().map(row).collect()
}

fn snapshots(world: &World) -> Vec<Row> {
    let of_volumes = world.volume_snapshots.values().map(|snapshot| {
        let source = world.volumes.get(&snapshot.volume);
        let source = source.map_or("a volume that is gone", |volume| volume.name.as_str());
        let details = [format!("{} GiB", snapshot.min_disk_size), format!("of {source}")];
        Row::new(&snapshot.name, details).at(Price::of_snapshot(snapshot))
    });
    let own = world.images.values().filter(|image| {
        image.kind == ImageKind::Snapshot && image.status == ImageStatus::Available
    });
    let of_droplets = own.map(|image| {
        let source = image.droplet.and_then(|id| world.droplets.get(&id));
        let source = source.map_or("a droplet that is gone", |droplet| droplet.name.as_str());
        let details = [format!("{:.2} GiB", image.size_gigabytes), format!("of {source}")];
        Row::new(&image.name, details).at(Price::of_image(image))
    });
    of_volumes.chain(of_droplets).collect()
}

fn reserved_ips(world: &World) -> Vec<Row> {
    let all = world.reserved_ips.values().map(|address| {
        let holder = address.droplet.and_then(|id| world.droplets.get(&id));
        let holder = holder.map_or("on nothing".to_owned(), |it| format!("on {}", it.name));
        let row = Row::new(address.ip.to_string(), [address.region.clone(), holder])
            .at(Price::of_address(address));
        match busy(world, address.busy) {
            Some(state) => row.with_state(state),
            None => row,
        }
    });
    all.collect()
}

fn firewalls(world: &World) -> Vec<Row> {
    let all = world.firewalls.values().map(|firewall| {
        let covered = counted(firewall.covered.len(), "droplet");
        Row::new(&firewall.name, [format!("over {covered}"), firewall.tags.join(", ")])
    });
    all.collect()
}

/// All but the defaults that every region comes with.
fn networks(world: &World) -> Vec<Row> {
    let own = world.vpcs.values().filter(|vpc| !vpc.default);
    let row = own.map(|vpc| {
        let members = counted(vpc.members.len(), "droplet");
        Row::new(&vpc.name, [vpc.ip_range.to_string(), vpc.region.clone(), members])
    });
    row.collect()
}

/// With the records that somebody made, not those every domain comes with.
fn domains(world: &World) -> Vec<Row> {
    let is_own = |record: &&Record| !matches!(record.r#type, RecordType::Ns | RecordType::Soa);
    let text = |record: &Record| {
        let Record { r#type, name, data, .. } = record;
        format!("{} {name} {data}", r#type.name())
    };
    let all = world
        .domains
        .values()
        .map(|domain| Row::new(&domain.name, domain.records.values().filter(is_own).map(text)));
    all.collect()
}

/// All but the default, which every account has.
fn projects(world: &World) -> Vec<Row> {
    let own = world.projects.values().filter(|project| !project.default);
    own.map(|project| Row::new(&project.name, [project.purpose.clone()])).collect()
}

fn alerts(world: &World) -> Vec<Row> {
    let all = world.alerts.values();
    all.map(|policy| Row::new(&policy.terms.description, [policy.terms.r#type.clone()])).collect()
}

fn keys(world: &World) -> Vec<Row> {
    world.keys.values().map(|key| Row::new(&key.name, [key.fingerprint.clone()])).collect()
}

fn tags(world: &World) -> Vec<Row> {
    let all = world.tags.values();
    all.map(|tag| Row::new(&tag.name, [counted(tag.members.len(), "thing")])).collect()
}

fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
