//! What is to be done for a component: wanted against what its machine says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use crate::{
    provision::{
        compose::{Section, sections, waves},
        digest::sha256,
        manifest::Manifest,
    },
    software::{Bundle, Content, File, PROGRAM_VERSION, Service},
};

/// A component's compose file.
const COMPOSE: &str = "compose.yaml";

/// What compose fills in where it reads that file; every service may use it.
const VARIABLES: &str = ".env";

/// What a machine says of a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// What it reached once.
    pub manifest: Manifest,
    /// The SHA-256 of those of its files that anybody may read, as they are.
    pub files: BTreeMap<String, String>,
    /// Its services, as they run.
    pub services: BTreeMap<String, Health>,
    /// The container of each service, and what that calls its node.
    pub nodes: BTreeMap<String, [String; 2]>,
}

/// How a service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It serves.
    Serving,
    /// It does not, or not yet.
    Down,
}

/// Which files have to go, and which have to come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// Texts that are not there, or differ.
    pub send: BTreeSet<String>,
    /// What was ours and is wanted no more.
    pub remove: BTreeSet<String>,
}

/// What is done to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It is started anew: what it is made from has changed.
    Renew,
    /// It is as it should be and does not serve.
    Start,
}

/// A service that has to be worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its name.
    pub service: String,
    /// What is done to it.
    pub deed: Deed,
}

/// All that is to be done for a component, and what it is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Which files go and come.
    pub files: Files,
    /// The digests of all its files as they are to be.
    pub digests: BTreeMap<String, String>,
    /// Its services as the compose file describes them.
    pub sections: BTreeMap<String, Section>,
    /// What each service is made from.
    pub inputs: BTreeMap<String, String>,
    /// What is to be done to services, in waves.
    pub waves: Vec<Vec<Task>>,
    /// The services that are stopped and removed.
    pub gone: BTreeSet<String>,
}

impl Difference {
    /// Compares a bundle with what its machine says; `keyed` are the digests of files with secrets
    /// as the machine would have them.
    pub fn of(bundle: &Bundle, found: &Found, keyed: &BTreeMap<String, String>) -> Self {
        let compose = texts(bundle).find(|(name, _)| *name == COMPOSE);
        let sections = sections(compose.map(|(_, text)| text.as_str()).unwrap_or_default());
        let digests = digests(bundle, keyed);
        let inputs = inputs(bundle, &sections, &digests);
        let waves = tasks(&sections, &inputs, found);
        let (files, gone) = (files(bundle, found), gone(&inputs, found));
        Self { files, digests, sections, inputs, waves, gone }
    }

    /// Whether nothing is to be done.
    pub fn is_none(&self) -> bool {
        self.files == Files::default() && self.waves.is_empty() && self.gone.is_empty()
    }
}

/// Compares files: a text that somebody changed on the machine is put back.
pub fn files(bundle: &Bundle, found: &Found) -> Files {
    let differs = |(name, text): &(&String, &String)| {
        found.files.get(*name).is_none_or(|there| *there != sha256(text.as_bytes()))
    };
    let mut send: BTreeSet<String> =
        texts(bundle).filter(differs).map(|(name, _)| name.clone()).collect();
    let is_other = send.contains(PROGRAM_VERSION);
    let lacks = |name: &&String| is_other || !found.files.contains_key(*name);
    send.extend(programs(bundle).filter(lacks).cloned());
    let gone = found.manifest.files.keys().filter(|name| !bundle.files.contains_key(*name));
    Files { send, remove: gone.cloned().collect() }
}

/// The digests of all a bundle's files: of texts as they are here, of the others as the machine
/// said.
fn digests(bundle: &Bundle, keyed: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let texts = texts(bundle).map(|(name, text)| (name.clone(), sha256(text.as_bytes())));
    let known = keyed.iter().filter(|(name, _)| bundle.files.contains_key(*name));
    let known = known.map(|(name, digest)| (name.clone(), digest.clone()));
    let programs = programs(bundle).map(|name| (name.clone(), "this program".to_owned()));
    texts.chain(known).chain(programs).collect()
}

/// What each service is made from, as one digest: its description and the files it reads.
fn inputs(
    bundle: &Bundle,
    sections: &BTreeMap<String, Section>,
    files: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let of = |(name, service): (&String, &Service)| {
        let section = sections.get(name).map(|section| section.digest.as_str());
        let mut text = format!("{}\n", section.unwrap_or_default());
        for input in service.inputs.iter().map(String::as_str).chain([VARIABLES]) {
            let digest = files.get(input).map(String::as_str).unwrap_or_default();
            let _ = writeln!(text, "{input} {digest}");
        }
        (name.clone(), sha256(text.as_bytes()))
    };
    bundle.services.iter().map(of).collect()
}

/// What is to be done to which service, in waves: what is needed comes first.
fn tasks(
    sections: &BTreeMap<String, Section>,
    inputs: &BTreeMap<String, String>,
    found: &Found,
) -> Vec<Vec<Task>> {
    let task = |service: String| {
        let wanted = inputs.get(&service)?;
        let is_known = found.manifest.services.get(&service) == Some(wanted);
        let deed = match (is_known, found.services.get(&service)) {
            (true, Some(Health::Serving)) => return None,
            (true, Some(Health::Down) | None) => Deed::Start,
            (false, _) => Deed::Renew,
        };
        Some(Task { service, deed })
    };
    let waves = waves(sections).into_iter();
    let waves = waves.map(|wave| wave.into_iter().filter_map(task).collect::<Vec<_>>());
    waves.filter(|wave| !wave.is_empty()).collect()
}

