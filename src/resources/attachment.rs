//! A volume's place on a machine.

use serde::Serialize;

use crate::values::Address;

/// A volume that is to be attached to a droplet.
///
/// A droplet that is created takes its volumes with it; only a volume that joins a droplet which
/// exists is attached by a step of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// Which volume.
    pub volume: Address,
    /// Which droplet.
    pub droplet: Address,
}
