//! Past runs, as the journal tells them.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    journal::{Entry, JournalError, Record, file, read},
    values::Address,
};

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    /// When it began.
    pub started: Timestamp,
    /// When it wrote its last line.
    pub last: Timestamp,
    /// The command, as `up`.
    pub command: String,
    /// The version of dostack.
    pub version: String,
    /// Who ran it.
    pub holder: String,
    /// The steps it finished.
    pub done: Vec<Address>,
    /// The steps that failed, and why.
    pub failed: Vec<(Address, String)>,
    /// How it ended; none when it was killed or still runs.
    pub outcome: Option<String>,
}

/// The runs of a stack, oldest first; none where there is no journal.
pub fn history(folder: &Path) -> Result<Vec<Run>, JournalError> {
    let Some((file, path)) = file::open_to_read(folder)? else {
        return Ok(Vec::new());
    };
    Ok(runs(&read::read(file, &path)?.entries))
}

fn runs(entries: &[Entry]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for entry in entries {
        if let Record::RunStarted { command, version, holder } = &entry.record {
            runs.push(Run {
                id: entry.run,
                started: entry.at,
                last: entry.at,
                command: command.clone(),
                version: version.clone(),
                holder: holder.clone(),
                done: Vec::new(),
                failed: Vec::new(),
                outcome: None,
            });
        }
        if let Some(run) = runs.last_mut().filter(|run| run.id == entry.run) {
            run.take(entry);
        }
    }
    runs
}

impl Run {
    fn take(&mut self, entry: &Entry) {
        self.last = entry.at;
        match &entry.record {
            Record::StepDone { address } => self.done.push(address.clone()),
            Record::StepFailed { address, error } => {
                self.failed.push((address.clone(), error.clone()));
            }
            Record::RunEnded { outcome } => self.outcome = Some(outcome.clone()),
            Record::Header { .. }
            | Record::RunStarted { .. }
            | Record::LockTaken { .. }
            | Record::Decided { .. }
            | Record::Intent { .. }
            | Record::Acknowledged { .. }
            | Record::Ambiguous { .. }
            | Record::DebtOpened { .. }
            | Record::DebtClosed { .. } => {}
        }
    }
}
