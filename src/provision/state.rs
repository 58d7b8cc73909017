//! How a machine says it is: what `look.sh` writes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{
    provision::{
        difference::{Found, Health},
        manifest::Manifest,
    },
    software::ROOT,
};

/// How a machine is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// How far the script is that makes it ready for containers; none where it never ran.
    pub bootstrap: Option<Bootstrap>,
    /// The SHA-256 of files it was asked for, by their paths.
    pub files: BTreeMap<String, String>,
    /// What is mounted.
    pub mounts: BTreeSet<String>,
    /// Its host key.
    pub host_key: Option<HostKeyState>,
    /// The version of its container engine; none where there is none, or it does not run.
    pub engine: Option<String>,
    /// What it has of which component.
    pub components: BTreeMap<String, Found>,
    /// The containers on it that are not ours.
    pub others: Vec<Other>,
    /// The component and the service of each container that is.
    ours: BTreeMap<String, [String; 2]>,
}

/// A container that is not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// What it is called.
    pub name: String,
    /// What it runs.
    pub image: String,
    /// The folders of the machine it sees, by where it sees them.
    pub data: BTreeMap<String, String>,
    /// What it calls its node, if it is of a kind that has some.
    pub node: Option<String>,
}

/// How far the script is that makes a machine ready for containers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Bootstrap {
    /// Whether it still runs.
    pub status: Progress,
    /// The step it is at, or ended with.
    pub step: String,
}

/// Whether the script still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// It does.
    Running,
    /// It ended well.
    Done,
    /// It stopped at its step.
    Failed,
}

/// A machine's host key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKeyState {
    /// Since when it has it.
    pub whose: Whose,
    /// Its public half, one line.
    pub line: String,
}

/// Since when a machine has its host key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// Since its birth, or since before we knew it.
    Born,
    /// It made it when we asked it to.
    Own,
}

/// One line of what a machine says.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Bootstrap(Bootstrap),
    File(String, String),
    Mount(String),
    Manifest(String, Manifest),
    HostKey(Whose, String),
    Engine(String),
    Container([String; 6]),
    Data(String, String, String),
    Node(String, String),
}

impl State {
    /// Reads what a machine said. A line that cannot be read is as if it were not there: a manifest
    /// that was damaged leads to a service that is started once more, not to a machine that nobody
    /// can work on.
    pub fn parse(said: &str) -> Self {
        let mut state = Self::default();
        for line in said.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            state.learn(line);
        }
        state
    }

    fn learn(&mut self, line: Line) {
        match line {
            Line::Bootstrap(bootstrap) => self.bootstrap = Some(bootstrap),
            Line::File(path, digest) => self.learn_file(path, digest),
            Line::Mount(path) => drop(self.mounts.insert(path)),
            Line::Manifest(component, manifest) => self.component(component).manifest = manifest,
            Line::HostKey(whose, line) => self.host_key = Some(HostKeyState { whose, line }),
            Line::Engine(version) => self.engine = Some(version),
            Line::Container([folder, service, state, status, name, image]) => {
                let ours = folder.strip_prefix(ROOT).and_then(|rest| rest.strip_prefix('/'));
                if let Some(component) = ours {
                    let health = health(&state, &status);
                    self.ours.insert(name, [component.to_owned(), service.clone()]);
                    self.component(component.to_owned()).services.insert(service, health);
                } else {
                    self.others.push(Other { name, image, data: BTreeMap::new(), node: None });
                }
            }
            Line::Data(name, at, source) => {
                if let Some(other) = self.other(&name) {
                    other.data.insert(at, source);
                }
            }
            Line::Node(name, node) => {
                if let Some(other) = self.other(&name) {
                    other.node = Some(node);
                } else if let Some([component, service]) = self.ours.get(&name).cloned() {
                    self.component(component).nodes.insert(service, [name, node]);
                }
            }
        }
    }

    fn learn_file(&mut self, path: String, digest: String) {
        let ours = path.strip_prefix(ROOT).and_then(|rest| rest.strip_prefix('/')?.split_once('/'));
        match ours {
            Some((component, name)) => {
                let name = name.to_owned();
                self.component(component.to_owned()).files.insert(name, digest);
            }
            None => drop(self.files.insert(path, digest)),
        }
    }

    fn other(&mut self, name: &str) -> Option<&mut Other> {
        self.others.iter_mut().find(|other| other.name == name)
    }

    fn component(&mut self, name: String) -> &mut Found {
        self.components.entry(name).or_default()
    }
}

