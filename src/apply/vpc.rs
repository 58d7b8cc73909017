//! Private networks.

use crate::{
    apply::{
        StepError,
        creation::{self, Creation, Guard, Match},
        job::Job,
        persist::persist,
    },
    digitalocean::{
        ApiError,
        vpcs::{NewVpc, Vpc as Made, VpcUpdate},
    },
    inventory::{Found, Id},
    resources::Vpc,
};

/// Makes a private network.
pub async fn create(job: &Job<'_>, wanted: &Vpc) -> Result<(), StepError> {
    let made = creation::create(job, &Draft { job, wanted }).await?;
    job.learn(Found::id(Id::Text(made.id)));
    Ok(())
}

/// Renames a private network.
pub async fn update(job: &Job<'_>, id: &str, wanted: &Vpc) -> Result<(), StepError> {
    job.intend(wanted.name.as_str(), None).await?;
    let update = VpcUpdate { name: wanted.name.to_string(), description: wanted.mark.clone() };
    let changed = job.client().update_vpc(id, &update).await;
    changed.map_err(StepError::api(format!("change the VPC {}", wanted.name)))?;
    Ok(())
}

/// Deletes a private network as soon as its members have left.
pub async fn delete(job: &Job<'_>, id: &str) -> Result<(), StepError> {
    let doing = format!("delete the VPC {}", job.step.name);
    match persist(job, &doing, || job.client().delete_vpc(id)).await {
        Ok(_) => Ok(()),
        Err(StepError::Api { source, .. }) if source.is_conflict() => {
            Err(StepError::Occupied { what: doing, members: members(job, id).await, source })
        }
        Err(error) => Err(error),
    }
}

/// What is in a network that cannot be deleted, for a person to look at.
async fn members(job: &Job<'_>, id: &str) -> String {
    let members = job.client().vpc_members(id).await.unwrap_or_default();
    let named = members.iter().map(|member| format!("{} ({})", member.urn, member.name));
    let named: Vec<String> = named.collect();
    if named.is_empty() { "something".to_owned() } else { named.join(", ") }
}

struct Draft<'a> {
    job: &'a Job<'a>,
    wanted: &'a Vpc,
}

impl Creation for Draft<'_> {
    type Thing = Made;

    fn what(&self) -> String {
        format!("the VPC {}", self.wanted.name)
    }

    fn guard(&self) -> Guard {
        Guard::Name
    }

    async fn make(&self) -> Result<Made, ApiError> {
        let new = NewVpc {
            name: self.wanted.name.to_string(),
            region: self.wanted.region.to_string(),
            ip_range: self.wanted.ip_range.map(|range| range.to_string()),
            description: self.wanted.mark.clone(),
        };
        self.job.client().create_vpc(&new).await
    }

    async fn find(&self) -> Result<Match<Made>, StepError> {
        let all = self.job.client().vpcs().await.map_err(StepError::api("list the VPCs"))?;
        let named = all.into_iter().find(|vpc| vpc.name == self.wanted.name.as_str());
        Ok(match named {
            Some(vpc) if vpc.description == self.wanted.mark => Match::Ours(vpc),
            Some(vpc) => Match::Others(vpc.id),
            None => Match::Nothing,
        })
    }

    fn id(made: &Made) -> String {
        made.id.clone()
    }
}
