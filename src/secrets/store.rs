//! Values at hand.

use std::{collections::BTreeMap, sync::Arc};

use secrecy::SecretString;

use crate::values::SecretName;

/// Values of secrets by name; cheap to hand on, and it prints none of them.
#[derive(Clone, Debug, Default)]
pub struct Store(Arc<BTreeMap<SecretName, SecretString>>);

impl Store {
    /// The value of a secret, if it was asked for when the store was filled.
    pub fn value(&self, name: &SecretName) -> Option<&SecretString> {
        self.0.get(name)
    }
}

impl FromIterator<(SecretName, SecretString)> for Store {
    fn from_iter<T: IntoIterator<Item = (SecretName, SecretString)>>(values: T) -> Self {
        Self(Arc::new(values.into_iter().collect()))
    }
}