/// Whether a container serves, by its state and the words the engine has for it: `Up 3 minutes
/// (healthy)`, or no word about health where nobody checks it.
fn health(state: &str, status: &str) -> Health {
    let is_doubtful = status.contains("(unhealthy)") || status.contains("(health: starting)");
    if state == "running" && !is_doubtful { Health::Serving } else { Health::Down }
}

#[cfg(test)]
mod tests {
    use super::{Bootstrap, Progress, State, Whose};
    use crate::provision::difference::Health;

    #[test]
    fn everything_a_machine_says_is_read_and_what_is_damaged_is_not_there() {
        let state = State::parse(concat!(
            r#"{"bootstrap":{"status":"failed","step":"volume"}}"#,
            "\n",
            r#"{"file":["/etc/dostack/machine.env","aa"]}"#,
            "\n",
            r#"{"file":["/opt/dostack/vector/agents/start.sh","bb"]}"#,
            "\n",
            r#"{"mount":"/mnt/core_vector_data"}"#,
            "\n",
            r#"{"manifest":["vector",{"digest":"0a","services":{"weaviate":"cc"}}]}"#,
            "\n",
            r#"{"manifest":["app",{"digest":"0a","serv]}"#,
            "\n",
            r#"{"host_key":["own","ssh-ed25519 AAAA"]}"#,
            "\n",
            r#"{"engine":"26.1.5"}"#,
            "\n",
            r#"{"container":["/opt/dostack/vector","weaviate","running","Up 2 minutes (healthy)","vector-weaviate-1","w:1"]}"#,
            "\n",
            r#"{"node":["vector-weaviate-1","node1"]}"#,
            "\n",
            r#"{"container":["/root/old","db","running","Up 2 days","old-db-1","postgres:16"]}"#,
            "\n",
            r#"{"data":["old-db-1","/var/lib/postgresql/data","/root/data"]}"#,
            "\n",
            r#"{"node":["old-db-1","0f3a"]}"#,
            "\n",
            r#"{"node":["old-db-1","node7"]}"#,
            "\n",
        ));
        let failed = Bootstrap { status: Progress::Failed, step: "volume".to_owned() };
        assert_eq!(state.bootstrap, Some(failed));
        assert_eq!(state.files["/etc/dostack/machine.env"], "aa");
        assert_eq!(state.host_key.as_ref().unwrap().whose, Whose::Own);
        assert_eq!(state.engine.as_deref(), Some("26.1.5"));
        assert_eq!(state.components.len(), 1);
        let vector = &state.components["vector"];
        assert_eq!(vector.files["agents/start.sh"], "bb");
        assert_eq!(vector.manifest.services["weaviate"], "cc");
        assert_eq!(vector.services["weaviate"], Health::Serving);
        assert_eq!(vector.nodes["weaviate"], ["vector-weaviate-1", "node1"]);
        let [other] = state.others.as_slice() else { panic!("{:?}", state.others) };
        assert_eq!((other.name.as_str(), other.image.as_str()), ("old-db-1", "postgres:16"));
        assert_eq!(other.data["/var/lib/postgresql/data"], "/root/data");
        assert_eq!(other.node.as_deref(), Some("node7"));
    }

    #[test]
    fn a_container_that_is_not_sure_yet_does_not_serve() {
        let health = |state: &str, status: &str| super::health(state, status);
        assert_eq!(health("running", "Up 2 seconds"), Health::Serving);
        for (state, status) in [
            ("running", "Up 2 seconds (health: starting)"),
            ("running", "Up 2 minutes (unhealthy)"),
            ("exited", "Exited (1) 3 seconds ago"),
            ("restarting", "Restarting (1) 3 seconds ago"),
        ] {
            assert_eq!(health(state, status), Health::Down, "{status}");
        }
    }
}
