//! Which service needs which secret.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    software::{Bundle, Content, File, Value},
    values::SecretName,
};

impl Bundle {
    /// The secrets its files are filled with, and the services that read those files.
    pub fn secrets(&self) -> BTreeMap<SecretName, BTreeSet<&str>> {
        let mut all: BTreeMap<SecretName, BTreeSet<&str>> = BTreeMap::new();
        for (name, file) in &self.files {
            let readers = self.services.iter().filter(|(_, service)| service.inputs.contains(name));
            let readers: BTreeSet<&str> = readers.map(|(service, _)| service.as_str()).collect();
            for secret in in_file(file) {
                all.entry(secret.clone()).or_default().extend(&readers);
            }
        }
        all
    }
}

fn in_file(file: &File) -> BTreeSet<&SecretName> {
    match &file.content {
        Content::Whole(value) => in_value(value),
        Content::Environment(variables) => variables.values().flat_map(in_value).collect(),
        Content::Text(_) | Content::Generated(_) | Content::Program => BTreeSet::new(),
    }
}

fn in_value(value: &Value) -> BTreeSet<&SecretName> {
    match value {
        Value::Secret(name) => BTreeSet::from([name]),
        Value::InUrl(value) => in_value(value),
        Value::Joined(values) => values.iter().flat_map(in_value).collect(),
        Value::Text(_) | Value::Generated(_) | Value::Borrowed(..) => BTreeSet::new(),
    }
}
