//! Data that was on a machine before us, in the hands of a container of somebody else's.
//!
//! It is not moved unasked, and not left behind unasked either: a service of ours that began with
//! an empty folder beside it would look as if the data were gone.

use std::collections::BTreeMap;

use crate::{
    provision::{
        compose::{Section, sections},
        machine::Machine,
        state::{Other, State},
    },
    software::{Bundle, Content},
};

/// What becomes of data that lies elsewhere than ours would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldData {
    /// It stays where it lies, and ours uses it there.
    Keep,
    /// It is copied to where ours looks for it.
    Move,
}

/// A container that was there before us, and does what a service of ours is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// The service of ours.
    pub service: String,
    /// The container.
    pub container: String,
    /// Where its data lies; none where that is in the container itself.
    pub lies: Option<String>,
    /// Where ours has it.
    pub ours: String,
    /// What its data calls the node, and what ours is to be called, where these are not the same.
    pub nodes: Option<[String; 2]>,
}

/// The containers on a machine whose data a service of ours would have to take over.
pub fn before(machine: &Machine, state: &State) -> Vec<Before> {
    machine.bundles.iter().flat_map(|bundle| of(bundle, state)).collect()
}

/// A service of ours whose data knows its node by another name than it is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The service.
    pub service: String,
    /// Its container.
    pub container: String,
    /// What its data calls the node, and what it is to be called.
    pub nodes: [String; 2],
}

/// The first service of a machine that would not find its data again.
pub fn renamed(machine: &Machine, state: &State) -> Option<Renamed> {
    machine.bundles.iter().find_map(|bundle| {
        let found = state.components.get(&bundle.component.owner().to_string())?;
        described(bundle).into_iter().find_map(|(service, section)| {
            let ([container, theirs], ours) = (found.nodes.get(&service)?, section.node?);
            let nodes = [theirs.clone(), ours];
            let container = container.clone();
            (nodes[0] != nodes[1]).then_some(Renamed { service, container, nodes })
        })
    })
}

/// The services of a bundle, as its compose file describes them.
fn described(bundle: &Bundle) -> BTreeMap<String, Section> {
    match bundle.files.get("compose.yaml").map(|file| &file.content) {
        Some(Content::Text(text)) => sections(text),
        Some(
            Content::Environment(_) | Content::Whole(_) | Content::Generated(_) | Content::Program,
        )
        | None => BTreeMap::new(),
    }
}

fn of(bundle: &Bundle, state: &State) -> Vec<Before> {
    let name = bundle.component.owner().to_string();
    let found = state.components.get(&name);
    let sections = described(bundle);
    // What served once with us has its data where it is to be.
    let is_new = |service: &&String| {
        found.is_none_or(|found| !found.manifest.services.contains_key(*service))
    };
    let new = sections.iter().filter(|(service, _)| is_new(service));
    let pairs = new.flat_map(|(service, section)| {
        let binds = section.binds.iter().filter(|(source, _)| is_data(bundle, source));
        binds.map(move |bind| (service, section, bind))
    });
    pairs.flat_map(|(service, section, bind)| before_one(state, service, section, bind)).collect()
}

fn is_data(bundle: &Bundle, source: &str) -> bool {
    bundle.data.iter().any(|data| data.path == source)
}

fn before_one(
    state: &State,
    service: &str,
    section: &Section,
    (ours, target): &(String, String),
) -> Vec<Before> {
    let alike = state.others.iter().filter(|other| {
        family(&other.image) == family(&section.image) && !other.name.ends_with("-before-dostack")
    });
    let one = |other: &Other| Before {
        service: service.to_owned(),
        container: other.name.clone(),
        lies: other.data.get(target).cloned(),
        ours: ours.clone(),
        nodes: other.node.clone().zip(section.node.clone()).map(<[String; 2]>::from),
    };
    let differ = |nodes: &[String; 2]| nodes[0] != nodes[1];
    alike.map(one).map(|it| Before { nodes: it.nodes.filter(differ), ..it }).collect()
}

/// What an image is by the last part of its name, whoever made it.
fn family(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split(['@', ':']).next().unwrap_or(name);
    match name {
        "pgvector" | "postgresql" | "postgis" => "postgres",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::family;

    #[test]
    fn an_image_is_known_whoever_made_it() {
        assert_eq!(family("semitechnologies/weaviate:1.28.4"), "weaviate");
        assert_eq!(family("cr.weaviate.io/semitechnologies/weaviate@sha256:0a"), "weaviate");
        assert_eq!(family("postgres:16"), family("docker.io/pgvector/pgvector:0.8.6-pg16"));
        assert_ne!(family("localhost:5000/app"), family("postgres"));
    }
}
