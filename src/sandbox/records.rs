//! The records of a domain.
//!
//! Names are relative to the domain, `@` is the domain itself. Names of hosts in data are sent with
//! a trailing dot and shown without it.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    answer::{Answer, Refusal, Reply},
    call::Call,
    domains::{self, DEFAULT_TTL, Domain},
    pages,
    routes::{Method, Route},
    world::{Numbered, World},
};

/// The routes of this family.
pub const ROUTES: &[Route] = &[
    Route::new(Method::Get, "/v2/domains/{domain_name}/records", list),
    Route::new(Method::Post, "/v2/domains/{domain_name}/records", create),
    Route::new(Method::Get, "/v2/domains/{domain_name}/records/{domain_record_id}", get),
    Route::new(Method::Put, "/v2/domains/{domain_name}/records/{domain_record_id}", update),
    Route::new(Method::Patch, "/v2/domains/{domain_name}/records/{domain_record_id}", update),
    Route::new(Method::Delete, "/v2/domains/{domain_name}/records/{domain_record_id}", delete),
];

/// The shortest life in caches, in seconds.
const MIN_TTL: u32 = 30;
const MAX_TTL: u32 = 2_147_483_647;

/// A record of a domain, also in the form the API shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The number requests use.
    pub id: u64,
    /// What it says.
    pub r#type: RecordType,
    /// The name, relative to the domain.
    pub name: String,
    /// The value.
    pub data: String,
    /// MX and SRV: lower is tried first.
    pub priority: Option<u16>,
    /// SRV: the port.
    pub port: Option<u16>,
    /// Seconds it lives in caches.
    pub ttl: u32,
    /// SRV: the share among equal priorities.
    pub weight: Option<u16>,
    /// CAA: the flags.
    pub flags: Option<u8>,
    /// CAA: what is allowed.
    pub tag: Option<String>,
}

/// The types DigitalOcean's name servers know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordType {
    /// An address.
    A,
    /// An IPv6 address.
    Aaaa,
    /// Who may issue certificates.
    Caa,
    /// Another name.
    Cname,
    /// A mail server.
    Mx,
    /// A name server.
    Ns,
    /// The zone itself.
    Soa,
    /// A service.
    Srv,
    /// Text.
    Txt,
}

impl RecordType {
    /// The name in zone files and requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Caa => "CAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Soa => "SOA",
            Self::Srv => "SRV",
            Self::Txt => "TXT",
        }
    }
}

impl Record {
    /// A record of the domain itself, without a number yet.
    pub fn at_top(r#type: RecordType, data: String) -> Self {
        Self {
            id: 0,
            r#type,
            name: "@".to_owned(),
            data,
            priority: None,
            port: None,
            ttl: DEFAULT_TTL,
            weight: None,
            flags: None,
            tag: None,
        }
    }
}

fn list(world: &mut World, call: &Call) -> Reply {
    let domain = domains::find(world, call)?;
    let name = call.query.get("name").map(|name| name.trim_end_matches('.').to_ascii_lowercase());
    let kind = call.query.get("type");
    let fits = |record: &&Record| {
        name.as_ref().is_none_or(|name| domain.full_name(&record.name) == *name)
            && kind.is_none_or(|kind| record.r#type.name() == kind)
    };
    pages::list(call, "domain_records", domain.records.values().filter(fits).collect(), |record| {
        record
    })
}

fn get(world: &mut World, call: &Call) -> Reply {
    let id = call.number(1)?;
    let record = domains::find(world, call)?.records.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::one(StatusCode::OK, "domain_record", record))
}

/// The fields of a request, all of which an update may leave out.
#[derive(Deserialize)]
struct Sent {
    r#type: Option<RecordType>,
    name: Option<String>,
    data: Option<String>,
    priority: Option<u16>,
    port: Option<u16>,
    ttl: Option<u32>,
    weight: Option<u16>,
    flags: Option<u8>,
    tag: Option<String>,
}

fn create(world: &mut World, call: &Call) -> Reply {
    domains::find(world, call)?;
    let sent: Sent = call.json()?;
    let kind = sent.r#type.ok_or_else(|| refuse("missing field `type`"))?;
    if kind == RecordType::Soa {
        return Err(refuse("SOA records cannot be created"));
    }
    let id = world.ids.number(Numbered::Record);
    let empty = Record { id, name: String::new(), ..Record::at_top(kind, String::new()) };
    let domain = domains::find_mut(world, call)?;
    let record = checked(domain, merge(empty, sent))?;
    Ok(keep(domain, record, StatusCode::CREATED))
}

fn update(world: &mut World, call: &Call) -> Reply {
    let id = call.number(1)?;
    let domain = domains::find_mut(world, call)?;
    let old = domain.records.get(&id).ok_or_else(Refusal::not_found)?.clone();
    let sent: Sent = call.json()?;
    if sent.r#type.is_some_and(|kind| kind != old.r#type) {
        return Err(refuse("the type of a record cannot be changed"));
    }
    let data = sent.data.clone().unwrap_or_else(|| rooted(&old));
    let record = checked(domain, merge(Record { data, ..old }, sent))?;
    Ok(keep(domain, record, StatusCode::OK))
}

/// A record's data in the form requests send it.
fn rooted(record: &Record) -> String {
    if names_a_host(record.r#type) && record.data != "@" {
        format!("{}.", record.data)
    } else {
        record.data.clone()
    }
}

fn merge(old: Record, sent: Sent) -> Record {
    Record {
        id: old.id,
        r#type: old.r#type,
        name: sent.name.unwrap_or(old.name),
        data: sent.data.unwrap_or(old.data),
        priority: sent.priority.or(old.priority),
        port: sent.port.or(old.port),
        ttl: sent.ttl.unwrap_or(old.ttl),
        weight: sent.weight.or(old.weight),
        flags: sent.flags.or(old.flags),
        tag: sent.tag.or(old.tag),
    }
}

