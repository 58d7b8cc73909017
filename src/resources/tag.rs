//! Tags that firewalls target, which must exist before the firewall does.

use serde::Serialize;

use crate::values::Tag;

/// A tag that is to exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WantedTag {
    /// The tag.
    pub tag: Tag,
}
