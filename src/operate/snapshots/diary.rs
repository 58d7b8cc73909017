//! What is about to be done to snapshots, in the stack's journal.

use crate::{
    engine::Site,
    journal::{Journal, JournalError, Record, Via},
    resources::Kind,
    values::{Address, StackName},
};

/// The journal of a run that changes something; it is opened with the first change, so that a timer
/// that finds nothing to do leaves no line.
pub struct Diary<'a> {
    site: &'a Site,
    stack: &'a StackName,
    command: &'a str,
    journal: Option<Journal>,
}

impl<'a> Diary<'a> {
    /// A run that has changed nothing yet.
    pub const fn new(site: &'a Site, stack: &'a StackName, command: &'a str) -> Self {
        Self { site, stack, command, journal: None }
    }

    /// Writes down that something is about to be done to a snapshot.
    pub async fn intend(
        &mut self,
        address: &Address,
        name: &str,
        action: &str,
    ) -> Result<(), JournalError> {
        let record = Record::Intent {
            address: address.clone(),
            kind: Kind::Snapshot.word().to_owned(),
            name: name.to_owned(),
            action: action.to_owned(),
            body: None,
        };
        self.open().await?.append(record).await
    }

    /// Writes down that a snapshot exists.
    pub async fn acknowledge(
        &mut self,
        address: &Address,
        id: &str,
        via: Via,
    ) -> Result<(), JournalError> {
        let record = Record::Acknowledged { address: address.clone(), id: id.to_owned(), via };
        self.open().await?.append(record).await
    }

    /// Writes down that an intent was carried out.
    pub async fn done(&mut self, address: &Address) -> Result<(), JournalError> {
        let record = Record::StepDone { address: address.clone() };
        self.open().await?.append(record).await
    }

    /// Writes down how the run ended, for its history alone.
    pub async fn end(self, outcome: String) {
        if let Some(journal) = self.journal {
            drop(journal.append(Record::RunEnded { outcome }).await);
        }
    }

    async fn open(&mut self) -> Result<&Journal, JournalError> {
        if self.journal.is_none() {
            let site = self.site;
            let folder = site.folder.join(self.stack.as_str());
            let clock = site.clock.clone();
            let (journal, _) = Journal::open(&folder, self.stack, site.run, clock)?;
            journal
                .append(Record::RunStarted {
                    command: self.command.to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    holder: site.holder.to_string(),
                })
                .await?;
            self.journal = Some(journal);
        }
        Ok(self.journal.as_ref().expect("it was just opened"))
    }
}
