//! A machine that takes another's place.

use serde::Serialize;

use crate::{
    resources::{Debt, Droplet},
    values::{Address, SizeSlug, Tag},
};

/// One machine in the place of another, with its volumes, as one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replacement {
    /// The id of the machine that is there.
    pub old: u64,
    /// Its size, which it has again should it have to go on.
    pub size: SizeSlug,
    /// What comes of it.
    pub succeed: Succeed,
    /// The volumes that change machines.
    pub volumes: Vec<Address>,
    /// Promises of earlier runs that the old machine will be on again, the latest last.
    pub debts: Vec<Debt>,
    /// Everything that happens, in order and in words.
    pub in_words: Vec<String>,
}

/// What comes of a machine that is to be replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Succeed {
    /// Another takes its place.
    By(Box<Successor>),
    /// An earlier run gave up in the middle: it gets its volumes back and is switched on.
    NotAtAll,
}

/// The machine that takes the place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Successor {
    /// How it is to be; the volumes are not its own from the start.
    pub droplet: Droplet,
    /// The tag that tells it from the one before.
    pub generation: Tag,
    /// Its id, if an earlier run made it.
    pub made: Option<u64>,
}
