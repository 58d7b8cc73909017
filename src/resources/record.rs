//! Address records, each beside a TXT record that carries the stack's mark.

use std::net::IpAddr;

use serde::Serialize;

use crate::{
    resources::{Effect, FieldChange},
    values::{Address, DomainName, RecordName},
};

/// An A record that is to point at a droplet or its reserved IP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The domain it belongs to.
    pub domain: DomainName,
    /// Its name relative to the domain.
    pub name: RecordName,
    /// The droplet or reserved IP whose address it holds.
    pub target: Address,
    /// Seconds.
    pub ttl: u32,
    /// The text of the TXT record beside it.
    pub mark: String,
}

/// An A record of ours that was found, or the mark that announces one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveRecord {
    /// The domain it belongs to.
    pub domain: DomainName,
    /// Its name relative to the domain.
    pub name: String,
    /// The id of the A record; none when only its mark is there.
    pub id: Option<u64>,
    /// The id of the TXT record with the mark.
    pub mark_id: u64,
    /// That record's text.
    pub mark: String,
    /// The address it holds.
    pub data: String,
    /// Seconds.
    pub ttl: u32,
}

impl Record {
    /// The full name, as `app.example.com`.
    pub fn fqdn(&self) -> String {
        fqdn(self.name.as_str(), &self.domain)
    }

    /// The name of the TXT record with the mark: `_dostack.<name>`, `_dostack` for `@`.
    pub fn mark_name(&self) -> String {
        mark_name(self.name.as_str())
    }

    /// The fields that differ; the target's address may not be known yet.
    pub fn diff(&self, live: &LiveRecord, address: Option<IpAddr>) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        let wanted = address.map(|address| address.to_string());
        if wanted.as_ref() != Some(&live.data) {
            let after = wanted.unwrap_or_else(|| format!("(address of {})", self.target));
            changes.push(FieldChange::new("data", &live.data, &after, Effect::InPlace));
        }
        if !live.mark.eq_ignore_ascii_case(&self.mark) {
            changes.push(FieldChange::new("mark", &live.mark, &self.mark, Effect::InPlace));
        }
        if live.ttl != self.ttl {
            changes.push(FieldChange::new("ttl", &live.ttl, &self.ttl, Effect::InPlace));
        }
        changes
    }
}

impl LiveRecord {
    /// The full name, as `app.example.com`.
    pub fn fqdn(&self) -> String {
        fqdn(&self.name, &self.domain)
    }
}

fn fqdn(name: &str, domain: &DomainName) -> String {
    match name {
        "@" => domain.to_string(),
        name => format!("{name}.{domain}"),
    }
}

/// The name of the TXT record that marks a record of this name.
pub fn mark_name(name: &str) -> String {
    match name {
        "@" => "_dostack".to_owned(),
        // A wildcard label may only stand first, so the mark spells it.
        name => format!("_dostack.{}", name.replace('*', "_any")),
    }
}
