//! The records of a domain: ours by the mark beside them, and the others.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    digitalocean::records::Record,
    inventory::Zone,
    resources::{Former, LiveRecord, Stranger, mark_name, read_mark},
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
        strangers: strangers(records, &hosts, &our_names),
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
        mark: text(mark).0.to_owned(),
        was: text(mark).1,
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

/// The address records that may be taken over: alone with their name, and not ours.
fn strangers(
    records: &[Record],
    hosts: &BTreeMap<&str, Vec<&Record>>,
    our_names: &BTreeSet<&str>,
) -> BTreeMap<String, Stranger> {
    let aliases = of_kind(records, "CNAME");
    let marks = of_kind(records, "TXT");
    let alone = hosts.iter().filter_map(|(name, found)| match found.as_slice() {
        [only] if !our_names.contains(name) && !aliases.contains_key(name) => Some((*name, *only)),
        _ => None,
    });
    let stranger = |(name, host): (&str, &Record)| {
        let mut beside = marks.get(mark_name(name).as_str()).into_iter().flatten();
        let stack = beside.find_map(|record| Mark::stack_in(text(record).0));
        let held = Former { data: host.data.clone(), ttl: host.ttl };
        (name.to_owned(), Stranger { id: host.id, held, stack })
    };
    alone.map(stranger).collect()
}

/// What a TXT record says; its quotes come and go.
fn text(record: &Record) -> (&str, Option<Former>) {
    read_mark(record.data.trim_matches('"'))
}

/// The names our TXT records speak for, each with that of the lowest id.
fn marks<'a>(records: &'a [Record], mark: &Mark) -> BTreeMap<Address, (String, &'a Record)> {
    let mut marks: BTreeMap<Address, (String, &Record)> = BTreeMap::new();
    for record in records.iter().filter(|record| record.kind == "TXT") {
        let Some(address) = mark.address_in(text(record).0) else { continue };
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
