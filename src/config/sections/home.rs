//! `droplet` or `on`: the machine a component's software runs on.

use crate::{
    config::{
        reader::Reader,
        report::Diagnostic,
        sections::droplet::{self, DropletSpec},
        shape::{Field, Need, Shape, optional},
        tree::Node,
    },
    values::ComponentName,
};

/// The machine a component's software runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// One of its own.
    Own(Box<DropletSpec>),
    /// The one of another component.
    On(ComponentName),
}

/// The machine, of a component that may share another's.
pub const DROPLET: Field = Field { need: Need::Unless(ON.name), ..droplet::FIELD };

/// The component whose machine it shares.
pub const ON: Field = optional(
    "on",
    &Shape::Text,
    "The component whose machine it shares, instead of a `droplet` of its own.",
);

/// A field that is about a machine, and so stands in the component that has one.
pub const fn of_machine(field: Field) -> Field {
    Field { need: Need::Without(ON.name), ..field }
}

/// Reads the two fields of a component, whose fields these are.
pub fn read(fields: &[Field], component: &Node, reader: &mut Reader<'_>) -> Option<Home> {
    let Some(on) = component.get(ON.name) else {
        return droplet::read(component, reader).map(|own| Home::Own(Box::new(own)));
    };
    let host = reader.parse(Some(on), ComponentName::parse)?;
    if let Some(entry) = component.entry(DROPLET.name) {
        let message = "give `droplet` or `on`, not both";
        let help = format!(
            "without `droplet` it shares the machine of `{host}`, which keeps its backups and all else of it there; without `on` it has a machine of its own"
        );
        let both = Diagnostic::error(entry.place, message).help(help);
        reader.tell(both.also(on.place, "here it shares one"));
    }
    let of_machines = fields.iter().filter(|field| field.need == Need::Without(ON.name));
    for entry in of_machines.filter_map(|field| component.entry(field.name)) {
        let message = format!("`{}` cannot be used with `on`: it means a machine", entry.key);
        let help = format!("write it in `{host}`, whose machine it is");
        reader.tell(
            Diagnostic::error(entry.place, message).help(help).also(on.place, "it shares one"),
        );
    }
    Some(Home::On(host))
}

impl Home {
    /// The machine, if it is its own.
    pub fn own(&self) -> Option<&DropletSpec> {
        match self {
            Self::Own(droplet) => Some(droplet),
            Self::On(_) => None,
        }
    }

    /// The machine, if it is its own, to be changed.
    #[cfg(test)]
    pub fn own_mut(&mut self) -> Option<&mut DropletSpec> {
        match self {
            Self::Own(droplet) => Some(droplet),
            Self::On(_) => None,
        }
    }

    /// The component whose machine it shares, if it does.
    pub const fn host(&self) -> Option<&ComponentName> {
        match self {
            Self::Own(_) => None,
            Self::On(host) => Some(host),
        }
    }
}
