//! What nobody outside DigitalOcean knows about its API: each question can be answered either way.
//!
//! The usual answer is the friendlier one. A program that holds under the others too rests on no
//! assumption. They are set under `/_sandbox/unknowns`; all seconds are DigitalOcean's, and pass as
//! much faster as everything else here does.

use serde::{Deserialize, Serialize};

/// One answer to every question.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Unknowns {
    /// Seconds until a new droplet is found by its tag.
    pub tag_search_lag: u32,
    /// Seconds until a new droplet or volume is found by its name.
    pub name_search_lag: u32,
    /// Seconds until the name of something new counts as taken: calls that are closer together all
    /// succeed, for a firewall, a project, a volume, and a VPC with its range.
    pub name_check_lag: u32,
    /// Seconds that a droplet which is gone remains a member of its VPC.
    pub member_lag: u32,
    /// Seconds the deletion of a droplet takes.
    pub droplet_delete_seconds: u32,
    /// Seconds until the name of a deleted volume can be used again.
    pub volume_name_hold: u32,
    /// What comes of switching on a droplet that is on.
    pub power_on_while_on: Verdict,
    /// What comes of resizing a droplet that is on.
    pub resize_while_on: Verdict,
    /// What comes of deleting a droplet that has volumes.
    pub delete_with_volumes: Verdict,
    /// What becomes of the snapshots of a volume that is deleted.
    pub snapshots_of_deleted: Snapshots,
}

/// Whether a doubtful call is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is.
    Accepted,
    /// It is not.
    Refused,
}

/// What becomes of a deleted volume's snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Snapshots {
    /// They outlive it.
    Stay,
    /// They go with it.
    Go,
}

/// Seconds the deletion of a droplet usually takes.
const DELETE_DROPLET: u32 = 5;

impl Default for Unknowns {
    fn default() -> Self {
        Self {
            tag_search_lag: 0,
            name_search_lag: 0,
            name_check_lag: 0,
            member_lag: 0,
            droplet_delete_seconds: DELETE_DROPLET,
            volume_name_hold: 0,
            power_on_while_on: Verdict::Refused,
            resize_while_on: Verdict::Refused,
            delete_with_volumes: Verdict::Accepted,
            snapshots_of_deleted: Snapshots::Stay,
        }
    }
}
