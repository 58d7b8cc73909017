//! Alert policies.

use crate::{
    apply::{
        StepError,
        creation::{self, Creation, Guard, Match},
        job::Job,
    },
    digitalocean::{
        ApiError,
        alerts::{AlertPolicy as Made, Hook, NewAlertPolicy, NewTold},
    },
    inventory::{Found, Id},
    resources::Alert,
};

/// Makes an alert policy.
pub async fn create(job: &Job<'_>, wanted: &Alert) -> Result<(), StepError> {
    let new = policy(job, wanted)?;
    let made = creation::create(job, &Draft { job, wanted, new }).await;
    job.learn(Found::id(Id::Text(made.map_err(explained)?.uuid)));
    Ok(())
}

/// Replaces an alert policy as a whole.
pub async fn update(job: &Job<'_>, id: &str, wanted: &Alert) -> Result<(), StepError> {
    let new = policy(job, wanted)?;
    job.intend(&job.step.name, None).await?;
    let replaced = job.client().replace_alert_policy(id, &new).await;
    let doing = format!("change the alert policy {}", job.step.name);
    replaced.map_err(StepError::api(doing)).map_err(explained)?;
    Ok(())
}

/// Deletes an alert policy.
pub async fn delete(job: &Job<'_>, id: &str) -> Result<(), StepError> {
    let deleted = job.client().delete_alert_policy(id).await;
    deleted.map_err(StepError::api(format!("delete the alert policy {}", job.step.name)))?;
    Ok(())
}

/// Adds to a refusal what the reason mostly is, which DigitalOcean does not say.
fn explained(mut error: StepError) -> StepError {
    if let StepError::Api { doing, source } = &mut error
        && matches!(**source, ApiError::Refused(_))
    {
        doing.push_str(
            " (it tells only e-mail addresses it has verified, and Slack hooks that work)",
        );
    }
    error
}

/// The policy with its secrets, which go from here to the wire and nowhere else.
fn policy(job: &Job<'_>, wanted: &Alert) -> Result<NewAlertPolicy, StepError> {
    let hooks = wanted.slack.iter().map(|(channel, name)| {
        let url = job.run.world.secrets.value(name).cloned();
        let url = url.ok_or_else(|| StepError::NoSecret { name: name.clone() })?;
        Ok(Hook { channel: channel.clone(), url })
    });
    let slack: Result<Vec<Hook>, StepError> = hooks.collect();
    Ok(NewAlertPolicy {
        metric: wanted.rule.metric.for_api(),
        description: wanted.description.clone(),
        compare: wanted.rule.side.for_api(),
        value: wanted.rule.value,
        window: wanted.rule.window.word().to_owned(),
        entities: Vec::new(),
        tags: vec![wanted.tag.to_string()],
        alerts: NewTold { email: wanted.email.iter().cloned().collect(), slack: slack? },
        enabled: true,
    })
}

struct Draft<'a> {
    job: &'a Job<'a>,
    wanted: &'a Alert,
    new: NewAlertPolicy,
}

impl Creation for Draft<'_> {
    type Thing = Made;

    fn what(&self) -> String {
        format!("the alert policy {}", self.job.step.name)
    }

    fn guard(&self) -> Guard {
        Guard::Care
    }

    async fn make(&self) -> Result<Made, ApiError> {
        self.job.client().create_alert_policy(&self.new).await
    }

    async fn find(&self) -> Result<Match<Made>, StepError> {
        let all = self.job.client().alert_policies().await;
        let all = all.map_err(StepError::api("list the alert policies"))?;
        let is_ours = |policy: &Made| policy.description == self.wanted.description;
        Ok(Match::of(all.into_iter().filter(is_ours).collect(), Self::id))
    }

    fn id(made: &Made) -> String {
        made.uuid.clone()
    }
}
