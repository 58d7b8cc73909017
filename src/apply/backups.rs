//! Backups of a machine: switched on, moved to another time, switched off.

use tokio::time::Instant;

use crate::{
    apply::{StepError, job::Job, wait::Wait},
    digitalocean::{
        backups::{BackupPolicy as WirePolicy, DropletBackups},
        droplets::DropletAction,
    },
    resources::BackupChange,
    values::{BackupPolicy, Weekday},
};

/// Changes the backups of a machine; one that is busy is waited for.
///
/// An answer that was lost changes nothing about what to do: look whether it is so, and else ask
/// again.
pub async fn change(job: &Job<'_>, id: u64, change: BackupChange) -> Result<(), StepError> {
    let began = Instant::now();
    let reason = format!("droplet {id} to have other backups");
    let action = action(change);
    loop {
        match job.client().act_on_droplet(id, &action).await {
            Ok(action) => {
                let wait = Wait::for_effect(job, reason, Some(action.id));
                return wait.until(job, async |_| is_so(job, id, change).await).await;
            }
            Err(error) => {
                let again = error.is_ambiguous() || error.is_pending_event();
                job.pause(job.timing().interval(began.elapsed())).await?;
                if is_so(job, id, change).await?.is_some() {
                    return Ok(());
                }
                if !again || began.elapsed() > job.timing().idle {
                    let doing = format!("change the backups of droplet {id}");
                    return Err(StepError::api(doing)(error.of_repeatable()));
                }
            }
        }
    }
}

/// A policy as the API takes it.
pub fn wire(policy: BackupPolicy) -> WirePolicy {
    WirePolicy {
        plan: policy.plan().to_owned(),
        weekday: policy.weekday().map(Weekday::word).map(str::to_owned),
        hour: policy.hour(),
    }
}

fn action(change: BackupChange) -> DropletAction {
    match change {
        BackupChange::Enable(policy) => {
            DropletAction::EnableBackups { backup_policy: policy.map(wire) }
        }
        BackupChange::Policy(policy) => {
            DropletAction::ChangeBackupPolicy { backup_policy: wire(policy) }
        }
        BackupChange::Disable => DropletAction::DisableBackups,
    }
}

async fn is_so(job: &Job<'_>, id: u64, change: BackupChange) -> Result<Option<()>, StepError> {
    let read = job.client().backup_policy(id).await;
    let read = read.map_err(StepError::api(format!("read the backups of droplet {id}")))?;
    let vanished = || StepError::Vanished { what: format!("droplet {id}") };
    let live = read.ok_or_else(vanished)?;
    let so = match change {
        BackupChange::Enable(None) => live.backup_enabled,
        BackupChange::Enable(Some(policy)) | BackupChange::Policy(policy) => {
            live.backup_enabled && has(&live, policy)
        }
        BackupChange::Disable => !live.backup_enabled,
    };
    Ok(so.then_some(()))
}

/// Whether a droplet has a policy; the day matters only where backups are weekly.
fn has(live: &DropletBackups, policy: BackupPolicy) -> bool {
    let wanted = wire(policy);
    live.backup_policy.as_ref().is_some_and(|found| {
        found.plan == wanted.plan
            && found.hour == wanted.hour
            && (wanted.weekday.is_none() || found.weekday == wanted.weekday)
    })
}
