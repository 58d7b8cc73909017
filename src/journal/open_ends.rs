//! What earlier runs began and did not finish.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    journal::{Entry, Record},
    values::Address,
};

/// A change that was about to be made, of which nothing more is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIntent {
    /// What was to be changed.
    pub address: Address,
    /// Its kind.
    pub kind: String,
    /// What it is called at DigitalOcean.
    pub name: String,
    /// What was to be done to it.
    pub action: String,
    /// When.
    pub at: Timestamp,
}

/// A droplet that may have been left off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenDebt {
    /// The droplet's address.
    pub address: Address,
    /// The droplet's id.
    pub droplet: u64,
    /// The tag that says so at DigitalOcean.
    pub tag: String,
}

/// The intents without an end.
pub fn intents(entries: &[Entry]) -> Vec<OpenIntent> {
    let mut open: BTreeMap<&Address, OpenIntent> = BTreeMap::new();
    for entry in entries {
        match &entry.record {
            Record::Intent { address, kind, name, action, .. } => {
                let intent = OpenIntent {
                    address: address.clone(),
                    kind: kind.clone(),
                    name: name.clone(),
                    action: action.clone(),
                    at: entry.at,
                };
                open.insert(address, intent);
            }
            Record::Acknowledged { address, .. }
            | Record::StepDone { address }
            | Record::StepFailed { address, .. } => {
                open.remove(address);
            }
            Record::Header { .. }
            | Record::RunStarted { .. }
            | Record::LockTaken { .. }
            | Record::Decided { .. }
            | Record::Ambiguous { .. }
            | Record::DebtOpened { .. }
            | Record::DebtClosed { .. }
            | Record::RunEnded { .. } => {}
        }
    }
    open.into_values().collect()
}

/// The debts nobody paid.
pub fn debts(entries: &[Entry]) -> Vec<OpenDebt> {
    let mut open = BTreeMap::new();
    for entry in entries {
        match &entry.record {
            Record::DebtOpened { address, droplet, tag } => {
                open.insert((*droplet, tag), address);
            }
            Record::DebtClosed { droplet, tag, .. } => {
                open.remove(&(*droplet, tag));
            }
            Record::Header { .. }
            | Record::RunStarted { .. }
            | Record::LockTaken { .. }
            | Record::Decided { .. }
            | Record::Intent { .. }
            | Record::Acknowledged { .. }
            | Record::Ambiguous { .. }
            | Record::StepDone { .. }
            | Record::StepFailed { .. }
            | Record::RunEnded { .. } => {}
        }
    }
    open.into_iter()
        .map(|((droplet, tag), address)| OpenDebt {
            address: address.clone(),
            droplet,
            tag: tag.clone(),
        })
        .collect()
}
