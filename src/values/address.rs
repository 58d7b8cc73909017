//! Addresses: what a thing is called inside its stack.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::values::{ComponentName, RecordName};

/// Who a thing belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The stack as a whole.
    Stack,
    /// A component, or one numbered instance of it.
    Component {
        /// The component's name in the stack file.
        name: ComponentName,
        /// From 1, where the component has a `count`.
        instance: Option<u16>,
    },
}

/// Which of its owner's things.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The thing itself: a component's droplet, or a `NetworkFirewall`'s firewall.
    Main,
    /// The machine that another one replaces.
    Former,
    /// A tag that a firewall targets.
    Tag,
    /// Tags that nothing carries any more.
    Tags,
    /// The private network.
    Vpc,
    /// An SSH key, told apart by its fingerprint's first digits.
    Key(String),
    /// The marks of a machine that is taken in, by which firewalls cover it.
    Marks,
    /// The data volume.
    Volume,
    /// The volume's place on its droplet.
    Attachment,
    /// The reserved IP of the droplet.
    ReservedIp,
    /// A snapshot of a volume or droplet, by its id.
    Snapshot(String),
    /// The firewall of a component that has a droplet.
    Firewall,
    /// The domain.
    Domain,
    /// The project.
    Project,
    /// What is put into the project.
    Members,
    /// An alert policy, by its name.
    Alert(String),
    /// A record of the domain.
    Record(RecordName),
}

/// `component[-n][:part]`, as `vector`, `vector:volume`, `workers-2`; `stack:vpc` for shared things.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    owner: Owner,
    part: Part,
}

/// A text that is no address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no address: write `component`, `component-2` or `component:part`")]
pub struct AddressError(pub String);

impl Address {
    /// Something of the stack as a whole.
    pub const fn stack(part: Part) -> Self {
        Self { owner: Owner::Stack, part }
    }

    /// A component itself.
    pub const fn component(name: ComponentName) -> Self {
        Self { owner: Owner::Component { name, instance: None }, part: Part::Main }
    }

    /// One numbered instance of a component, from 1.
    pub const fn instance(name: ComponentName, number: u16) -> Self {
        Self { owner: Owner::Component { name, instance: Some(number) }, part: Part::Main }
    }

    /// Another part of the same owner.
    pub fn part(&self, part: Part) -> Self {
        Self { owner: self.owner.clone(), part }
    }

    /// The same thing of a component that has another name.
    pub fn renamed(&self, name: ComponentName) -> Self {
        let instance = match self.owner {
            Owner::Stack => None,
            Owner::Component { instance, .. } => instance,
        };
        Self { owner: Owner::Component { name, instance }, part: self.part.clone() }
    }

    /// Who it belongs to.
    pub const fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Which of its owner's things it is.
    pub const fn which(&self) -> &Part {
        &self.part
    }

    /// The component it belongs to, if it belongs to one.
    pub const fn component_name(&self) -> Option<&ComponentName> {
        match &self.owner {
            Owner::Stack => None,
            Owner::Component { name, .. } => Some(name),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stack => out.write_str("stack"),
            Self::Component { name, instance: None } => write!(out, "{name}"),
            Self::Component { name, instance: Some(number) } => write!(out, "{name}-{number}"),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Main => Ok(()),
            Self::Former => out.write_str("former"),
            Self::Tag => out.write_str("tag"),
            Self::Tags => out.write_str("tags"),
            Self::Vpc => out.write_str("vpc"),
            Self::Key(short) => write!(out, "key-{short}"),
            Self::Marks => out.write_str("marks"),
            Self::Volume => out.write_str("volume"),
            Self::Attachment => out.write_str("attachment"),
            Self::ReservedIp => out.write_str("ip"),
            Self::Snapshot(id) => write!(out, "snapshot-{id}"),
            Self::Firewall => out.write_str("firewall"),
            Self::Domain => out.write_str("domain"),
            Self::Project => out.write_str("project"),
            Self::Members => out.write_str("members"),
            Self::Alert(name) => write!(out, "alert-{name}"),
            Self::Record(name) => write!(out, "record-{name}"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.part == Part::Main {
            self.owner.to_string()
        } else {
            format!("{}:{}", self.owner, self.part)
        };
        out.pad(&text)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (owner, part) = match text.split_once(':') {
            Some((owner, part)) => (owner, parse_part(part)),
            None => (text, Some(Part::Main)),
        };
        match (parse_owner(owner), part) {
            (Some(Owner::Stack), Some(Part::Main)) | (None, _) | (_, None) => {
                Err(AddressError(text.to_owned()))
            }
            (Some(owner), Some(part)) => Ok(Self { owner, part }),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

fn parse_owner(text: &str) -> Option<Owner> {
    if text == "stack" {
        return Some(Owner::Stack);
    }
    if let Ok(name) = ComponentName::parse(text) {
        return Some(Owner::Component { name, instance: None });
    }
    let (name, number) = text.rsplit_once('-')?;
    let number = number.parse().ok().filter(|parsed: &u16| parsed.to_string() == number)?;
    let name = ComponentName::parse(name).ok()?;
    Some(Owner::Component { name, instance: Some(number) })
}

fn parse_part(text: &str) -> Option<Part> {
    match text {
        "former" => Some(Part::Former),
        "tag" => Some(Part::Tag),
        "tags" => Some(Part::Tags),
        "vpc" => Some(Part::Vpc),
        "marks" => Some(Part::Marks),
        "volume" => Some(Part::Volume),
        "attachment" => Some(Part::Attachment),
        "ip" => Some(Part::ReservedIp),
        "firewall" => Some(Part::Firewall),
        "domain" => Some(Part::Domain),
        "project" => Some(Part::Project),
        "members" => Some(Part::Members),
        _ => match text.split_once('-')? {
            ("alert", name) if !name.is_empty() => Some(Part::Alert(name.to_owned())),
            ("key", short) => Some(Part::Key(short.to_owned())),
            ("snapshot", id) if !id.is_empty() => Some(Part::Snapshot(id.to_owned())),
            ("record", name) => RecordName::parse(name).ok().map(Part::Record),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn addresses_read_back_as_they_print() {
        for text in [
            "vector",
            "vector:volume",
            "vector:marks",
            "workers-2",
            "workers-12:tag",
            "workers-12:former",
            "workers-2:ip",
            "vector:snapshot-123456",
            "stack:vpc",
            "stack:key-0123abcd",
            "stack:project",
            "app:alert-disk-full",
            "stack:members",
            "app:record-@",
            "app:record-admin.eu",
            "a-b:firewall",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "stack", "Vector", "a:", "a:disk", "a:record-", "workers-02", "a:b:c"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn instances_come_in_the_order_of_their_numbers() {
        let mut sorted: Vec<Address> =
            ["w-10", "w-2", "stack:vpc", "a"].map(|text| text.parse().unwrap()).into();
        sorted.sort();
        let texts: Vec<String> = sorted.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["stack:vpc", "a", "w-2", "w-10"]);
    }
}
