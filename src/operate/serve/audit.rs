//! What the daemon was asked and what it did, on disk for as long as anybody likes.
//!
//! A line an event, only ever appended, each with the journal's chain over itself and the line
//! before, so that a line that was changed or taken out is found. Bodies, tokens and whatever else a
//! caller chose are never in it.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::task;

use crate::{
    journal::{Link, chained},
    operate::serve::work::Verdict,
};

/// An append-only file; clones share it.
#[derive(Clone, Debug)]
pub struct Audit {
    end: Arc<Mutex<End>>,
    acted: Arc<Vec<Entry>>,
}

#[derive(Debug)]
struct End {
    file: File,
    link: Link,
}

/// Why there is no audit log.
#[derive(Debug, Error)]
#[error("cannot {doing} the audit log `{}`", path.display())]
pub struct AuditError {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was.
    pub at: Timestamp,
    /// What it was.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The daemon began.
    Started {
        /// Its version.
        version: String,
    },
    /// The stack file was read again.
    Reloaded,
    /// The stack file was to be read again, and the old one stays.
    Kept {
        /// Why.
        why: String,
    },
    /// An alert asked for a visit.
    Woken {
        /// Of what.
        target: String,
        /// Who posted it, by network address.
        peer: String,
        /// What the post was, as a short hash, by which a repetition is known.
        post: String,
    },
    /// Posts were refused since the last such line.
    Refused {
        /// How many for which reason.
        reasons: BTreeMap<String, u64>,
    },
    /// A visit ended otherwise than the one before, or something was done.
    Round {
        /// Of what.
        target: String,
        /// How.
        verdict: String,
        /// What was decided, in a word.
        decision: String,
        /// Why, in a sentence.
        reason: String,
    },
    /// The daemon was asked to end.
    Stopped,
}

impl Audit {
    /// Opens the file, and makes it and its folder if they are missing.
    pub fn open(path: &Path) -> Result<Self, AuditError> {
        let failed = |doing| move |source| AuditError { doing, path: path.to_owned(), source };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(failed("make the folder of"))?;
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let mut file = options.open(path).map_err(failed("open"))?;
        let text = fs::read_to_string(path).map_err(failed("read"))?;
        if !text.is_empty() && !text.ends_with('\n') {
            // A line that a crash has cut stays as it is, and the next one begins below it.
            file.write_all(b"\n").map_err(failed("write to"))?;
        }
        let link = text.lines().rev().find_map(Link::of_line).unwrap_or_default();
        let acted = text.lines().filter_map(|line| serde_json::from_str(line).ok());
        let acted = acted.filter(Entry::has_acted).collect();
        Ok(Self { end: Arc::new(Mutex::new(End { file, link })), acted: Arc::new(acted) })
    }

    /// What had been done when the file was opened, oldest first.
    pub fn acted(&self) -> Vec<Entry> {
        self.acted.to_vec()
    }

    /// Appends a line; it is on disk when this returns.
    pub async fn note(&self, entry: Entry) -> io::Result<()> {
        let end = Arc::clone(&self.end);
        let written = task::spawn_blocking(move || {
            end.lock().unwrap_or_else(PoisonError::into_inner).write(&entry)
        });
        written.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

impl Entry {
    /// Whether it tells of something that was done.
    pub fn has_acted(&self) -> bool {
        matches!(&self.event, Event::Round { verdict, .. } if verdict == Verdict::Acted.word())
    }
}

impl End {
    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let (mut line, link) = chained(entry, &self.link);
        line.push('\n');
        self.file.write_all(line.as_bytes())?;
        self.link = link;
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::unchained;

    fn entry(event: Event) -> Entry {
        Entry { at: "2026-11-21T13:00:00Z".parse().unwrap(), event }
    }

    fn read(path: &Path) -> Vec<Result<Entry, &'static str>> {
        let mut link = Link::default();
        let text = fs::read_to_string(path).unwrap();
        let lines = text.lines().map(|line| {
            let (entry, next) = unchained(line, &link)?;
            link = next;
            Ok(entry)
        });
        lines.collect()
    }

    #[tokio::test]
    async fn lines_vouch_for_each_other_over_restarts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/audit.jsonl");
        for event in [Event::Started { version: "1".to_owned() }, Event::Reloaded, Event::Stopped] {
            Audit::open(&path).unwrap().note(entry(event)).await.unwrap();
        }
        let events: Vec<Event> = read(&path).into_iter().map(|line| line.unwrap().event).collect();
        assert_eq!(events[1..], [Event::Reloaded, Event::Stopped]);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("reloaded", "stopped")).unwrap();
        assert!(read(&path)[1].is_err(), "a changed line is found");
        let without: Vec<&str> =
            text.lines().enumerate().filter(|(at, _)| *at != 1).map(|(_, line)| line).collect();
        fs::write(&path, without.join("\n")).unwrap();
        assert!(read(&path)[1].is_err(), "a line that is gone is found");
    }

    #[tokio::test]
    async fn a_line_cut_by_a_crash_stays_and_the_next_stands_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        Audit::open(&path).unwrap().note(entry(Event::Reloaded)).await.unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{whole}{{\"at\":\"20")).unwrap();
        Audit::open(&path).unwrap().note(entry(Event::Stopped)).await.unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        let (_, link) = unchained::<Entry>(lines[0], &Link::default()).unwrap();
        assert_eq!(unchained::<Entry>(lines[2], &link).unwrap().0.event, Event::Stopped);
    }
}
