//! What machines answer when something was done on them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ssh::plain;

/// What `settle.sh` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// What it changed, or would change, in words.
    pub changed: Vec<String>,
    /// The digests of files with secrets, with a key that stays on the machine: by component and
    /// by the files' names.
    pub keyed: BTreeMap<String, BTreeMap<String, String>>,
}

/// How a service came up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raised {
    /// It serves.
    Healthy(String),
    /// It does not.
    Failed {
        /// Its name.
        service: String,
        /// Why.
        why: String,
        /// The last of what it wrote.
        log: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Changed(String),
    Keyed(String, String, String),
    Healthy(String),
    Failed(String, String, String),
}

fn lines(said: &str) -> impl Iterator<Item = Line> {
    said.lines().filter_map(|line| serde_json::from_str(line).ok())
}

impl Settled {
    /// Reads what it said.
    pub fn parse(said: &str) -> Self {
        let mut settled = Self::default();
        for line in lines(said) {
            match line {
                Line::Changed(what) => settled.changed.push(what),
                Line::Keyed(component, file, digest) => {
                    settled.keyed.entry(component).or_default().insert(file, digest);
                }
                Line::Healthy(_) | Line::Failed(..) => {}
            }
        }
        settled
    }
}

/// Reads what `start.sh` said.
pub fn raised(said: &str) -> Vec<Raised> {
    let raised = lines(said).filter_map(|line| match line {
        Line::Healthy(service) => Some(Raised::Healthy(service)),
        Line::Failed(service, why, log) => {
            Some(Raised::Failed { service, why, log: text_of(&log) })
        }
        Line::Changed(_) | Line::Keyed(..) => None,
    });
    raised.collect()
}

/// The last line of what a machine said, without our own name before it.
pub fn last_line(said: &str) -> String {
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
    last.trim().trim_start_matches("dostack: ").to_owned()
}

/// A text that came as digits, two for each byte.
fn text_of(digits: &str) -> String {
    let value =
        |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(value(*high)? * 16 + value(*low)?),
        _ => None,
    };
    let bytes: Vec<u8> = digits.as_bytes().chunks(2).filter_map(byte).collect();
    plain(&bytes).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Raised, Settled, last_line, raised};

    #[test]
    fn changes_and_digests_are_told_apart() {
        let said = "{\"changed\":\"vector/weaviate.env\"}\nnoise\n\
            {\"keyed\":[\"vector\",\"weaviate.env\",\"aa\"]}\n";
        let settled = Settled::parse(said);
        assert_eq!(settled.changed, ["vector/weaviate.env"]);
        assert_eq!(settled.keyed["vector"]["weaviate.env"], "aa");
    }

    #[test]
    fn a_log_that_came_as_digits_is_text_without_escapes() {
        let said =
            "{\"healthy\":\"store\"}\n{\"failed\":[\"web\",\"it ended\",\"1b5b33316d6e6f0a\"]}\n";
        let failed = Raised::Failed {
            service: "web".to_owned(),
            why: "it ended".to_owned(),
            log: "no".to_owned(),
        };
        assert_eq!(raised(said), [Raised::Healthy("store".to_owned()), failed]);
    }

    #[test]
    fn the_last_line_is_the_reason() {
        assert_eq!(last_line("step\ndostack: refused: no disk\n\n"), "refused: no disk");
        assert_eq!(last_line(""), "nothing");
    }
}
