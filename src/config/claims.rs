//! Names that two things would have at once, and names that nothing has.

use std::collections::BTreeMap;

use crate::{
    config::{
        kinds::Component,
        reader::Reader,
        report::Diagnostic,
        sections::firewall::{INBOUND, OUTBOUND, Peer},
        source::Place,
        tree::{Entry, Node},
    },
    values::{ComponentName, DropletName, FirewallName, RecordName, VolumeName, meant_or_known},
};

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Claimed {
    Droplet,
    Volume,
    Firewall,
    Record,
}

impl Claimed {
    const fn word(self) -> &'static str {
        match self {
            Self::Droplet => "droplet",
            Self::Volume => "volume",
            Self::Firewall => "firewall",
            Self::Record => "record",
        }
    }

    /// What to do when two would have one name.
    fn way_out(self) -> String {
        match self {
            Self::Record => "a name in the domain points at one component".to_owned(),
            Self::Droplet | Self::Volume | Self::Firewall => {
                "give one of them a `name` of its own".to_owned()
            }
        }
    }

    /// What is wrong with a name that was put together from others, if anything is.
    fn broken(self, name: &str) -> Option<String> {
        let result = match self {
            Self::Droplet => DropletName::parse(name).map(drop),
            Self::Volume => VolumeName::parse(name).map(drop),
            Self::Firewall => FirewallName::parse(name).map(drop),
            Self::Record => RecordName::parse(name).map(drop),
        };
        result.err().map(|error| error.to_string())
    }
}

/// Tells names claimed twice, records without a domain, and peers that do not exist.
pub fn check(
    root: &Node,
    components: &BTreeMap<ComponentName, Component>,
    reader: &mut Reader<'_>,
) {
    let mut claims = Claims { taken: BTreeMap::new(), reader };
    for entry in root.get("components").map(Node::entries).unwrap_or_default() {
        let known = ComponentName::parse(&entry.key).ok().and_then(|name| components.get(&name));
        if let Some(component) = known {
            claims.component(entry, component);
        }
        if root.get("dns").is_none() {
            claims.records_without_domain(entry);
        }
        for rule in [INBOUND, OUTBOUND].iter().filter_map(|field| entry.value.get(field.name)) {
            claims.peers(rule, components);
        }
    }
}

/// The names taken so far, and where.
struct Claims<'a, 'b> {
    taken: BTreeMap<(Claimed, String), Place>,
    reader: &'a mut Reader<'b>,
}

impl Claims<'_, '_> {
    fn component(&mut self, entry: &Entry, component: &Component) {
        let Some(stack) = self.reader.stack.as_ref().map(ToString::to_string) else { return };
        let given = |section: &str| entry.value.get(section).and_then(|node| node.get("name"));
        let stem = format!("{stack}-{}", entry.key);
        let machine = given("droplet").and_then(Node::text).unwrap_or(&stem).to_owned();
        let disk = given("volume").and_then(Node::text);
        let droplet_place = given("droplet").map_or(entry.place, |node| node.place);
        let volume_place = given("volume").map_or(entry.place, |node| node.place);
        let numbers: Vec<String> = match component.count() {
            Some(count) => (1..=count).map(|number| format!("-{number}")).collect(),
            None => vec![String::new()],
        };
        for number in numbers {
            if component.droplet().is_some() {
                self.claim(Claimed::Droplet, &format!("{machine}{number}"), droplet_place);
            }
            if component.volume().is_some() {
                let name = match disk {
                    Some(disk) => format!("{disk}{number}"),
                    None => format!("{stem}{number}-data"),
                };
                self.claim(Claimed::Volume, &name, volume_place);
            }
        }
        // What shares a machine shares its firewall.
        if component.host().is_none() {
            let firewall = entry.value.get("name").and_then(Node::text).unwrap_or(&stem);
            let firewall_place = entry.value.get("name").map_or(entry.place, |node| node.place);
            self.claim(Claimed::Firewall, firewall, firewall_place);
        }
        for record in entry.value.get("records").map(Node::items).unwrap_or_default() {
            if let Some(name) = record.get("name").unwrap_or(record).text() {
                self.claim(Claimed::Record, name, record.place);
            }
        }
    }

    fn claim(&mut self, kind: Claimed, name: &str, place: Place) {
        if let Some(broken) = kind.broken(name) {
            return self.reader.mistake(place, broken);
        }
        // Host names have no case.
        let key = (kind, name.to_ascii_lowercase());
        match self.taken.get(&key) {
            Some(first) => self.reader.tell(
                Diagnostic::error(place, format!("two {}s would be called `{name}`", kind.word()))
                    .help(kind.way_out())
                    .also(*first, "the other one"),
            ),
            None => {
                self.taken.insert(key, place);
            }
        }
    }

    fn records_without_domain(&mut self, entry: &Entry) {
        let records = entry.value.get("records").filter(|records| !records.items().is_empty());
        if let Some(records) = records {
            let message = "records need a domain";
            let help = "add `dns: { domain: example.com }` to the stack".to_owned();
            self.reader.tell(Diagnostic::error(records.place, message).help(help));
        }
    }

    fn peers(&mut self, rules: &Node, components: &BTreeMap<ComponentName, Component>) {
        let ends =
            rules.items().iter().filter_map(|rule| rule.get("from").or_else(|| rule.get("to")));
        for end in ends.flat_map(Node::items) {
            let Some(name) = end.text().and_then(component_of) else { continue };
            match components.get(&name) {
                Some(component) if component.has_machine() => {}
                Some(_) => {
                    self.reader.mistake(end.place, format!("`{name}` has no machine"));
                }
                None => {
                    let machines = components.iter().filter(|(_, it)| it.has_machine());
                    let names = machines.map(|(name, _)| name.as_str()).chain(["anywhere", "vpc"]);
                    let help = meant_or_known(name.as_str(), names);
                    let message = format!("there is no component `{name}`");
                    self.reader.tell(Diagnostic::error(end.place, message).help(help));
                }
            }
        }
    }
}

/// The component that an end of a rule names, if it names one.
fn component_of(text: &str) -> Option<ComponentName> {
    match Peer::parse(text) {
        Ok(Peer::Component(name)) => Some(name),
        Ok(Peer::Anywhere | Peer::Vpc | Peer::Range(_)) | Err(_) => None,
    }
}
