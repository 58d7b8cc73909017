//! Firewalls.

use crate::{
    apply::{
        StepError,
        creation::{self, Creation, Guard, Match},
        job::Job,
        persist::persist,
        tag,
        wait::Wait,
    },
    digitalocean::{
        ApiError,
        firewalls::{Firewall as Made, InboundRule, NewFirewall, OutboundRule, Peers as WirePeers},
    },
    inventory::{Found, Id},
    resources::{Firewall, Peers, Rules},
    values::{Cidr, Tag},
};

/// Makes a firewall and waits until all its droplets follow it.
pub async fn create(job: &Job<'_>, wanted: &Firewall) -> Result<(), StepError> {
    let made = creation::create(job, &Draft { job, wanted }).await?;
    job.learn(Found::id(Id::Text(made.id.clone())));
    until_settled(job, made).await
}

/// Replaces a firewall as a whole and waits until all its droplets follow it.
pub async fn update(job: &Job<'_>, id: &str, wanted: &Firewall) -> Result<(), StepError> {
    job.intend(wanted.name.as_str(), None).await?;
    // Nothing carries the tag that says it was adopted, so nothing else makes it.
    let is_own = |tag: &&Tag| job.run.plan.mark.adopted_firewall_among([*tag]).is_some();
    for own in wanted.tags.iter().filter(is_own) {
        tag::ensure(job, own).await?;
    }
    let replaced = job.client().replace_firewall(id, &wire(wanted)).await;
    let replaced =
        replaced.map_err(StepError::api(format!("change the firewall {}", wanted.name)))?;
    until_settled(job, replaced).await
}

/// Deletes a firewall.
pub async fn delete(job: &Job<'_>, id: &str) -> Result<(), StepError> {
    let deleted = job.client().delete_firewall(id).await;
    deleted.map_err(StepError::api(format!("delete the firewall {}", job.step.name)))?;
    Ok(())
}

/// Has a firewall cover these tags no more; whatever else it covers stays.
pub async fn uncover(job: &Job<'_>, id: &str, tags: &[Tag]) -> Result<(), StepError> {
    let tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
    let doing = format!("take the stack's tags off the firewall {}", job.step.name);
    persist(job, &doing, || job.client().uncover_tags(id, &tags)).await?;
    Ok(())
}

async fn until_settled(job: &Job<'_>, made: Made) -> Result<(), StepError> {
    if made.is_settled() {
        return Ok(());
    }
    let wait = Wait {
        reason: format!("the droplets to follow the firewall {}", made.name),
        at_most: job.timing().firewall,
        action: None,
        look_after: job.timing().firewall,
    };
    wait.until(job, async |since| match job.firewall(&made.id, since).await? {
        Some(wall) => Ok(wall.is_settled().then_some(())),
        None => Err(StepError::Vanished { what: format!("the firewall {}", made.name) }),
    })
    .await
}

struct Draft<'a> {
    job: &'a Job<'a>,
    wanted: &'a Firewall,
}

impl Creation for Draft<'_> {
    type Thing = Made;

    fn what(&self) -> String {
        format!("the firewall {}", self.wanted.name)
    }

    fn guard(&self) -> Guard {
        Guard::Name
    }

    async fn make(&self) -> Result<Made, ApiError> {
        self.job.client().create_firewall(&wire(self.wanted)).await
    }

    async fn find(&self) -> Result<Match<Made>, StepError> {
        let all = self.job.client().firewalls().await;
        let all = all.map_err(StepError::api("list the firewalls"))?;
        let mark = &self.job.run.plan.mark;
        let named = all.into_iter().find(|wall| wall.name == self.wanted.name.as_str());
        Ok(match named {
            Some(wall) if wall.tags.iter().any(|tag| mark.owns_tag(&Tag::new(tag))) => {
                Match::Ours(wall)
            }
            Some(wall) => Match::Others(wall.id),
            None => Match::Nothing,
        })
    }

    fn id(made: &Made) -> String {
        made.id.clone()
    }
}

fn wire(firewall: &Firewall) -> NewFirewall {
    NewFirewall {
        name: firewall.name.to_string(),
        inbound_rules: rules(&firewall.inbound)
            .map(|(protocol, ports, sources)| InboundRule { protocol, ports, sources })
            .collect(),
        outbound_rules: rules(&firewall.outbound)
            .map(|(protocol, ports, destinations)| OutboundRule { protocol, ports, destinations })
            .collect(),
        droplet_ids: firewall.droplet_ids.iter().copied().collect(),
        tags: firewall.tags.iter().map(ToString::to_string).collect(),
    }
}

fn rules(rules: &Rules) -> impl Iterator<Item = (String, String, WirePeers)> {
    rules
        .iter()
        .map(|(protocol, ports, peers)| (protocol.to_string(), ports.for_api(), wire_peers(peers)))
}

fn wire_peers(peers: &Peers) -> WirePeers {
    WirePeers {
        addresses: peers.ranges.iter().map(Cidr::to_string).collect(),
        tags: peers.tags.iter().map(ToString::to_string).collect(),
        ..WirePeers::default()
    }
}
