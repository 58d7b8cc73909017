//! Domains: each is a zone with its records, and starts with those DigitalOcean's name servers need.

use std::{collections::BTreeMap, fmt::Write as _, iter, net::Ipv4Addr};

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::Call,
    pages,
    project_resources::{self, Member},
    records::{Record, RecordType},
    routes::{Method, Route},
    world::{Numbered, World},
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/domains", list),
    Route::new(Method::Post, "/v2/domains", create),
    Route::new(Method::Get, "/v2/domains/{domain_name}", get),
    Route::new(Method::Delete, "/v2/domains/{domain_name}", delete),
];

/// Seconds a record lives in caches unless it says otherwise.
pub const DEFAULT_TTL: u32 = 1800;

const NAME_SERVERS: &[&str] =
    &["ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com"];
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// A domain of the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Domain {
    /// The name, in lower case, without a trailing dot.
    pub name: String,
    /// Its records by number.
    pub records: BTreeMap<u64, Record>,
}

impl Domain {
    /// The zone as a file, as name servers read it.
    fn zone_file(&self) -> String {
        let mut text = format!("$ORIGIN {}.\n$TTL {DEFAULT_TTL}\n", self.name);
        for record in self.records.values() {
            let owner = self.full_name(&record.name);
            let name = record.r#type.name();
            let priority =
                record.priority.map(|priority| format!("{priority} ")).unwrap_or_default();
            let _ = writeln!(text, "{owner}. {} IN {name} {priority}{}", record.ttl, record.data);
        }
        text
    }

    /// The whole name of a record.
    pub fn full_name(&self, relative: &str) -> String {
        if relative == "@" { self.name.clone() } else { format!("{relative}.{}", self.name) }
    }
}

#[derive(Serialize)]
struct View<'a> {
    name: &'a str,
    ttl: u32,
    zone_file: Option<String>,
}

fn view(domain: &Domain) -> View<'_> {
    View { name: &domain.name, ttl: DEFAULT_TTL, zone_file: Some(domain.zone_file()) }
}

/// Finds the domain whose name is in the path.
pub fn find<'a>(world: &'a World, call: &Call) -> Result<&'a Domain, Refusal> {
    world.domains.get(&key(call)).ok_or_else(Refusal::not_found)
}

/// Finds the domain whose name is in the path, to change it.
pub fn find_mut<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Domain, Refusal> {
    world.domains.get_mut(&key(call)).ok_or_else(Refusal::not_found)
}

fn key(call: &Call) -> String {
    normal(call.capture(0))
}

fn normal(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn list(world: &mut World, call: &Call) -> Reply {
    pages::list(call, "domains", world.domains.values().collect(), view)
}

fn get(world: &mut World, call: &Call) -> Reply {
    Ok(Answer::one(StatusCode::OK, "domain", view(find(world, call)?)))
}

#[derive(Deserialize)]
struct NewDomain {
    name: String,
    #[serde(default)]
    ip_address: Option<String>,
}

fn create(world: &mut World, call: &Call) -> Reply {
    let new: NewDomain = call.json()?;
    let name = normal(&new.name);
    if !is_domain(&name) {
        return Err(Refusal::unprocessable("Name is not a valid domain name"));
    }
    if world.domains.contains_key(&name) {
        return Err(Refusal::unprocessable("Domain Create: name already exists"));
    }
    let address = new.ip_address.filter(|address| !address.is_empty());
    let address: Option<Ipv4Addr> = match address {
        None => None,
        Some(text) => Some(
            text.parse()
                .map_err(|_| Refusal::unprocessable("ip_address is not a valid address"))?,
        ),
    };
    let records = first_records(world, address);
    let domain = Domain { name: name.clone(), records };
    world.domains.insert(name.clone(), domain);
    project_resources::welcome(world, call.terms.now(), &Member::Domain(name.clone()));
    let view = View { name: &name, ttl: DEFAULT_TTL, zone_file: None };
    Ok(Answer::one(StatusCode::CREATED, "domain", view))
}

/// A name of two labels or more, each of letters, digits and inner dashes.
fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= MAX_NAME && name.contains('.') && name.split('.').all(label)
}

fn first_records(world: &mut World, address: Option<Ipv4Addr>) -> BTreeMap<u64, Record> {
    let soa = Record::at_top(RecordType::Soa, DEFAULT_TTL.to_string());
    let ns = NAME_SERVERS.iter().map(|server| Record::at_top(RecordType::Ns, (*server).to_owned()));
    let a = address.map(|address| Record::at_top(RecordType::A, address.to_string()));
    let records = iter::once(soa).chain(ns).chain(a);
    records
        .map(|record| {
            let id = world.ids.number(Numbered::Record);
            (id, Record { id, ..record })
        })
        .collect()
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let name = find(world, call)?.name.clone();
    world.domains.remove(&name);
    project_resources::forget(world, &Member::Domain(name));
    Ok(Answer::no_content())
}
