//! What a plan says besides its steps.

use serde::Serialize;

use crate::{
    resources::Kind,
    values::{Address, Money},
};

/// Something worth knowing that is no change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What it is about.
    pub address: Option<Address>,
    /// One sentence.
    pub text: String,
}

/// Data that stays although nothing in the file speaks of it any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Its address.
    pub address: Address,
    /// What it is.
    pub kind: Kind,
    /// What it is called at DigitalOcean.
    pub name: String,
    /// GiB.
    pub size_gb: u32,
    /// What it costs a month.
    pub monthly: Money,
}

/// Snapshots that a policy of the file has taken of a volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Copies {
    /// The volume's address.
    pub address: Address,
    /// How many there are at most.
    pub at_most: usize,
    /// GiB of the volume; a snapshot is billed for no more.
    pub size_gb: u32,
    /// What they cost a month at most. It is no part of what the month of a plan costs, nor of the
    /// budget: what there really is to pay grows with the data.
    pub monthly_at_most: Money,
}

/// Something the plan will not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// What it is about.
    pub address: Option<Address>,
    /// Why, which decides the exit code.
    pub why: Refused,
    /// What is the matter.
    pub text: String,
    /// What to do instead.
    pub way_out: String,
}

/// Why a plan refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refused {
    /// The file asks for what DigitalOcean cannot do: exit 3.
    Impossible,
    /// Something of that name is there and is not ours, or ours is there twice: exit 8.
    Ambiguous,
    /// More than the account may hold: exit 5.
    Quota,
    /// A rule that protects data or money: exit 12.
    Unsafe,
}