/// Adds or replaces a record. Records of one name live equally long in caches.
fn keep(domain: &mut Domain, record: Record, status: StatusCode) -> Answer {
    let belongs = |kind| !matches!(kind, RecordType::Soa | RecordType::Ns);
    if belongs(record.r#type) {
        let others = domain.records.values_mut();
        for other in others.filter(|other| other.name == record.name && belongs(other.r#type)) {
            other.ttl = record.ttl;
        }
    }
    let answer = Answer::one(status, "domain_record", &record);
    domain.records.insert(record.id, record);
    answer
}

/// Refuses a record DigitalOcean would refuse, and gives it as it is kept.
fn checked(domain: &Domain, record: Record) -> Result<Record, Refusal> {
    let name = relative(domain, &record)?;
    if !(MIN_TTL..=MAX_TTL).contains(&record.ttl) {
        return Err(refuse("TTL must be between 30 and 2147483647"));
    }
    check_fields(&record)?;
    let data = data(&record)?;
    let record = own_fields(Record { name, data, ..record });
    check_alias(domain, &record)?;
    Ok(record)
}

fn relative(domain: &Domain, record: &Record) -> Result<String, Refusal> {
    let name = record.name.to_ascii_lowercase();
    let within = format!(".{}.", domain.name);
    let name = match name.strip_suffix(&within) {
        Some(relative) => relative.to_owned(),
        None if name == within[1..] => "@".to_owned(),
        None => name,
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.*@".contains(&byte);
    let label = |label: &str| (1..=63).contains(&label.len());
    if !name.bytes().all(allowed) || !name.split('.').all(label) || name.len() > 253 {
        return Err(refuse("Name is not valid"));
    }
    Ok(name)
}

/// Drops the fields that belong to other types: some clients always send all of them.
fn own_fields(record: Record) -> Record {
    let service = record.r#type == RecordType::Srv;
    let authority = record.r#type == RecordType::Caa;
    let preferred = service || record.r#type == RecordType::Mx;
    Record {
        priority: record.priority.filter(|_| preferred),
        port: record.port.filter(|_| service),
        weight: record.weight.filter(|_| service),
        flags: record.flags.filter(|_| authority),
        tag: record.tag.filter(|_| authority),
        ..record
    }
}

fn check_fields(record: &Record) -> Result<(), Refusal> {
    let need = |field: Option<()>, name: &str| {
        field.ok_or_else(|| {
            Refusal::unprocessable(format!(
                "{name} is required for {} records",
                record.r#type.name()
            ))
        })
    };
    match record.r#type {
        RecordType::Mx => need(record.priority.map(drop), "priority"),
        RecordType::Srv => {
            need(record.priority.map(drop), "priority")?;
            need(record.port.map(drop), "port")?;
            need(record.weight.map(drop), "weight")
        }
        RecordType::Caa => {
            need(record.flags.map(drop), "flags")?;
            match record.tag.as_deref() {
                Some("issue" | "issuewild" | "iodef") => Ok(()),
                Some(_) | None => Err(refuse("tag must be issue, issuewild or iodef")),
            }
        }
        RecordType::A
        | RecordType::Aaaa
        | RecordType::Cname
        | RecordType::Ns
        | RecordType::Soa
        | RecordType::Txt => Ok(()),
    }
}

fn data(record: &Record) -> Result<String, Refusal> {
    let sent = &record.data;
    if sent.is_empty() {
        return Err(refuse("Data can't be blank"));
    }
    match record.r#type {
        RecordType::A => {
            let address: Ipv4Addr =
                sent.parse().map_err(|_| refuse("Data is not a valid IPv4 address"))?;
            Ok(address.to_string())
        }
        RecordType::Aaaa => {
            let address: Ipv6Addr =
                sent.parse().map_err(|_| refuse("Data is not a valid IPv6 address"))?;
            Ok(address.to_string())
        }
        RecordType::Cname | RecordType::Mx | RecordType::Ns | RecordType::Srv => {
            match sent.as_str() {
                "@" => Ok("@".to_owned()),
                sent => {
                    let host = sent
                        .strip_suffix('.')
                        .ok_or_else(|| refuse("Data needs to end with a dot (.)"))?;
                    Ok(host.to_ascii_lowercase())
                }
            }
        }
        RecordType::Caa => Ok(sent.strip_suffix('.').unwrap_or(sent).to_owned()),
        RecordType::Soa | RecordType::Txt => Ok(sent.clone()),
    }
}

fn names_a_host(kind: RecordType) -> bool {
    match kind {
        RecordType::Cname | RecordType::Mx | RecordType::Ns | RecordType::Srv => true,
        RecordType::A | RecordType::Aaaa | RecordType::Caa | RecordType::Soa | RecordType::Txt => {
            false
        }
    }
}

/// An alias is alone at its name.
fn check_alias(domain: &Domain, record: &Record) -> Result<(), Refusal> {
    let alias = |kind| kind == RecordType::Cname;
    let others = domain.records.values().filter(|other| other.id != record.id);
    let mut at_name = others.filter(|other| other.name == record.name);
    if at_name.any(|other| alias(other.r#type) || alias(record.r#type)) {
        return Err(refuse("CNAME records cannot share a name with other records"));
    }
    Ok(())
}

fn refuse(message: &str) -> Refusal {
    Refusal::unprocessable(message)
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = call.number(1)?;
    let domain = domains::find_mut(world, call)?;
    domain.records.remove(&id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::no_content())
}
