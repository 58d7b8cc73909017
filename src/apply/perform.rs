//! One step, by its kind.

use crate::{
    apply::{
        StepError, adoption, alert, attachment, domain, droplet, droplet_update, firewall,
        job::{Job, Run},
        project, record, replacement, reserved_ip, snapshot, ssh_key, tag, volume, vpc,
    },
    inventory::Id,
    plan::{Deletion, Release, Step, Update, Work},
    resources::Resource,
    values::Address,
};

/// Does exactly what a step says.
pub async fn perform(job: &Job<'_>) -> Result<(), StepError> {
    match &job.step.work {
        Work::Nothing => Ok(()),
        Work::Create(resource) => create(job, resource).await,
        Work::Update(update) => change(job, update).await,
        Work::Replace(wanted) => replacement::replace(job, wanted).await,
        Work::Release(release) => adoption::release(job, release).await,
        Work::Delete(deletion) => {
            job.intend(&job.step.name, None).await?;
            delete(job, deletion).await
        }
    }
}

async fn create(job: &Job<'_>, resource: &Resource) -> Result<(), StepError> {
    match resource {
        Resource::Tag(wanted) => tag::create(job, wanted).await,
        Resource::Vpc(wanted) => vpc::create(job, wanted).await,
        Resource::SshKey(wanted) => ssh_key::create(job, wanted).await,
        Resource::Volume(wanted) => volume::create(job, wanted).await,
        Resource::Droplet(wanted) => droplet::create(job, wanted).await,
        Resource::Attachment(wanted) => attachment::create(job, wanted).await,
        Resource::ReservedIp(wanted) => reserved_ip::create(job, wanted).await,
        Resource::Firewall(wanted) => firewall::create(job, wanted).await,
        Resource::Domain(wanted) => domain::create(job, wanted).await,
        Resource::Record(wanted) => record::create(job, wanted).await,
        Resource::Project(wanted) => project::create(job, wanted).await,
        Resource::Alert(wanted) => alert::create(job, wanted).await,
        Resource::Membership(wanted) => project::fill(job, wanted).await,
    }
}

async fn change(job: &Job<'_>, update: &Update) -> Result<(), StepError> {
    match update {
        Update::Vpc { id, vpc } => vpc::update(job, id, vpc).await,
        Update::Volume(update) => volume::update(job, update).await,
        Update::Droplet(update) => droplet_update::update(job, update).await,
        Update::Marks(marking) => adoption::mark(job, marking).await,
        Update::Firewall { id, firewall } => firewall::update(job, id, firewall).await,
        Update::Alert { id, alert } => alert::update(job, id, alert).await,
        Update::Project { live, project } => project::update(job, live, project).await,
        Update::ReservedIpFollows { ip, to } => reserved_ip::follow(job, *ip, to).await,
        Update::ReservedIp { ip, droplet } => reserved_ip::restore(job, *ip, *droplet).await,
        Update::Record { live, record } => record::update(job, live, record).await,
        Update::TakenRecord { taken, record } => record::take(job, taken, record).await,
    }
}

async fn delete(job: &Job<'_>, deletion: &Deletion) -> Result<(), StepError> {
    match deletion {
        Deletion::Tags(tags) => tag::delete(job, tags).await,
        Deletion::Vpc { id } => vpc::delete(job, id).await,
        Deletion::SshKey { id, .. } => ssh_key::delete(job, *id).await,
        Deletion::Volume { id, attached_to, .. } => volume::delete(job, id, *attached_to).await,
        Deletion::Snapshot { id } => snapshot::delete(job, id).await,
        Deletion::Droplet { id } => droplet::delete(job, *id).await,
        Deletion::ReservedIp { ip, droplet, tags } => {
            reserved_ip::delete(job, *ip, (*droplet, tags)).await
        }
        Deletion::Firewall { id } => firewall::delete(job, id).await,
        Deletion::Alert { id } => alert::delete(job, id).await,
        Deletion::Project { id, move_out } => project::delete(job, id, move_out).await,
        Deletion::Records(records) => record::delete(job, records).await,
    }
}

/// The droplet a step acts on, on which DigitalOcean does one thing at a time.
pub fn droplet_held(run: &Run<'_>, step: &Step) -> Option<String> {
    match &step.work {
        Work::Create(resource) => held_by_creation(run, resource),
        Work::Update(Update::Droplet(update)) => Some(update.id.to_string()),
        Work::Replace(wanted) => Some(wanted.old.to_string()),
        Work::Update(Update::ReservedIpFollows { to, .. }) => Some(key(run, to)),
        Work::Update(Update::Marks(marking)) => Some(marking.droplet.to_string()),
        Work::Update(Update::ReservedIp { droplet, .. })
        | Work::Delete(Deletion::ReservedIp { droplet, .. }) => Some(droplet.to_string()),
        Work::Release(Release::Droplet { id, .. }) | Work::Delete(Deletion::Droplet { id }) => {
            Some(id.to_string())
        }
        Work::Delete(Deletion::Volume { attached_to, .. }) => attached_to.map(|id| id.to_string()),
        Work::Nothing
        | Work::Release(Release::Volume { .. } | Release::Firewall { .. } | Release::Records(_))
        | Work::Update(
            Update::Vpc { .. }
            | Update::Project { .. }
            | Update::Alert { .. }
            | Update::Volume(_)
            | Update::Firewall { .. }
            | Update::Record { .. }
            | Update::TakenRecord { .. },
        )
        | Work::Delete(
            Deletion::Tags(_)
            | Deletion::Vpc { .. }
            | Deletion::SshKey { .. }
            | Deletion::Snapshot { .. }
            | Deletion::Project { .. }
            | Deletion::Alert { .. }
            | Deletion::Firewall { .. }
            | Deletion::Records(_),
        ) => None,
    }
}

fn held_by_creation(run: &Run<'_>, resource: &Resource) -> Option<String> {
    match resource {
        Resource::Attachment(attachment) => Some(key(run, &attachment.droplet)),
        Resource::ReservedIp(reserved) => Some(key(run, &reserved.droplet)),
        Resource::Tag(_)
        | Resource::Vpc(_)
        | Resource::SshKey(_)
        | Resource::Volume(_)
        | Resource::Droplet(_)
        | Resource::Firewall(_)
        | Resource::Domain(_)
        | Resource::Project(_)
        | Resource::Membership(_)
        | Resource::Alert(_)
        | Resource::Record(_) => None,
    }
}

/// The droplet's id, or its address while it has none.
fn key(run: &Run<'_>, droplet: &Address) -> String {
    match run.found(droplet).map(|found| found.id) {
        Some(Id::Number(id)) => id.to_string(),
        Some(Id::Text(id)) => id,
        None => droplet.to_string(),
    }
}