/// The services that run, or were started once, and are wanted no more.
pub fn gone(inputs: &BTreeMap<String, String>, found: &Found) -> BTreeSet<String> {
    let known = found.manifest.services.keys().chain(found.services.keys());
    known.filter(|service| !inputs.contains_key(*service)).cloned().collect()
}

/// The files of a bundle that are texts.
fn texts(bundle: &Bundle) -> impl Iterator<Item = (&String, &String)> {
    bundle.files.iter().filter_map(|(name, file)| match &file.content {
        Content::Text(text) => Some((name, text)),
        Content::Environment(_) | Content::Whole(_) | Content::Generated(_) | Content::Program => {
            None
        }
    })
}

/// The files of a bundle that are this program.
fn programs(bundle: &Bundle) -> impl Iterator<Item = &String> {
    let is_program = |file: &File| matches!(file.content, Content::Program);
    bundle.files.iter().filter(move |(_, file)| is_program(file)).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision::tests::bundle;

    /// The machine after all went well.
    fn settled(bundle: &Bundle) -> Found {
        let keyed = BTreeMap::from([("web.env".to_owned(), "5ec".to_owned())]);
        let Difference { digests: files, inputs: services, .. } =
            Difference::of(bundle, &Found::default(), &keyed);
        Found {
            files: files.clone(),
            services: services.keys().map(|name| (name.clone(), Health::Serving)).collect(),
            manifest: Manifest { digest: "0a".to_owned(), files, services },
            nodes: BTreeMap::new(),
        }
    }

    /// What is to be done, where the secrets of `web.env` have this digest.
    fn to_do(bundle: &Bundle, found: &Found, secrets: &str) -> (Files, Vec<String>) {
        let keyed = BTreeMap::from([("web.env".to_owned(), secrets.to_owned())]);
        let difference = Difference::of(bundle, found, &keyed);
        let word = |task: &Task| format!("{:?} {}", task.deed, task.service);
        let wave = |wave: &Vec<Task>| wave.iter().map(word).collect::<Vec<_>>().join(", ");
        let gone = difference.gone.iter().map(|service| format!("Remove {service}"));
        (difference.files.clone(), difference.waves.iter().map(wave).chain(gone).collect())
    }

    #[test]
    fn a_program_that_is_not_there_is_sent_again() {
        let mut bundle = bundle();
        bundle.files.insert("program/dostack".to_owned(), File::program());
        let found = settled(&bundle);
        assert!(files(&bundle, &found).send.is_empty());
        let mut without = found;
        without.files.remove("program/dostack");
        assert_eq!(files(&bundle, &without).send, BTreeSet::from(["program/dostack".to_owned()]));
    }

    #[test]
    fn a_machine_as_wanted_is_left_alone() {
        let bundle = bundle();
        assert_eq!(to_do(&bundle, &settled(&bundle), "5ec"), (Files::default(), Vec::new()));
    }

    #[test]
    fn an_empty_machine_gets_everything_in_order() {
        let (files, tasks) = to_do(&bundle(), &Found::default(), "5ec");
        assert_eq!(files.send.len(), 3);
        assert_eq!(tasks, ["Renew store", "Renew web"]);
    }

    #[test]
    fn only_the_service_that_reads_a_changed_file_is_started_anew() {
        let found = settled(&bundle());
        let mut changed = bundle();
        changed.files.insert("web/web.conf".to_owned(), File::text("listen 81".to_owned()));
        let (files, tasks) = to_do(&changed, &found, "5ec");
        assert_eq!(files.send, ["web/web.conf".to_owned()].into());
        assert_eq!(tasks, ["Renew web"]);
        assert_eq!(to_do(&bundle(), &found, "another").1, ["Renew web"]);
    }

    #[test]
    fn a_service_that_fell_over_is_started_and_one_that_nobody_wants_goes() {
        let mut found = settled(&bundle());
        found.services.insert("store".to_owned(), Health::Down);
        found.manifest.services.insert("old".to_owned(), "1".to_owned());
        found.manifest.files.insert("old.env".to_owned(), "1".to_owned());
        let (files, tasks) = to_do(&bundle(), &found, "5ec");
        assert_eq!(tasks, ["Start store", "Remove old"]);
        assert_eq!(files.remove, ["old.env".to_owned()].into());
    }

    #[test]
    fn this_program_goes_with_the_text_that_says_which_version_it_is() {
        let with = |version: &str| {
            let mut bundle = bundle();
            let text = File::text(version.to_owned());
            bundle.files.insert(PROGRAM_VERSION.to_owned(), text);
            bundle.files.insert("program/dostack".to_owned(), File::program());
            bundle
        };
        let found = settled(&with("1"));
        assert_eq!(to_do(&with("1"), &found, "5ec").0, Files::default());
        let both = ["program/dostack", PROGRAM_VERSION].map(str::to_owned);
        assert_eq!(to_do(&with("2"), &found, "5ec").0.send, both.clone().into());
        assert_eq!(to_do(&bundle(), &found, "5ec").0.remove, both.into());
    }

    #[test]
    fn a_text_that_somebody_changed_there_is_put_back() {
        let mut found = settled(&bundle());
        found.files.insert("web/web.conf".to_owned(), "other".to_owned());
        assert_eq!(to_do(&bundle(), &found, "5ec").0.send, ["web/web.conf".to_owned()].into());
    }
}
