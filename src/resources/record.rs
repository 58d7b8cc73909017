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
    /// What becomes of a record of that name that is not the stack's.
    pub if_taken: IfTaken,
}

/// What becomes of a record that has a wanted name and is not the stack's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IfTaken {
    /// It stays, and the plan is refused.
    Refuse,
    /// It is taken over, and gets back what it held when it is released.
    Adopt,
}

/// What an address record held before it was adopted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Former {
    /// The address.
    pub data: String,
    /// Seconds.
    pub ttl: u32,
}

/// An address record with a name of its own that is not the stack's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stranger {
    /// Its id.
    pub id: u64,
    /// What it holds.
    pub held: Former,
    /// The other stack whose mark is beside it.
    pub stack: Option<String>,
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
    /// That record's mark.
    pub mark: String,
    /// What the record held before it was adopted, if it was: kept in that text too.
    pub was: Option<Former>,
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

/// The text of a TXT record: a mark and, of a record that was adopted, what it held before.
pub fn mark_text(mark: &str, was: Option<&Former>) -> String {
    match was {
        Some(Former { data, ttl }) => format!("{mark} was {data} {ttl}"),
        None => mark.to_owned(),
    }
}

/// Reads a text that [`mark_text`] wrote.
pub fn read_mark(text: &str) -> (&str, Option<Former>) {
    let Some((mark, was)) = text.split_once(" was ") else { return (text, None) };
    let former = was.split_once(' ').and_then(|(data, ttl)| {
        Some(Former { data: data.to_owned(), ttl: ttl.trim().parse().ok()? })
    });
    (mark, former)
}

/// The name of the TXT record that marks a record of this name.
pub fn mark_name(name: &str) -> String {
    match name {
        "@" => "_dostack".to_owned(),
        // A wildcard label may only stand first, so the mark spells it.
        name => format!("_dostack.{}", name.replace('*', "_any")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Former, mark_text, read_mark};

    #[test]
    fn what_a_record_held_reads_back_from_its_mark() {
        let former = Former { data: "203.0.113.9".to_owned(), ttl: 300 };
        let text = mark_text("dostack:core:app:record-app", Some(&former));
        assert_eq!(text, "dostack:core:app:record-app was 203.0.113.9 300");
        assert_eq!(read_mark(&text), ("dostack:core:app:record-app", Some(former)));
        assert_eq!(read_mark("dostack:core:app"), ("dostack:core:app", None));
    }
}
