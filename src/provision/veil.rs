//! Values of secrets in what a service wrote are shown by their names.

use secrecy::ExposeSecret as _;

use crate::{
    provision::{machine::Machine, recipe::percent_encoded},
    secrets::Store,
};

/// The shortest value that is looked for: shorter ones stand in any text by chance.
const SHORTEST: usize = 6;

/// A text of a machine's without the values of secrets that were sent to it, as they are and as
/// they stand in a URL.
pub fn veiled(text: &str, machine: &Machine, secrets: &Store) -> String {
    let names = machine.bundles.iter().flat_map(|bundle| bundle.secrets().into_keys());
    let mut text = text.to_owned();
    for name in names {
        let Some(value) = secrets.value(&name) else { continue };
        let value = value.expose_secret();
        if value.len() >= SHORTEST {
            let shown = format!("<{name}>");
            text = text.replace(value, &shown).replace(percent_encoded(value).as_str(), &shown);
        }
    }
    text
}
