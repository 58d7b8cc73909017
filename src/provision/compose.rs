//! What a compose file says of its services: what each is made from, and which needs which.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml::Value;

use crate::provision::digest::sha256;

/// One service as its compose file describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// The SHA-256 of its description.
    pub digest: String,
    /// The services that have to serve before it.
    pub needs: BTreeSet<String>,
    /// What it runs.
    pub image: String,
    /// Folders of the machine it sees, and where.
    pub binds: BTreeSet<(String, String)>,
    /// What its node is called, where its data knows that.
    pub node: Option<String>,
}

/// The services of a compose file by name. A file is checked when it is rendered, so one that
/// cannot be read has none.
pub fn sections(compose: &str) -> BTreeMap<String, Section> {
    let file: Value = serde_yaml::from_str(compose).unwrap_or_default();
    let services = file.get("services").and_then(Value::as_mapping);
    let one = |(name, service): (&Value, &Value)| Some((name.as_str()?.to_owned(), of(service)));
    services.into_iter().flatten().filter_map(one).collect()
}

/// The services in waves: each needs only what stands in waves before it.
///
/// What needs itself by a detour stands in the last wave: compose refuses such a file.
pub fn waves(sections: &BTreeMap<String, Section>) -> Vec<BTreeSet<String>> {
    let mut waves: Vec<BTreeSet<String>> = Vec::new();
    let mut left: BTreeSet<&String> = sections.keys().collect();
    while !left.is_empty() {
        let is_ready = |name: &&String| {
            let needs = sections.get(*name).map(|section| &section.needs);
            needs.is_none_or(|needs| !needs.iter().any(|need| left.contains(need)))
        };
        let ready: BTreeSet<&String> = left.iter().copied().filter(is_ready).collect();
        let wave = if ready.is_empty() { left.clone() } else { ready };
        left.retain(|name| !wave.contains(name));
        waves.push(wave.into_iter().cloned().collect());
    }
    waves
}

fn of(service: &Value) -> Section {
    let text = serde_yaml::to_string(service).unwrap_or_default();
    let image = service.get("image").and_then(Value::as_str).unwrap_or_default().to_owned();
    let digest = sha256(text.as_bytes());
    Section { digest, needs: needs(service), image, binds: binds(service), node: node(service) }
}

fn binds(service: &Value) -> BTreeSet<(String, String)> {
    let volumes = service.get("volumes").and_then(Value::as_sequence);
    let text = |volume: &Value, field: &str| Some(volume.get(field)?.as_str()?.to_owned());
    let one = |volume: &Value| Some((text(volume, "source")?, text(volume, "target")?));
    volumes.into_iter().flatten().filter_map(one).collect()
}

/// Weaviate's: a cluster whose node has another name than its data knows does not come up, or comes up
/// empty.
fn node(service: &Value) -> Option<String> {
    Some(service.get("environment")?.get("CLUSTER_HOSTNAME")?.as_str()?.to_owned())
}

/// `depends_on`, in its short form or its long one.
fn needs(service: &Value) -> BTreeSet<String> {
    let names: Vec<&Value> = match service.get("depends_on") {
        Some(Value::Sequence(names)) => names.iter().collect(),
        Some(Value::Mapping(names)) => names.keys().collect(),
        Some(
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Tagged(_),
        )
        | None => Vec::new(),
    };
    names.into_iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::{sections, waves};

    const FILE: &str = "services:\n  web: { image: w, depends_on: [store] }\n  \
        worker: { image: k, depends_on: { store: { condition: service_healthy }, web: {} } }\n  \
        store: { image: s }\n  proxy: { image: p }\n";

    fn names(file: &str) -> Vec<String> {
        let names = |wave: std::collections::BTreeSet<String>| {
            wave.into_iter().collect::<Vec<_>>().join(" ")
        };
        waves(&sections(file)).into_iter().map(names).collect()
    }

    #[test]
    fn what_is_needed_comes_first() {
        assert_eq!(names(FILE), ["proxy store", "web", "worker"]);
    }

    #[test]
    fn a_circle_ends_and_a_need_of_nothing_is_none() {
        let circle = "services: { a: { depends_on: [b] }, b: { depends_on: [a] }, c: {} }";
        assert_eq!(names(circle), ["c", "a b"]);
        assert_eq!(names("services: { a: { depends_on: [gone] } }"), ["a"]);
        assert!(names("- no compose file").is_empty());
    }

    #[test]
    fn a_service_changes_with_its_own_description_only() {
        let (before, after) = (sections(FILE), sections(&FILE.replace("image: p", "image: q")));
        assert_ne!(before["proxy"].digest, after["proxy"].digest);
        assert_eq!(before["web"], after["web"]);
    }
}
