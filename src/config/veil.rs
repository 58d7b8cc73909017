//! What of a stack file is never shown: values that look like secrets.
//!
//! No literal secret belongs in the file. One that stands there all the same must not travel on
//! into a terminal's history or a pipeline's log with the message that refuses it.

use crate::config::{
    source::{Files, Place},
    tree::{Content, Entry, Node},
};

/// Words in a field's name that speak of a secret.
const SPEAKING: [&str; 9] =
    ["password", "passwd", "_pw", "secret", "token", "api_k", "apik", "_key", "private"];

/// What the armour of a key begins and ends with.
const ARMOUR: (&str, &str) = ("-----BEGIN", "-----END");

/// Hides the values of a parsed file that look like secrets.
pub fn hide_values(node: &Node, files: &mut Files) {
    for entry in node.entries() {
        match &entry.value.content {
            Content::Scalar(scalar) if is_secret(entry, &scalar.text) => {
                files.hide(entry.value.place);
            }
            Content::Broken | Content::Scalar(_) | Content::List(_) | Content::Map(_) => {
                hide_values(&entry.value, files);
            }
        }
    }
    node.items().iter().for_each(|item| hide_values(item, files));
    if node.scalar().is_some_and(|scalar| scalar.text.contains(ARMOUR.0)) {
        files.hide(node.place);
    }
}

/// Hides what looks like a secret in a text that is no YAML: the rest of its line.
pub fn hide_lines(file: usize, files: &mut Files) {
    let mut hidden = Vec::new();
    let mut start = 0;
    let mut armoured = false;
    for line in files.text(file).split_inclusive('\n') {
        let end = start + line.len();
        armoured |= line.contains(ARMOUR.0);
        let value = if armoured { Some(0) } else { speaking_value(line) };
        hidden.extend(value.map(|from| Place { file, start: start + from, end }));
        armoured &= !line.contains(ARMOUR.1);
        start = end;
    }
    for place in hidden {
        files.hide(place);
    }
}

/// Whether a field holds a literal that looks like a secret.
fn is_secret(entry: &Entry, text: &str) -> bool {
    let path = |text: &str| entry.key.ends_with("private_key") && text.starts_with(['~', '/', '.']);
    text.contains(ARMOUR.0)
        || (speaks(&entry.key) && !text.starts_with("${") && !path(text) && !text.is_empty())
}

fn speaks(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    !key.starts_with("public") && SPEAKING.iter().any(|word| key.contains(word))
}

/// Where the value begins on a line whose key speaks of a secret.
fn speaking_value(line: &str) -> Option<usize> {
    let line = line.to_ascii_lowercase();
    let word = SPEAKING.iter().filter_map(|word| line.find(word)).min()?;
    let value = word + line[word..].find([':', '=']).map_or(0, |colon| colon + 1);
    (!line[value..].trim_start().trim_start_matches('"').starts_with("${")).then_some(value)
}
