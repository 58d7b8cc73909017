//! Reading a journal from its first line to its last whole one.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    sync::Arc,
};

use crate::{
    journal::{
        Entry, JournalError, Record, VERSION,
        chain::{self, Link},
    },
    values::StackName,
};

/// What a journal holds.
#[derive(Debug, Default)]
pub struct Contents {
    /// Every entry.
    pub entries: Vec<Entry>,
    /// What the next line begins from.
    pub link: Link,
    /// How many bytes the whole lines take.
    pub whole: u64,
    /// How many bytes follow them: a line that a crash tore.
    pub torn: u64,
}

impl Contents {
    /// Whose journal it is, if it has begun.
    pub fn stack(&self) -> Option<&StackName> {
        self.entries.first().and_then(|entry| match &entry.record {
            Record::Header { stack, .. } => Some(stack),
            Record::RunStarted { .. }
            | Record::LockTaken { .. }
            | Record::Decided { .. }
            | Record::Intent { .. }
            | Record::Acknowledged { .. }
            | Record::Ambiguous { .. }
            | Record::DebtOpened { .. }
            | Record::DebtClosed { .. }
            | Record::StepDone { .. }
            | Record::StepFailed { .. }
            | Record::RunEnded { .. } => None,
        })
    }
}

/// Reads and verifies every line; `path` is for words.
pub fn read(source: impl Read, path: &Path) -> Result<Contents, JournalError> {
    let mut source = BufReader::new(source);
    let mut contents = Contents::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = source.read_until(b'\n', &mut line).map_err(|source| JournalError::Io {
            doing: "read",
            path: path.to_owned(),
            source: Arc::new(source),
        })?;
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        let Some(text) = line.strip_suffix(b"\n") else {
            contents.torn = length;
            return Ok(contents);
        };
        contents.take(text, path)?;
        contents.whole += length;
    }
}

impl Contents {
    /// Adds one whole line.
    fn take(&mut self, line: &[u8], path: &Path) -> Result<(), JournalError> {
        let number = u64::try_from(self.entries.len()).unwrap_or(u64::MAX) + 1;
        let damaged = |why| JournalError::Damaged {
            path: path.to_owned(),
            line: number,
            offset: self.whole,
            why,
        };
        let text = str::from_utf8(line).map_err(|_| damaged("it is no text"))?;
        let (entry, next) = chain::decode::<Entry>(text, &self.link).map_err(damaged)?;
        if entry.seq != number {
            return Err(damaged("its number is not the one that follows"));
        }
        match (&entry.record, number) {
            (Record::Header { version, .. }, 1) if *version > VERSION => {
                let version = *version;
                return Err(JournalError::Newer { path: path.to_owned(), version });
            }
            (Record::Header { .. }, 1) => {}
            (_, 1) => return Err(damaged("it does not say whose journal this is")),
            (_, _) => {}
        }
        self.link = next;
        self.entries.push(entry);
        Ok(())
    }
}
