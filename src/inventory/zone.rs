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
    let hosts = hosts(records);
    let ours = marked(records, mark);
    let mut zone = Zone { name: Some(domain.clone()), ..Zone::default() };
    for (address, (name, mark_id)) in &ours {
        let found = hosts.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
        if found.len() > 1 {
            zone.doubled.insert(name.clone());
        }
        let host = found.first();
        let live = LiveRecord {
            domain: domain.clone(),
            name: name.clone(),
            id: host.map(|host| host.id),
            mark_id: *mark_id,
            data: host.map(|host| host.data.clone()).unwrap_or_default(),
            ttl: host.map(|host| host.ttl).unwrap_or_default(),
        };
        zone.ours.insert(address.clone(), live);
    }
    let our_names: BTreeSet<&str> = ours.values().map(|(name, _)| name.as_str()).collect();
    let others = hosts.keys().filter(|name| !our_names.contains(*name));
    zone.others = others.map(|name| (*name).to_owned()).collect();
    zone
}

/// The records that answer for a name with an address or an alias.
fn hosts(records: &[Record]) -> BTreeMap<&str, Vec<&Record>> {
    let mut hosts: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in records.iter().filter(|record| is_host(record)) {
        hosts.entry(record.name.as_str()).or_default().push(record);
    }
    hosts
}

fn is_host(record: &Record) -> bool {
    ["A", "CNAME"].contains(&record.kind.as_str())
}

/// The names our TXT records speak for, with the ids of those.
fn marked(records: &[Record], mark: &Mark) -> BTreeMap<Address, (String, u64)> {
    let texts = records.iter().filter(|record| record.kind.as_str() == "TXT");
    texts
        .filter_map(|record| {
            let address = mark.address_in(record.data.trim_matches('"'))?;
            let Part::Record(name) = address.which() else { return None };
            let name = name.to_string();
            (record.name == mark_name(&name)).then_some((address, (name, record.id)))
        })
        .collect()
}
