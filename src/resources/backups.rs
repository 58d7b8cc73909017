//! Backups of a machine, taken by DigitalOcean: as wanted, as found, and the difference.

use std::fmt;

use serde::Serialize;

use crate::values::{BackupPolicy, Money, weekly_surcharge};

/// Whether a machine is to be backed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backups {
    /// The file does not say: what was switched on or off by hand stays.
    #[default]
    Unsaid,
    /// It is not.
    Off,
    /// It is; without a policy, when DigitalOcean likes.
    On(Option<BackupPolicy>),
}

/// Whether a machine that was found is backed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LiveBackups {
    /// It is not.
    #[default]
    Off,
    /// It is; the policy is not known where it was not read, or is none of those known here.
    On(Option<BackupPolicy>),
}

/// What is done about the backups of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackupChange {
    /// They begin.
    Enable(Option<BackupPolicy>),
    /// They are taken at other times.
    Policy(BackupPolicy),
    /// They end.
    Disable,
}

impl Backups {
    /// What has to be done to what was found, if anything has.
    pub fn change(self, live: LiveBackups) -> Option<BackupChange> {
        match (self, live) {
            (Self::On(policy), LiveBackups::Off) => Some(BackupChange::Enable(policy)),
            (Self::On(Some(policy)), LiveBackups::On(found)) if found != Some(policy) => {
                Some(BackupChange::Policy(policy))
            }
            (Self::Off, LiveBackups::On(_)) => Some(BackupChange::Disable),
            (Self::Unsaid | Self::On(_), _) | (Self::Off, LiveBackups::Off) => None,
        }
    }

    /// How a machine stands that was found so, once what is wanted was done.
    pub fn after(self, live: LiveBackups) -> LiveBackups {
        match self.change(live) {
            None => live,
            Some(BackupChange::Enable(policy)) => LiveBackups::On(policy),
            Some(BackupChange::Policy(policy)) => LiveBackups::On(Some(policy)),
            Some(BackupChange::Disable) => LiveBackups::Off,
        }
    }
}

impl LiveBackups {
    /// What the backups add to a machine of this price.
    pub fn surcharge(self, machine: Money) -> Money {
        match self {
            Self::Off => Money::ZERO,
            Self::On(Some(policy)) => policy.surcharge(machine),
            Self::On(None) => weekly_surcharge(machine),
        }
    }
}

impl fmt::Display for LiveBackups {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => out.write_str("off"),
            Self::On(None) => out.write_str("on"),
            Self::On(Some(policy)) => write!(out, "{policy}"),
        }
    }
}
