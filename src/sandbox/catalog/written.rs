//! What never changes and is shown with every droplet: written as JSON once, copied ever after.

use std::ops::Deref;

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// A thing of the catalog and the text it is shown as.
#[derive(Debug)]
pub struct Written<T> {
    thing: T,
    text: Box<RawValue>,
}

impl<T: Serialize> Written<T> {
    /// Writes a thing.
    pub fn new(thing: T) -> Self {
        let text = to_raw_value(&thing).expect("the catalog has text keys and finite numbers");
        Self { thing, text }
    }
}

impl<T> Deref for Written<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.thing
    }
}

impl<T> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}
