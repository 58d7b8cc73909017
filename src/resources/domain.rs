//! Domains.

use serde::Serialize;

use crate::values::DomainName;

/// A domain that is to exist; it is created where there is none and never deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Domain {
    /// Its name.
    pub name: DomainName,
}
