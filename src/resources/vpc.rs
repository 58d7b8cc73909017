//! Private networks.

use serde::Serialize;

use crate::{
    resources::{Adopt, Effect, FieldChange},
    values::{Cidr, Region, VpcName},
};

/// A private network that is to exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Vpc {
    /// Unique in the account.
    pub name: VpcName,
    /// Where it is.
    pub region: Region,
    /// Its addresses; an adopted one may be taken as it is.
    pub ip_range: Option<Cidr>,
    /// The stack's mark, kept in the description.
    pub mark: String,
    /// An existing network that the file would rather live in.
    pub adopt: Option<Adopt>,
}

/// A private network that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveVpc {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub region: Region,
    /// Its addresses, if the API's text could be read as a range.
    pub ip_range: Option<Cidr>,
    /// Its description, which holds the mark.
    pub description: String,
    /// Whether it is its region's default, which cannot be deleted.
    pub default: bool,
}

impl Vpc {
    /// The fields that differ.
    pub fn diff(&self, live: &LiveVpc) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        if live.name != self.name.as_str() {
            changes.push(FieldChange::new("name", &live.name, &self.name, Effect::InPlace));
        }
        if live.region != self.region {
            changes.push(FieldChange::new("region", &live.region, &self.region, Effect::Replace));
        }
        if let Some(range) = self.ip_range.filter(|range| live.ip_range != Some(*range)) {
            let before =
                live.ip_range.map_or_else(|| "unknown".to_owned(), |range| range.to_string());
            changes.push(FieldChange::new("ip_range", &before, &range, Effect::Replace));
        }
        changes
    }
}
