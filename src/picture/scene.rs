//! What is in the picture, in words: a network, and a row for each machine or group of alike ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    components::Wanted,
    picture::Lives,
    resources::{
        Catalog, Droplet, Firewall, LiveBackups, Peers, Protocol, Record, Resource, Volume, Vpc,
    },
    values::{Address, Cidr, Mark, Money, Owner, Part, SizeSlug, Tag},
};

/// The most rules of a firewall that are shown.
const MOST_RULES: usize = 8;

/// The most ports in a line.
const MOST_PORTS: usize = 4;

/// The most records of a machine that are shown.
const MOST_RECORDS: usize = 6;

/// A whole stack.
pub struct Scene {
    /// The stack's name.
    pub title: String,
    /// The project it is shown in.
    pub project: Option<String>,
    /// The private network, and what of it is worth a line.
    pub network: Option<(String, String)>,
    /// Firewalls over every machine.
    pub shared: Vec<Wall>,
    /// The machines.
    pub rows: Vec<Row>,
    /// What the month costs, if every price is known.
    pub monthly: Option<Money>,
}

/// A machine, or several alike, with what belongs to it.
pub struct Row {
    /// Names that point at it, and before them its reserved IP.
    pub records: Vec<String>,
    /// The firewall it has of its own.
    pub wall: Option<Wall>,
    /// The machine.
    pub machine: Machine,
    /// Its data: that of each component that is on it.
    pub volumes: Vec<Disk>,
}

/// A firewall and what it lets in.
pub struct Wall {
    /// Its name.
    pub name: String,
    /// A line for each kind of peer.
    pub rules: Vec<String>,
}

/// One or several machines.
pub struct Machine {
    /// Its name; of several, the first and the last.
    pub name: String,
    /// How many there are.
    pub count: usize,
    /// Its size's slug.
    pub size: String,
    /// What that size has, where it is known.
    pub spec: Option<String>,
    /// What all of them cost a month, where it is known.
    pub monthly: Option<Money>,
    /// What else is told of it: the alert policies that watch it, and how it is.
    pub lines: Vec<String>,
    /// Whether all of them are as they should be.
    pub is_well: bool,
}

/// A component's volume, or those of several machines alike.
pub struct Disk {
    /// Its name.
    pub name: String,
    /// How large it is.
    pub size: String,
    /// What all of them cost a month.
    pub monthly: Money,
}

impl Scene {
    /// What a stack wants, as a scene.
    pub fn of((wanted, mark): (&Wanted, &Mark), catalog: &Catalog, lives: &Lives) -> Self {
        let looking = Looking { wanted, mark, catalog, lives };
        let rows: Vec<Row> = looking.groups().iter().map(|group| looking.row(group)).collect();
        let monthly = rows.iter().map(Row::monthly).sum();
        Self {
            title: mark.stack().to_string(),
            project: looking.project(),
            network: looking.network(),
            shared: looking.shared(),
            rows,
            monthly,
        }
    }
}

impl Row {
    fn monthly(&self) -> Option<Money> {
        let data: Money = self.volumes.iter().map(|volume| volume.monthly).sum();
        self.machine.monthly.map(|machine| machine + data)
    }
}

/// Whoever looks at a stack to draw it.
struct Looking<'a> {
    wanted: &'a Wanted,
    mark: &'a Mark,
    catalog: &'a Catalog,
    lives: &'a Lives,
}

/// The machines of one component.
type Group<'a> = Vec<(&'a Address, &'a Droplet)>;

