//! `secrets`: their names, and the programs that tell some of them; never their values.

use std::collections::BTreeMap;

use crate::{
    config::{
        reader::Reader,
        report::Diagnostic,
        shape::{Field, Shape, optional, required},
        source::Place,
        tree::Node,
    },
    values::SecretName,
};

/// What the file says of a secret besides its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretSpec {
    /// The program that tells it, and its arguments.
    pub exec: Option<Vec<String>>,
}

/// The section.
pub const FIELD: Field = optional(
    "secrets",
    &Shape::List(&Shape::Either(&SECRET, &Shape::Text)),
    "Names of secrets, as `ORG_POSTGRES_PW` or `{ name: ORG_POSTGRES_PW, exec: [pass, show, postgres] }`; never their values.",
);

const SECRET: Shape = Shape::Record(&[
    required("name", &Shape::Text, "Its name, as `ORG_POSTGRES_PW`."),
    optional(
        "exec",
        &Shape::List(&Shape::Text),
        "A program that prints its value, and its arguments: `[op, read, \"op://team/postgres/password\"]`; run without a shell, by `up` and `secrets` only.",
    ),
]);

/// The name that an item of the list is about.
pub fn name(item: &Node) -> Option<&Node> {
    item.get("name").or_else(|| item.scalar().map(|_| item))
}

/// Reads the list; what is no name is not repeated, for it may be a value.
pub fn read(root: &Node, reader: &mut Reader<'_>) -> BTreeMap<SecretName, SecretSpec> {
    let mut all = BTreeMap::new();
    for item in root.get(FIELD.name).map(Node::items).unwrap_or_default() {
        let Some((text, place)) = name(item).and_then(|node| Some((node.text()?, node.place)))
        else {
            continue;
        };
        let spec = SecretSpec { exec: item.get("exec").and_then(|node| exec(node, reader)) };
        match SecretName::parse(text) {
            None => no_name(place, reader),
            Some(name) if all.contains_key(&name) => {
                reader.mistake(place, format!("the secret `{name}` is listed twice"));
            }
            Some(name) => _ = all.insert(name, spec),
        }
    }
    all
}

fn no_name(place: Place, reader: &mut Reader<'_>) {
    reader.files.hide(place);
    let message = format!("this is no secret name: {}", SecretName::RULE);
    let help = "list names here; values come from the environment, `.env.<stack>`, a program or `dostack secrets set`";
    reader.tell(Diagnostic::error(place, message).help(help.to_owned()));
}

fn exec(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let words: Option<Vec<String>> =
        node.items().iter().map(|word| word.text().map(str::to_owned)).collect();
    let words = words?;
    if words.first().is_none_or(String::is_empty) {
        let message = "this names no program";
        let help = "write it as `[op, read, \"op://team/postgres/password\"]`".to_owned();
        reader.tell(Diagnostic::error(node.place, message).help(help));
        return None;
    }
    Some(words)
}
