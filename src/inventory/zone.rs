//! The records of a domain: ours by the mark beside them, and the others.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    digitalocean::records::Record,
    inventory::Zone,
    resources::{LiveRecord, mark_name},
    values::{Address, DomainName, Mark, Part},
};

/// Sorts a domain's records; `None` is a domain the account does not serve.
pub fn zone(domain: &DomainName, records: Option<&[Record]>, mark: &Mark) -> Zone {
    let Some(records) = records else { return Zone::default() };
    let hosts = of_kind(records, "A");
    let marks = marks(records, mark);
    let our_names: BTreeSet<&str> = marks.values().map(|(name, _)| name.as_str()).collect();
    let is_ours = |name: &&str| our_names.contains(name);
    let of_several = |found: &[&Record]| found.len() > 1;
    Zone {
        name: Some(domain.clone()),
        ours: marks
            .iter()
            .map(|(address, (name, mark))| {
                let host = hosts.get(name.as_str()).and_then(|found| found.first());
                (address.clone(), live(domain, (name, mark), host.copied()))
            })
            .collect(),
        others: hosts
            .keys()
            .filter(|name| !is_ours(name))
            .chain(of_kind(records, "CNAME").keys())
            .map(|name| (*name).to_owned())
            .collect(),
        shared: records
            .iter()
            .filter(|record| record.kind != "A")
            .map(|record| record.name.clone())
            .collect(),
        doubled: hosts
            .iter()
            .filter(|(name, found)| is_ours(name) && of_several(found))
            .map(|(name, _)| (*name).to_owned())
            .collect(),
    }
}

/// A mark of ours with the address record beside it, if there is one.
fn live(domain: &DomainName, (name, mark): (&str, &Record), host: Option<&Record>) -> LiveRecord {
    LiveRecord {
        domain: domain.clone(),
        name: name.to_owned(),
        id: host.map(|host| host.id),
        mark_id: mark.id,
        mark: text(mark).to_owned(),
        data: host.map(|host| host.data.clone()).unwrap_or_default(),
        ttl: host.map(|host| host.ttl).unwrap_or_default(),
    }
}

/// The records of a kind by name, those of one name in the order of their ids.
fn of_kind<'a>(records: &'a [Record], kind: &str) -> BTreeMap<&'a str, Vec<&'a Record>> {
    let mut by_name: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.kind == kind) {
        by_name.entry(record.name.as_str()).or_default().push(record);
    }
    for alike in by_name.values_mut() {
        alike.sort_by_key(|record| record.id);
    }
    by_name
}

/// What a TXT record says; its quotes come and go.
fn text(record: &Record) -> &str {
    record.data.trim_matches('"')
}

/// The names our TXT records speak for, each with that of the lowest id.
fn marks<'a>(records: &'a [Record], mark: &Mark) -> BTreeMap<Address, (String, &'a Record)> {
    let mut marks: BTreeMap<Address, (String, &Record)> = BTreeMap::new();
    for record in records.iter().filter(|record| record.kind == "TXT") {
        let Some(address) = mark.address_in(text(record)) else { continue };
        let Part::Record(name) = address.which() else { continue };
        let name = name.to_string();
        if record.name == mark_name(&name) {
            let known = marks.entry(address).or_insert((name, record));
            if record.id < known.1.id {
                known.1 = record;
            }
        }
    }
    marks
}
