//! The promise that a droplet will be on again.

use jiff::SignedDuration;

use crate::{
    apply::{StepError, job::Job, tag},
    digitalocean::tags::{Tagged, TaggedKind},
    journal::Record,
    plan::PowerCycle,
    resources::Debt,
    values::Tag,
};

/// The open debts of one droplet: this run's own, and those that earlier runs left.
pub struct Open {
    /// The tag that must be on the droplet while this run acts on it.
    pub own: Tag,
    /// What earlier runs left, paid together with it.
    earlier: Vec<Tag>,
}

/// Writes the debt down, on disk and on the droplet, before anything is switched off.
///
/// A debt that asks for nothing but being on serves as it is; a resize opens one with a deadline of
/// its own, before it lets go of the earlier one.
pub async fn open(job: &Job<'_>, id: u64, wanted: &PowerCycle) -> Result<Open, StepError> {
    let superseded = wanted.superseded.iter().map(Debt::tag);
    let last = wanted.debt.as_ref().map(Debt::tag);
    if let Some(own) = last.clone().filter(|_| wanted.from == wanted.to) {
        return Ok(Open { own, earlier: superseded.collect() });
    }
    let earlier = superseded.chain(last).collect();
    let own = new_debt(job, id, wanted).tag();
    forget_unused(job, id).await?;
    job.record(Record::DebtOpened {
        address: job.step.address.clone(),
        droplet: id,
        tag: own.to_string(),
    })
    .await?;
    let on = Tagged { resource_id: id.to_string(), resource_type: TaggedKind::Droplet };
    tag::put(job, &own, on).await?;
    Ok(Open { own, earlier })
}

/// The open debts as earlier runs left them, where there are any.
pub fn taken_over(debts: &[Debt]) -> Option<Open> {
    let (last, earlier) = debts.split_last()?;
    Some(Open { own: last.tag(), earlier: earlier.iter().map(Debt::tag).collect() })
}

impl Open {
    /// The operation it is the debt of, which no other one shares.
    pub fn operation(&self) -> String {
        Debt::from_tag(&self.own).map(|debt| debt.operation).unwrap_or_default()
    }

    /// Takes the debt off the droplet, which is on.
    pub async fn close(&self, job: &Job<'_>, id: u64) -> Result<(), StepError> {
        for paid in self.earlier.iter().chain([&self.own]) {
            tag::delete_one(job, paid).await?;
            job.record(Record::DebtClosed {
                address: job.step.address.clone(),
                droplet: id,
                tag: paid.to_string(),
            })
            .await?;
        }
        Ok(())
    }
}

/// Deletes the debts of a droplet that nothing carries: a run that was killed between making such a
/// tag and putting it on switched nothing off.
///
/// What a run leaves behind that is followed by no other is found by `destroy`, which lists tags.
async fn forget_unused(job: &Job<'_>, id: u64) -> Result<(), StepError> {
    let tags = job.client().tags().await.map_err(StepError::api("list the account's tags"))?;
    let unused = tags.into_iter().filter(|tag| tag.resources.count == 0);
    for tag in unused.map(|tag| Tag::new(tag.name)) {
        if Debt::from_tag(&tag).is_some_and(|debt| debt.droplet() == Some(id)) {
            tag::delete_one(job, &tag).await?;
        }
    }
    Ok(())
}

/// The operation names run and droplet, so that no two debts share a tag.
fn new_debt(job: &Job<'_>, id: u64, wanted: &PowerCycle) -> Debt {
    let run = job.run.world.journal.run().simple().to_string();
    let (_, drawn) = run.split_at(20);
    let now = (job.run.world.clock)();
    let span = SignedDuration::try_from(job.timing().debt).unwrap_or(SignedDuration::MAX);
    Debt {
        deadline: now.as_second().saturating_add(span.as_secs().max(1)),
        size: wanted.to.clone(),
        operation: Debt::operation(drawn, id),
    }
}
