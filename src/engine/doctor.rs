//! What can be known to fail before the first change: token, scopes, quotas, slugs, names.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    config::Stack,
    digitalocean::{
        ApiError,
        account::{Account, AccountStatus},
        regions::Region,
    },
    engine::{EngineError, Look, Site, look},
    plan::{Asked, Refused, Step, Work},
    resources::{Kind, Resource},
    values::Image,
};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// How it is.
    pub verdict: Verdict,
    /// What was seen.
    pub seen: String,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it has to be.
    Good,
    /// A change would fail.
    Bad,
}

impl Finding {
    fn good(what: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { what: what.into(), verdict: Verdict::Good, seen: seen.into() }
    }

    fn bad(what: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { verdict: Verdict::Bad, ..Self::good(what, seen) }
    }
}

/// Looks at everything; changes nothing.
pub async fn examine(site: &Site, stack: &Stack) -> Result<Vec<Finding>, EngineError> {
    let (account, regions) = tokio::try_join!(site.client.account(), site.client.regions())?;
    let mut findings = vec![token(&account), region(stack, &regions)];
    match look(site, stack, &Asked::stand()).await {
        Ok(look) => {
            findings.push(Finding::good("scopes", "everything the stack touches can be read"));
            findings.push(droplets(site, &account, &look).await?);
            findings.extend(volumes(&account, &look));
            findings.extend(images(site, &look).await?);
            findings.extend(refusals(&look));
        }
        Err(EngineError::Account(error @ ApiError::Forbidden { .. })) => {
            findings.push(Finding::bad("scopes", error.to_string()));
        }
        Err(error) => return Err(error),
    }
    Ok(findings)
}

fn token(account: &Account) -> Finding {
    let seen = format!("{}, account {}", account.email, account.status);
    match account.status {
        AccountStatus::Locked => Finding::bad("token", seen),
        AccountStatus::Active | AccountStatus::Warning | AccountStatus::Other(_) => {
            Finding::good("token", seen)
        }
    }
}

fn region(stack: &Stack, regions: &[Region]) -> Finding {
    let what = format!("region {}", stack.region);
    let Some(region) = regions.iter().find(|region| region.slug == stack.region.as_str()) else {
        return Finding::bad(what, "DigitalOcean has no such region");
    };
    let needs_volumes = stack.components.values().any(|component| component.volume().is_some());
    let has_volumes = region.features.iter().any(|feature| feature == "storage");
    match (region.available, needs_volumes && !has_volumes) {
        (false, _) => Finding::bad(what, "it takes no new droplets"),
        (true, true) => Finding::bad(what, "it has no volumes"),
        (true, false) => Finding::good(what, region.name.clone()),
    }
}

/// Whether the account may hold as many droplets as there would be.
async fn droplets(site: &Site, account: &Account, look: &Look) -> Result<Finding, ApiError> {
    let there = site.client.droplets().await?.len();
    Ok(quota(look, Kind::Droplet, there, account.droplet_limit))
}

/// The same for volumes, if the account is told how many.
fn volumes(account: &Account, look: &Look) -> Option<Finding> {
    let there = look.inventory.volumes.len();
    account.volume_limit.map(|limit| quota(look, Kind::Volume, there, limit))
}

fn quota(look: &Look, kind: Kind, there: usize, limit: u32) -> Finding {
    let made = |step: &&Step| step.kind == kind && matches!(step.work, Work::Create(_));
    let more = look.plan.steps.iter().filter(made).count();
    let what = format!("{kind}s");
    let seen = format!("{there} there, {more} to create, {limit} allowed");
    let fits = there + more <= usize::try_from(limit).unwrap_or(usize::MAX);
    if fits { Finding::good(what, seen) } else { Finding::bad(what, seen) }
}

/// Whether the images that are still to be booted exist.
async fn images(site: &Site, look: &Look) -> Result<Vec<Finding>, ApiError> {
    let slugs: BTreeSet<&Image> = look
        .wanted
        .iter()
        .filter_map(|(_, node)| match &node.value {
            Resource::Droplet(droplet) => Some(&droplet.image),
            Resource::Tag(_)
            | Resource::Vpc(_)
            | Resource::SshKey(_)
            | Resource::Volume(_)
            | Resource::Attachment(_)
            | Resource::ReservedIp(_)
            | Resource::Firewall(_)
            | Resource::Domain(_)
            | Resource::Project(_)
            | Resource::Membership(_)
            | Resource::Alert(_)
            | Resource::Record(_) => None,
        })
        .collect();
    let mut findings = Vec::new();
    for slug in slugs {
        let found = site.client.image(slug.as_str()).await?;
        let what = format!("image {slug}");
        findings.push(match found {
            Some(image) => Finding::good(what, image.name),
            None => Finding::bad(what, "DigitalOcean has no such image"),
        });
    }
    Ok(findings)
}

/// Sizes, names and whatever else the plan refuses besides quotas, which are told apart.
fn refusals(look: &Look) -> Vec<Finding> {
    let mut refused =
        look.plan.refusals.iter().filter(|refusal| refusal.why != Refused::Quota).peekable();
    if refused.peek().is_none() {
        return vec![Finding::good("plan", "sizes, names and limits are in order")];
    }
    refused
        .map(|refusal| {
            let what = refusal.address.as_ref().map_or("plan".to_owned(), ToString::to_string);
            Finding::bad(what, format!("{}; {}", refusal.text, refusal.way_out))
        })
        .collect()
}
