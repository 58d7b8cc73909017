//! Whole stack files, and what is said about them.

mod bytes;
mod extended;
mod mistakes;
mod monitoring;
mod probes;
mod rules;
mod schema;
mod secrets;

use std::collections::BTreeMap;

use crate::config::{Loaded, MissingKeys, SourceError, Sources, load};

/// The project's own stacks.
const DEV: &str = include_str!("../../../stacks/dev.yaml");
const PROD: &str = include_str!("../../../stacks/prod.yaml");

/// Made with `ssh-keygen -t ed25519`.
const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH5GyvNfa5yCBt7vp1vOutJXgdYjXme+sGqj40EuvkIJ dev@example";

/// The smallest stack there is; tests add what they are about.
const SMALL: &str = "\
stack: small
region: sfo2
vpc: { ip_range: 10.0.0.0/16 }
ssh: { public_keys: [key.pub], allow_from: [\"203.0.113.0/24\"] }
";

/// Files, keys and variables by name.
#[derive(Default)]
struct World {
    files: BTreeMap<String, Vec<u8>>,
    keys: BTreeMap<String, Vec<u8>>,
    variables: BTreeMap<String, String>,
}

impl World {
    fn with(text: impl AsRef<[u8]>) -> Self {
        Self::default().file("stacks/a.yaml", text).key("key.pub", KEY)
    }

    fn file(mut self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.files.insert(path.to_owned(), text.as_ref().to_vec());
        self
    }

    fn key(mut self, path: &str, text: &str) -> Self {
        self.keys.insert(path.to_owned(), text.as_bytes().to_vec());
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The small stack with more lines.
    fn small(lines: &str) -> Self {
        Self::with(format!("{SMALL}{lines}"))
    }

    /// The small stack with these components.
    fn of(components: &str) -> Self {
        let indented = components.trim_end().replace('\n', "\n  ");
        Self::small(&format!("components:\n  {indented}\n"))
    }

    /// The stack, which must be valid.
    fn loaded(&self) -> Loaded {
        load("stacks/a.yaml", self, MissingKeys::Refuse).unwrap()
    }

    /// Every mistake, rendered.
    fn refused(&self) -> String {
        match load("stacks/a.yaml", self, MissingKeys::Refuse) {
            Ok(loaded) => panic!("this must not load: {:?}", loaded.stack),
            Err(mistakes) => mistakes.to_string(),
        }
    }

    /// What is said of the stack, which must be valid.
    fn warnings(&self) -> Vec<String> {
        self.loaded().warnings.located().into_iter().map(|one| one.message).collect()
    }

    /// The text of each mistake alone.
    fn messages(&self) -> Vec<String> {
        match load("stacks/a.yaml", self, MissingKeys::Refuse) {
            Ok(_) => Vec::new(),
            Err(mistakes) => mistakes.0.located().into_iter().map(|one| one.message).collect(),
        }
    }
}

impl Sources for World {
    fn stack_file(&self, path: &str, _limit: usize) -> Result<Vec<u8>, SourceError> {
        self.files.get(path).cloned().ok_or(SourceError::Missing)
    }

    fn key_file(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        self.keys.get(path).cloned().ok_or(SourceError::Missing)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}
