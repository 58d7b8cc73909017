//! Address records, each behind a TXT record that carries the stack's mark.

use std::net::IpAddr;

use crate::{
    apply::{
        StepError,
        creation::{self, Creation, Guard, Match},
        droplet,
        job::Job,
    },
    digitalocean::{
        ApiError,
        records::{NewRecord, Record as Made},
    },
    inventory::{Found, Id},
    resources::{Former, LiveRecord, Record, Stranger, mark_text},
};

/// Makes a record: first its mark, so that it is never there without.
pub async fn create(job: &Job<'_>, wanted: &Record) -> Result<(), StepError> {
    let ip = public_ip(job, wanted).await?;
    creation::create(job, &Draft { job, wanted, new: mark_record(wanted, None) }).await?;
    create_address(job, wanted, ip).await
}

/// Points a record elsewhere and renews its mark; one of which only the mark is there is made.
pub async fn update(job: &Job<'_>, live: &LiveRecord, wanted: &Record) -> Result<(), StepError> {
    let ip = public_ip(job, wanted).await?;
    if !live.mark.eq_ignore_ascii_case(&wanted.mark) {
        replace(job, wanted, (live.mark_id, mark_record(wanted, live.was.as_ref()))).await?;
    }
    let Some(id) = live.id else { return create_address(job, wanted, ip).await };
    if live.data != ip.to_string() || live.ttl != wanted.ttl {
        replace(job, wanted, (id, address_record(wanted, ip))).await?;
    }
    Ok(())
}

/// Takes over a record that is there: first its mark, which keeps what the record held.
pub async fn take(job: &Job<'_>, taken: &Stranger, wanted: &Record) -> Result<(), StepError> {
    let ip = public_ip(job, wanted).await?;
    let mark = mark_record(wanted, Some(&taken.held));
    creation::create(job, &Draft { job, wanted, new: mark }).await?;
    replace(job, wanted, (taken.id, address_record(wanted, ip))).await?;
    job.learn(Found::id(Id::Number(taken.id)));
    Ok(())
}

/// Gives records back what they held before they were adopted, and takes their marks away.
pub async fn release(job: &Job<'_>, records: &[LiveRecord]) -> Result<(), StepError> {
    for live in records {
        let fqdn = live.fqdn();
        let domain = live.domain.as_str();
        match (live.id, &live.was) {
            (Some(id), Some(Former { data, ttl })) => {
                let held = NewRecord {
                    kind: "A".to_owned(),
                    name: live.name.clone(),
                    data: data.clone(),
                    ttl: *ttl,
                    ..NewRecord::default()
                };
                let restored = job.client().replace_record(domain, id, &held).await;
                restored.map_err(StepError::api(format!("restore the record {fqdn}")))?;
            }
            (Some(id), None) => {
                let deleted = job.client().delete_record(domain, id).await;
                deleted.map_err(StepError::api(format!("delete the record {fqdn}")))?;
            }
            (None, _) => {}
        }
        let deleted = job.client().delete_record(domain, live.mark_id).await;
        deleted.map_err(StepError::api(format!("delete the mark of the record {fqdn}")))?;
    }
    Ok(())
}

async fn replace(
    job: &Job<'_>,
    wanted: &Record,
    (id, new): (u64, NewRecord),
) -> Result<(), StepError> {
    job.intend(&wanted.fqdn(), None).await?;
    let replaced = job.client().replace_record(wanted.domain.as_str(), id, &new).await;
    replaced.map_err(StepError::api(format!("change the record {}", wanted.fqdn())))?;
    Ok(())
}

/// Deletes records: of each last its mark, so that it is never there without.
pub async fn delete(job: &Job<'_>, records: &[LiveRecord]) -> Result<(), StepError> {
    for live in records {
        for id in live.id.into_iter().chain([live.mark_id]) {
            let deleted = job.client().delete_record(live.domain.as_str(), id).await;
            deleted.map_err(StepError::api(format!("delete the record {}", live.fqdn())))?;
        }
    }
    Ok(())
}

async fn create_address(job: &Job<'_>, wanted: &Record, ip: IpAddr) -> Result<(), StepError> {
    let new = address_record(wanted, ip);
    let made = creation::create(job, &Draft { job, wanted, new }).await?;
    job.learn(Found::id(Id::Number(made.id)));
    Ok(())
}

fn mark_record(wanted: &Record, was: Option<&Former>) -> NewRecord {
    NewRecord {
        kind: "TXT".to_owned(),
        name: wanted.mark_name(),
        data: mark_text(&wanted.mark, was),
        ttl: wanted.ttl,
        ..NewRecord::default()
    }
}

fn address_record(wanted: &Record, ip: IpAddr) -> NewRecord {
    NewRecord {
        kind: "A".to_owned(),
        name: wanted.name.to_string(),
        data: ip.to_string(),
        ttl: wanted.ttl,
        ..NewRecord::default()
    }
}

/// The address to point at; a droplet that an earlier run left booting is waited for.
async fn public_ip(job: &Job<'_>, wanted: &Record) -> Result<IpAddr, StepError> {
    if let Some(ip) = job.public_ip(&wanted.target) {
        return Ok(ip);
    }
    let id = job.droplet_id(&wanted.target)?;
    let droplet = droplet::until_ready(job, id, None).await?;
    let unknown = || StepError::Unknown { need: wanted.target.clone() };
    droplet.public_ipv4().map(IpAddr::V4).ok_or_else(unknown)
}

struct Draft<'a> {
    job: &'a Job<'a>,
    wanted: &'a Record,
    new: NewRecord,
}

impl Creation for Draft<'_> {
    type Thing = Made;

    fn what(&self) -> String {
        format!("the {} record {}.{}", self.new.kind, self.new.name, self.wanted.domain)
    }

    /// Records may be alike in everything, so nothing but our care keeps a second one away.
    fn guard(&self) -> Guard {
        Guard::Care
    }

    async fn make(&self) -> Result<Made, ApiError> {
        self.job.client().create_record(self.wanted.domain.as_str(), &self.new).await
    }

    async fn find(&self) -> Result<Match<Made>, StepError> {
        let all = self.job.client().records(self.wanted.domain.as_str()).await;
        let all =
            all.map_err(StepError::api(format!("list the records of {}", self.wanted.domain)))?;
        let same = |record: &Made| {
            record.kind == self.new.kind
                && record.name.eq_ignore_ascii_case(&self.new.name)
                && record.data.trim_matches('"') == self.new.data
        };
        Ok(Match::of(all.into_iter().flatten().filter(same).collect(), Self::id))
    }

    fn id(made: &Made) -> String {
        made.id.to_string()
    }
}
