//! Projects, and what is put into one.

use tokio::time::Instant;

use crate::{
    apply::{
        StepError,
        creation::{self, Creation, Guard, Match},
        job::Job,
        persist::persist,
    },
    digitalocean::{
        ApiError,
        projects::{NewProject, Project as Made, ProjectUpdate},
    },
    inventory::{Found, Id},
    resources::{LiveProject, Member, Membership, Project, urn},
    values::Environment,
};

/// How many things are put into a project by one call.
const AT_ONCE: usize = 100;

/// What a replacement has to say where nobody said anything.
const UNSAID: &str = Environment::Development.for_api();

/// The account's default project, in place of an id.
const DEFAULT: &str = "default";

/// Makes a project.
pub async fn create(job: &Job<'_>, wanted: &Project) -> Result<(), StepError> {
    let made = creation::create(job, &Draft { job, wanted }).await?;
    job.learn(Found::id(Id::Text(made.id)));
    Ok(())
}

/// Changes what a project of ours says about itself; what the file does not say stays.
pub async fn update(job: &Job<'_>, live: &LiveProject, wanted: &Project) -> Result<(), StepError> {
    job.intend(wanted.name.as_str(), None).await?;
    let before = if live.environment.is_empty() { UNSAID } else { live.environment.as_str() };
    let environment = wanted.environment.map_or(before, |it| it.for_api());
    let project = NewProject {
        name: wanted.name.to_string(),
        description: wanted.mark.clone(),
        purpose: wanted.purpose.clone().unwrap_or_else(|| live.purpose.clone()),
        environment: Some(environment.to_owned()),
    };
    let update = ProjectUpdate { project, is_default: live.is_default };
    let changed = job.client().update_project(&live.id, &update).await;
    changed.map_err(StepError::api(format!("change the project {}", wanted.name)))?;
    Ok(())
}

/// Deletes a project, once what stays is back in the default one.
pub async fn delete(job: &Job<'_>, id: &str, move_out: &[String]) -> Result<(), StepError> {
    put(job, DEFAULT, move_out).await?;
    let doing = format!("delete the project {}", job.step.name);
    persist(job, &doing, || job.client().delete_project(id)).await?;
    Ok(())
}

/// Puts things into the stack's project.
pub async fn fill(job: &Job<'_>, wanted: &Membership) -> Result<(), StepError> {
    job.intend(wanted.name.as_str(), None).await?;
    let id = job.text_id(&wanted.project)?;
    let urns: Result<Vec<String>, StepError> =
        wanted.members.iter().map(|member| urn_of(job, member)).collect();
    put(job, &id, &urns?).await
}

fn urn_of(job: &Job<'_>, member: &Member) -> Result<String, StepError> {
    Ok(match member {
        Member::Droplet(address) => urn::droplet(job.droplet_id(address)?),
        Member::Volume(address) => urn::volume(&job.text_id(address)?),
        Member::ReservedIp(address) => urn::reserved_ip(job.text_id(address)?),
        Member::Domain(name) => urn::domain(name.as_str()),
    })
}

/// Puts things into a project, and again what is not known there yet: it happens in the
/// background of DigitalOcean's answer.
async fn put(job: &Job<'_>, project: &str, urns: &[String]) -> Result<(), StepError> {
    let began = Instant::now();
    let mut left = urns.to_vec();
    while !left.is_empty() {
        let mut refused = Vec::new();
        for part in left.chunks(AT_ONCE) {
            let doing = format!("put {} into the project {}", part.join(", "), job.step.name);
            let placed = persist(job, &doing, || job.client().put_into_project(project, part));
            let placed = placed.await?.into_iter().filter(|it| !it.status.is_there());
            refused.extend(placed.map(|it| it.urn));
        }
        left = refused;
        let waited = began.elapsed();
        if !left.is_empty() && waited > job.timing().release {
            let what = format!("{} to be known to the project", left.join(", "));
            return Err(StepError::Late { what, waited });
        }
        if !left.is_empty() {
            job.pause(job.timing().interval(waited)).await?;
        }
    }
    Ok(())
}

struct Draft<'a> {
    job: &'a Job<'a>,
    wanted: &'a Project,
}

impl Creation for Draft<'_> {
    type Thing = Made;

    fn what(&self) -> String {
        format!("the project {}", self.wanted.name)
    }

    fn guard(&self) -> Guard {
        Guard::Name
    }

    async fn make(&self) -> Result<Made, ApiError> {
        let environment = self.wanted.environment.map(|it| it.for_api().to_owned());
        let purpose = self.wanted.purpose.as_deref().unwrap_or(Project::PURPOSE);
        let new = NewProject {
            name: self.wanted.name.to_string(),
            description: self.wanted.mark.clone(),
            purpose: purpose.to_owned(),
            environment,
        };
        self.job.client().create_project(&new).await
    }

    async fn find(&self) -> Result<Match<Made>, StepError> {
        let all = self.job.client().projects().await;
        let all = all.map_err(StepError::api("list the projects"))?;
        let named = all.into_iter().find(|project| project.name == self.wanted.name.as_str());
        Ok(match named {
            Some(project) if project.description == self.wanted.mark => Match::Ours(project),
            Some(project) => Match::Others(project.id),
            None => Match::Nothing,
        })
    }

    fn id(made: &Made) -> String {
        made.id.clone()
    }
}
