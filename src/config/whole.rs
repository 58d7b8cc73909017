//! A stack file as one text that needs nothing else: for a daemon on a machine of the stack.
//!
//! What it extends is in it, variables are filled and keys stand in full. Secrets are names, as
//! everywhere.

use std::fmt::Write as _;

use crate::{
    config::{
        sections::{metrics::Metrics, monitoring::PROMETHEUS},
        source::Place,
        template::Piece,
        tree::{Content, Entry, Form, Node, Scalar},
    },
    values::PublicKey,
};

/// What in the text is not as the file has it.
pub struct There<'a> {
    /// The keys that may log in.
    pub keys: &'a [PublicKey],
    /// Where readings come from; the machine's own Prometheus where the file names nothing.
    pub metrics: Option<&'a Metrics>,
}

/// The text.
pub fn text(root: &Node, there: &There<'_>) -> String {
    let mut root = root.clone();
    if let Some(ssh) = entry(&mut root, "ssh") {
        let place = ssh.place;
        let keys = there.keys.iter().map(|key| quoted(key.line(), place)).collect();
        if let Some(listed) = entry(ssh, "public_keys") {
            listed.content = Content::List(keys);
        }
        // It lies on a computer, and the daemon logs in nowhere.
        if let Content::Map(entries) = &mut ssh.content {
            entries.retain(|entry| entry.key != "private_key");
        }
    }
    let place = root.place;
    if let (None, Content::Map(entries)) = (there.metrics, &mut root.content) {
        let server = vec![field("prometheus", quoted(PROMETHEUS, place))];
        entries.push(field("metrics", Node { content: Content::Map(server), place }));
    }
    let mut text = String::new();
    block(&root, 0, &mut text);
    text
}

fn entry<'a>(node: &'a mut Node, name: &str) -> Option<&'a mut Node> {
    let Content::Map(entries) = &mut node.content else { return None };
    entries.iter_mut().find(|entry| entry.key == name).map(|entry| &mut entry.value)
}

fn field(key: &str, value: Node) -> Entry {
    Entry { key: key.to_owned(), place: value.place, value }
}

fn quoted(text: &str, place: Place) -> Node {
    let scalar = Scalar { text: text.to_owned(), form: Form::Quoted, pieces: Vec::new() };
    Node { content: Content::Scalar(scalar), place }
}

/// The lines of a list or a map, at this depth.
fn block(node: &Node, depth: usize, out: &mut String) {
    let margin = "  ".repeat(depth);
    let mut line = |head: String, value: &Node| {
        let _ = write!(out, "{margin}{head}");
        if let Some(text) = inline(value) {
            let _ = writeln!(out, " {text}");
        } else {
            out.push('\n');
            block(value, depth + 1, out);
        }
    };
    match &node.content {
        Content::Map(entries) => {
            for entry in entries {
                line(format!("{}:", literal(&entry.key)), &entry.value);
            }
        }
        Content::List(items) => items.iter().for_each(|item| line("-".to_owned(), item)),
        Content::Broken | Content::Scalar(_) => {}
    }
}

/// What fits behind its key; none of a list or a map with something in it.
fn inline(node: &Node) -> Option<String> {
    match &node.content {
        Content::Broken => Some("null".to_owned()),
        Content::Map(entries) => entries.is_empty().then(|| "{}".to_owned()),
        Content::List(items) => items.is_empty().then(|| "[]".to_owned()),
        Content::Scalar(scalar) => Some(written(scalar)),
    }
}

/// A scalar as it reads back: a number in the digits it was written in, all else in quotes.
fn written(scalar: &Scalar) -> String {
    let value = scalar.resolved();
    if value.is_null() {
        return "null".to_owned();
    }
    if scalar.pieces.is_empty() && !value.is_string() {
        return scalar.text.clone();
    }
    let pieces = scalar.pieces.iter().map(|piece| match piece {
        Piece::Text(text) => escaped(text),
        Piece::Secret(name) => format!("${{secret:{name}}}"),
        Piece::Output(output) => format!("${{output:{output}}}"),
    });
    let text: String = pieces.collect();
    literal(if scalar.pieces.is_empty() { escaped(&scalar.text) } else { text }.as_str())
}

/// A text whose `${` means itself.
fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

/// A text as a scalar that means exactly it: JSON's strings are such scalars.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
