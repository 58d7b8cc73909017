//! The shape of a stack file, said once.
//!
//! Each section states its fields as data; from it come the search for unknown, missing and
//! mistyped fields, the hints, and the JSON Schema. They cannot differ.

use serde_yaml::Value;

use crate::{
    config::{
        reader::Reader,
        report::Diagnostic,
        tree::{Content, Entry, Node, Scalar},
    },
    values::did_you_mean,
};

/// What may stand somewhere.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A text or a number.
    Text,
    /// A text in which `${output:…}` may stand.
    Template,
    /// A text in which `${output:…}` may stand, or `${secret:NAME}` alone.
    Setting,
    /// `${secret:NAME}` and nothing else.
    Secret,
    /// A whole number, both ends within.
    Whole(u64, u64),
    /// Any number.
    Number,
    /// A number above zero.
    Amount,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Any number of values of one shape.
    List(&'static Self),
    /// Values of one shape under names of the user's choice.
    Names(&'static Self),
    /// These fields and no others.
    Record(&'static [Field]),
    /// Fields that depend on the word under `kind`.
    Kinds(&'static [Kind]),
    /// A record or list in full, or a scalar in short.
    Either(&'static Self, &'static Self),
}

/// A field of a record.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Whether it may be left out.
    pub need: Need,
    /// What may stand in it.
    pub shape: &'static Shape,
    /// What it is for, in one sentence for editors.
    pub about: &'static str,
}

/// Whether a field may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It may not.
    Required,
    /// It may.
    Optional,
    /// It may only where the other one is given.
    Unless(&'static str),
    /// It has to be where the other one is given.
    Without(&'static str),
}

/// One kind of component.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The word under `kind`.
    pub name: &'static str,
    /// What it is for, in one sentence for editors.
    pub about: &'static str,
    /// Its fields besides `kind`.
    pub fields: &'static [Field],
}

/// A field that may not be left out.
pub const fn required(name: &'static str, shape: &'static Shape, about: &'static str) -> Field {
    Field { name, need: Need::Required, shape, about }
}

/// A field that may be left out.
pub const fn optional(name: &'static str, shape: &'static Shape, about: &'static str) -> Field {
    Field { name, need: Need::Optional, shape, about }
}

/// Two words for yes and no.
pub const FLAG: Shape = Shape::Word(&["true", "false"]);

impl Shape {
    /// Tells everything in which a node differs from the shape.
    pub fn check(&self, node: &Node, reader: &mut Reader<'_>) {
        if node.content == Content::Broken || self.refers_wrongly(node, reader) {
            return;
        }
        if node.is_null() {
            reader.mistake(node.place, "there is no value here: give one, or leave the field out");
            return;
        }
        match *self {
            Self::Text | Self::Template | Self::Setting => check_text(node, reader),
            Self::Secret => check_secret(node, reader),
            Self::Whole(least, most) => check_whole(node, (least, most), reader),
            Self::Number if node.number().is_some() => {}
            Self::Number => wrong(node, "a number", reader),
            Self::Amount if node.number().is_some_and(|number| number > 0.0) => {}
            Self::Amount => wrong(node, "a number above zero", reader),
            Self::Word(words) => check_word(node, words, reader),
            Self::List(item) => match &node.content {
                Content::List(items) => items.iter().for_each(|node| item.check(node, reader)),
                Content::Broken | Content::Scalar(_) | Content::Map(_) => {
                    wrong(node, "a list", reader);
                }
            },
            Self::Names(shape) => {
                if is_map(node, reader) {
                    node.entries().iter().for_each(|entry| shape.check(&entry.value, reader));
                }
            }
            Self::Record(fields) => {
                if is_map(node, reader) {
                    check_record(node, fields, reader);
                }
            }
            Self::Kinds(kinds) => {
                if is_map(node, reader) {
                    check_kinds(node, kinds, reader);
                }
            }
            Self::Either(full, short) => match &node.content {
                Content::List(_) | Content::Map(_) => full.check(node, reader),
                Content::Broken | Content::Scalar(_) => short.check(node, reader),
            },
        }
    }

    /// Whether a scalar refers to what its field cannot hold; that is told.
    fn refers_wrongly(&self, node: &Node, reader: &mut Reader<'_>) -> bool {
        if node.scalar().is_none_or(|scalar| scalar.pieces.is_empty()) {
            return false;
        }
        let (fits, help) = match *self {
            Self::Either(_, short) => return short.refers_wrongly(node, reader),
            Self::Secret => {
                (node.secret().is_some(), "this field holds `${secret:NAME}` and nothing else")
            }
            Self::Setting => (
                node.template().is_some() || node.secret().is_some(),
                "`${secret:NAME}` stands alone: it cannot be a part of a longer text",
            ),
            Self::Template => (
                node.template().is_some(),
                "`${secret:…}` fills secret fields only, so that it is never written anywhere else",
            ),
            Self::Text
            | Self::Whole(..)
            | Self::Number
            | Self::Amount
            | Self::Word(_)
            | Self::List(_)
            | Self::Names(_)
            | Self::Record(_)
            | Self::Kinds(_) => (
                false,
                "`${secret:…}` fills secret fields only, `${output:…}` the texts of services only",
            ),
        };
        if !fits {
            let message = "this field cannot hold such a reference";
            reader.tell(Diagnostic::error(node.place, message).help(help.to_owned()));
        }
        !fits
    }
}

fn check_text(node: &Node, reader: &mut Reader<'_>) {
    match node.scalar().map(Scalar::resolved) {
        Some(Value::Bool(_)) if node.scalar().is_some_and(Scalar::is_plain) => {
            let help = "put it in quotes if the word is meant".to_owned();
            let message = "expected a text, found a boolean";
            reader.tell(Diagnostic::error(node.place, message).help(help));
        }
        Some(Value::String(_) | Value::Number(_) | Value::Bool(_)) => {}
        Some(Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_)) | None => {
            wrong(node, "a text", reader);
        }
    }
}

fn check_secret(node: &Node, reader: &mut Reader<'_>) {
    if node.secret().is_some() {
        return;
    }
    reader.files.hide(node.place);
    let message = "a secret must not stand in a stack file";
    let help = "write `\"${secret:NAME}\"`, and list the name under `secrets:`".to_owned();
    reader.tell(Diagnostic::error(node.place, message).help(help));
}

fn check_whole(node: &Node, (least, most): (u64, u64), reader: &mut Reader<'_>) {
    if !node.whole().is_some_and(|number| (least..=most).contains(&number)) {
        wrong(node, &format!("a whole number from {least} to {most}"), reader);
    }
}

fn check_word(node: &Node, words: &[&str], reader: &mut Reader<'_>) {
    match node.text() {
        Some(word) if words.contains(&word) => {}
        Some(word) => {
            let message = format!("expected one of {}, found `{word}`", choices(words));
            let help = did_you_mean(word, words.iter().copied());
            reader.tell(Diagnostic::error(node.place, message).help(help));
        }
        None => wrong(node, &choices(words), reader),
    }
}

fn check_record(node: &Node, fields: &[Field], reader: &mut Reader<'_>) {
    let names: Vec<_> = fields.iter().map(|field| field.name).collect();
    for entry in node.entries() {
        match fields.iter().find(|field| field.name == entry.key) {
            Some(field) => field.shape.check(&entry.value, reader),
            None => {
                unknown(entry, &names, reader);
            }
        }
    }
    for field in fields.iter().filter(|field| node.get(field.name).is_none()) {
        let (name, about) = (field.name, field.about);
        let help = match field.need {
            Need::Optional | Need::Without(_) => continue,
            Need::Required => about.to_owned(),
            Need::Unless(other) if node.get(other).is_some() => continue,
            Need::Unless(other) => {
                let other = fields.iter().find(|field| field.name == other);
                let or = other.map(|other| format!(" Or `{}`: {}", other.name, other.about));
                format!("{about}{}", or.unwrap_or_default())
            }
        };
        let message = format!("the field `{name}` is missing");
        reader.tell(Diagnostic::error(node.place, message).help(help));
    }
}

fn check_kinds(node: &Node, kinds: &[Kind], reader: &mut Reader<'_>) {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
    let Some(word) = node.get("kind") else {
        let message = "the field `kind` is missing";
        let help = format!("there is {}", choices(&names));
        return reader.tell(Diagnostic::error(node.place, message).help(help));
    };
    let Some(kind) = kinds.iter().find(|kind| Some(kind.name) == word.text()) else {
        return check_word(word, &names, reader);
    };
    let own = Field { name: "kind", need: Need::Required, shape: &Shape::Text, about: kind.about };
    check_record(node, &[&[own], kind.fields].concat(), reader);
}

/// Tells a field that nobody knows.
fn unknown(entry: &Entry, known: &[&str], reader: &mut Reader<'_>) {
    let message = format!("unknown field `{}`", entry.key);
    let help = match entry.key.as_str() {
        "<<" => "merge keys are not supported: use `extends:`, or an alias for the whole value"
            .to_owned(),
        key => did_you_mean(key, known.iter().copied())
            .unwrap_or_else(|| format!("there is {}", choices(known))),
    };
    reader.tell(Diagnostic::error(entry.place, message).help(help));
}

fn is_map(node: &Node, reader: &mut Reader<'_>) -> bool {
    let is_map = matches!(node.content, Content::Map(_));
    if !is_map {
        wrong(node, "a map", reader);
    }
    is_map
}

fn wrong(node: &Node, expected: &str, reader: &mut Reader<'_>) {
    reader.mistake(node.place, format!("expected {expected}, found {}", node.kind()));
}

fn choices(words: &[&str]) -> String {
    format!("`{}`", words.join("`, `"))
}