impl<'a> Looking<'a> {
    fn groups(&self) -> Vec<Group<'a>> {
        let mut groups: BTreeMap<String, Group<'a>> = BTreeMap::new();
        for (address, node) in self.wanted.iter() {
            let Some(droplet) = node.value.as_droplet() else { continue };
            let component = match address.owner() {
                Owner::Component { name, .. } => name.to_string(),
                Owner::Stack => String::new(),
            };
            groups.entry(component).or_default().push((address, droplet));
        }
        groups.into_values().collect()
    }

    fn row(&self, group: &Group<'a>) -> Row {
        Row {
            records: self.reserved(group).into_iter().chain(self.records(group)).collect(),
            wall: self
                .walls(|wall| covers(wall, group) && !self.is_shared(wall))
                .into_iter()
                .next(),
            machine: self.machine(group),
            volumes: self.volumes(group),
        }
    }

    fn machine(&self, group: &Group<'a>) -> Machine {
        let names: Vec<String> =
            group.iter().map(|(_, droplet)| droplet.name.to_string()).collect();
        let slugs: Vec<&SizeSlug> = group.iter().map(|one| self.size(one)).collect();
        let sizes: BTreeSet<&str> = slugs.iter().map(|slug| slug.as_str()).collect();
        let known: Option<Vec<_>> = slugs.iter().map(|slug| self.catalog.size(slug)).collect();
        let spec = known.as_ref().and_then(|sizes| sizes.first()).map(|size| {
            format!("{} vCPU · {} GB · {} GB disk", size.vcpus, size.memory_mb / 1024, size.disk_gb)
        });
        Machine {
            name: span(&names),
            count: names.len(),
            size: sizes.into_iter().collect::<Vec<_>>().join(", "),
            spec,
            monthly: known.map(|sizes| {
                let prices = sizes.iter().map(|size| size.monthly);
                prices.zip(group).map(|(price, (_, droplet))| backed_up(droplet, price)).sum()
            }),
            lines: self.alerts(group).into_iter().chain(self.told(group)).collect(),
            is_well: group.iter().all(|(address, _)| self.is_well(address)),
        }
    }

    /// The size a machine has, or is to have.
    fn size(&self, (address, droplet): &(&'a Address, &'a Droplet)) -> &'a SizeSlug {
        self.lives.get(address).map_or(&droplet.size, |live| &live.size)
    }

    /// One that is not there is yet to come.
    fn is_well(&self, address: &Address) -> bool {
        self.lives.get(address).is_none_or(|live| live.is_well)
    }

    /// How the machines are; of one alone its readings too.
    fn told(&self, group: &Group<'a>) -> Vec<String> {
        let lives = group.iter().filter_map(|(address, _)| self.lives.get(address));
        let lives: Vec<_> = lives.collect();
        if let ([live], [_]) = (lives.as_slice(), group.as_slice()) {
            return [&live.state].into_iter().chain(&live.readings).cloned().collect();
        }
        let mut states: BTreeMap<&str, usize> = BTreeMap::new();
        for live in &lives {
            *states.entry(&live.state).or_default() += 1;
        }
        let states: Vec<String> =
            states.into_iter().map(|(state, count)| format!("{count} {state}")).collect();
        if states.is_empty() { Vec::new() } else { vec![states.join(", ")] }
    }

    fn alerts(&self, group: &Group<'a>) -> Option<String> {
        let component = group.first()?.0.component_name();
        let own = self.wanted.iter().filter(|(address, _)| address.component_name() == component);
        let names = own.filter_map(|(address, _)| {
            let Part::Alert(name) = address.which() else { return None };
            Some(name.as_str())
        });
        let names: Vec<&str> = names.collect();
        (!names.is_empty()).then(|| format!("alerts: {}", names.join(", ")))
    }

    fn reserved(&self, group: &Group<'a>) -> Option<String> {
        let has_one =
            |address: &Address| self.wanted.get(&address.part(Part::ReservedIp)).is_some();
        match group.iter().filter(|(address, _)| has_one(address)).count() {
            0 => None,
            1 => Some("reserved IP".to_owned()),
            count => Some(format!("{count} reserved IPs")),
        }
    }

    fn project(&self) -> Option<String> {
        let project = &self.wanted.get(&Address::stack(Part::Project))?.value;
        let Resource::Project(project) = project else { return None };
        Some(project.name.to_string())
    }

    fn volumes(&self, group: &Group<'a>) -> Vec<Disk> {
        let mut by_component: BTreeMap<_, Vec<&Volume>> = BTreeMap::new();
        for address in group.iter().flat_map(|(_, droplet)| &droplet.volumes) {
            if let Some(Resource::Volume(volume)) = self.wanted.get(address).map(|it| &it.value) {
                by_component.entry(address.component_name()).or_default().push(volume);
            }
        }
        let disk = |disks: &Vec<&Volume>| {
            let names: Vec<String> = disks.iter().map(|volume| volume.name.to_string()).collect();
            Disk {
                name: span(&names),
                size: sizes(disks),
                monthly: disks.iter().map(|volume| volume.monthly()).sum(),
            }
        };
        by_component.values().map(disk).collect()
    }

    fn records(&self, group: &Group<'a>) -> Vec<String> {
        let mut names: Vec<String> = self
            .wanted
            .iter()
            .filter_map(|(_, node)| {
                let Resource::Record(record) = &node.value else { return None };
                Some(record)
            })
            .filter(|record| {
                group.iter().any(|(address, _)| record.target.owner() == address.owner())
            })
            .map(Record::fqdn)
            .collect();
        shorten(&mut names, MOST_RECORDS);
        names
    }

    fn vpc(&self) -> Option<&Vpc> {
        self.wanted.iter().find_map(|(_, node)| {
            let Resource::Vpc(vpc) = &node.value else { return None };
            Some(vpc)
        })
    }

    fn network(&self) -> Option<(String, String)> {
        let vpc = self.vpc()?;
        let range = vpc.ip_range.map(|range| format!("{range} in ")).unwrap_or_default();
        Some((vpc.name.to_string(), format!("{range}{}", vpc.region)))
    }

    fn shared(&self) -> Vec<Wall> {
        self.walls(|wall| self.is_shared(wall))
    }

    fn is_shared(&self, wall: &Firewall) -> bool {
        wall.tags.contains(&self.mark.stack_tag())
    }

    fn walls(&self, is_meant: impl Fn(&Firewall) -> bool) -> Vec<Wall> {
        let walls = self.wanted.iter().filter_map(|(_, node)| node.value.as_firewall());
        walls.filter(|wall| is_meant(wall)).map(|wall| self.wall(wall)).collect()
    }

    fn wall(&self, wall: &Firewall) -> Wall {
        let mut by_peers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (protocol, ports, peers) in wall.inbound.iter() {
            let ports = match protocol {
                Protocol::Tcp => ports.to_string(),
                Protocol::Icmp => "icmp".to_owned(),
                Protocol::Udp | Protocol::Other(_) => format!("{protocol} {ports}"),
            };
            by_peers.entry(self.peers(peers)).or_default().push(ports);
        }
        let rule = |(peers, ports): (String, Vec<String>)| {
            let many = ports.chunks(MOST_PORTS).map(|ports| ports.join(", "));
            many.map(|ports| format!("{ports} from {peers}")).collect::<Vec<_>>()
        };
        let mut rules: Vec<String> = by_peers.into_iter().flat_map(rule).collect();
        shorten(&mut rules, MOST_RULES);
        Wall { name: wall.name.to_string(), rules }
    }

    /// The other ends of a rule, short.
    fn peers(&self, peers: &Peers) -> String {
        let everyone = peers.ranges.is_superset(&BTreeSet::from(Cidr::anywhere()));
        let mut words = Vec::new();
        if everyone {
            words.push("anywhere".to_owned());
        } else {
            let own = self.vpc().and_then(|vpc| vpc.ip_range);
            let word = |range: &Cidr| {
                if own == Some(*range) { "the network".to_owned() } else { range.to_string() }
            };
            words.extend(peers.ranges.iter().map(word));
        }
        words.extend(peers.tags.iter().map(|tag| self.tag(tag)));
        match words.len() + peers.others.len() {
            0 => "nowhere".to_owned(),
            count @ 3.. => format!("{count} places"),
            _ => {
                words.into_iter().chain(peers.others.iter().cloned()).collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// Whose tag it is, if it is one of the stack's.
    fn tag(&self, tag: &Tag) -> String {
        match self.mark.address_among([tag]) {
            Some(address) => address.owner().to_string(),
            None if *tag == self.mark.stack_tag() => "the stack".to_owned(),
            None => format!("tag {tag}"),
        }
    }
}

/// What a machine costs with its backups.
fn backed_up(droplet: &Droplet, price: Money) -> Money {
    price + droplet.backups.after(LiveBackups::Off).surcharge(price)
}

/// How large volumes are: once where all are alike.
fn sizes(disks: &[&Volume]) -> String {
    let all: BTreeSet<u32> = disks.iter().map(|volume| volume.size_gb).collect();
    let words: Vec<String> = all.iter().map(|size| format!("{size} GiB")).collect();
    words.join(", ")
}

fn covers(wall: &Firewall, group: &Group<'_>) -> bool {
    group.iter().any(|(_, droplet)| !wall.tags.is_disjoint(&droplet.tags))
}

/// Several names as one: the first and the last.
fn span(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first, .., last] => format!("{first} … {last}"),
    }
}

/// Leaves the first lines, and counts the rest.
fn shorten(lines: &mut Vec<String>, most: usize) {
    if lines.len() > most {
        let rest = lines.len() - (most - 1);
        lines.truncate(most - 1);
        lines.push(format!("and {rest} more"));
    }
}
