//! Alert policies, which always watch by tag.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    resources::{Effect, FieldChange},
    values::{AlertRule, SecretName, Tag},
};

/// An alert policy that is to exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alert {
    /// For people; the mark is its last word.
    pub description: String,
    /// What it watches, and from when on it tells.
    pub rule: AlertRule,
    /// The tag whose droplets it watches.
    pub tag: Tag,
    /// The people it tells.
    pub email: BTreeSet<String>,
    /// The channels it tells, and the secret that leads to each.
    pub slack: BTreeMap<String, SecretName>,
}

/// An alert policy that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LiveAlert {
    /// Its id.
    pub id: String,
    /// Its description, which holds the mark.
    pub description: String,
    /// What it watches, in DigitalOcean's word.
    pub metric: String,
    /// From when on it tells, as a person reads it.
    pub bound: String,
    /// The tags whose droplets it watches.
    pub tags: BTreeSet<Tag>,
    /// The droplets it watches by id.
    pub entities: BTreeSet<String>,
    /// The people it tells.
    pub email: BTreeSet<String>,
    /// The channels it tells, and a digest of where the hook of each leads, if that is told.
    pub slack: BTreeMap<String, Option<String>>,
    /// Whether it watches at all.
    pub enabled: bool,
}

impl Alert {
    /// What a person calls it: the description without the mark.
    pub fn name(&self) -> &str {
        unmarked(&self.description)
    }

    /// The fields that differ; a hook that leads elsewhere is seen where its digest is known.
    pub fn diff(&self, live: &LiveAlert, hooks: &BTreeMap<SecretName, String>) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        let mut compare = |field: &str, before: &str, after: &str| {
            if before != after {
                changes.push(FieldChange::new(field, &before, &after, Effect::InPlace));
            }
        };
        compare("type", &live.metric, &self.rule.metric.for_api());
        compare("bound", &live.bound, &self.rule.bound());
        compare("description", &live.description, &self.description);
        let own = BTreeSet::from([self.tag.clone()]);
        compare("tags", &tags(&live.tags), &tags(&own));
        compare("droplets", &joined(&live.entities), "");
        compare("email", &joined(&live.email), &joined(&self.email));
        compare("slack", &channels(&live.slack), &channels(&self.slack));
        compare("enabled", &live.enabled.to_string(), "true");
        for (channel, name) in &self.slack {
            let there = live.slack.get(channel).and_then(Option::as_ref);
            if there.zip(hooks.get(name)).is_some_and(|(there, wanted)| there != wanted) {
                let field = format!("hook of {channel}");
                let after = format!("what `{name}` is now");
                changes.push(FieldChange::new(field, &"another", &after, Effect::InPlace));
            }
        }
        changes
    }
}

impl LiveAlert {
    /// What a person calls it: the description without the mark.
    pub fn name(&self) -> &str {
        unmarked(&self.description)
    }
}

fn unmarked(description: &str) -> &str {
    description.rsplit_once(' ').map_or(description, |(name, _)| name)
}

fn channels<T>(slack: &BTreeMap<String, T>) -> String {
    slack.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn joined(words: &BTreeSet<String>) -> String {
    words.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn tags(tags: &BTreeSet<Tag>) -> String {
    tags.iter().map(|tag| tag.as_str().to_ascii_lowercase()).collect::<Vec<_>>().join(", ")
}
