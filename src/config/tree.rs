//! A stack file as a tree in which every node knows its place.

use serde_yaml::Value;

use crate::{
    config::{
        source::Place,
        template::{Fragment, Piece, Template},
    },
    values::SecretName,
};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub content: Content,
    /// A scalar's own place; for a list or map, its key's.
    pub place: Place,
}

/// What a value can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Something about which a mistake has been told already.
    Broken,
    /// A word, a number, a text.
    Scalar(Scalar),
    /// Values in order.
    List(Vec<Node>),
    /// Values by name, in the order of the file.
    Map(Vec<Entry>),
}

/// A field of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub key: String,
    /// Where the name stands.
    pub place: Place,
    /// Its value.
    pub value: Node,
}

/// A scalar as it was written; what it means depends on the field it is in.
///
/// So `version: 1.30` stays `1.30`, and `no` stays a word where a word is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text after YAML's escapes and our variables.
    pub text: String,
    /// Whether it was quoted.
    pub form: Form,
    /// The pieces of a text with references to secrets or outputs; empty without any.
    pub pieces: Vec<Piece>,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Bare, so that it may be a number or nothing.
    Plain,
    /// In quotes or as a block, so that it is text.
    Quoted,
    /// With a variable in it, so that it is whatever its field wants.
    Filled,
}

/// The longest text that can be a number, a boolean or null.
const LITERAL: usize = 40;

impl Scalar {
    /// What YAML's core rules make of it: text wherever it was quoted.
    pub fn resolved(&self) -> Value {
        let literal = || {
            let short = self.text.len() <= LITERAL && self.pieces.is_empty();
            let value: Option<Value> = serde_yaml::from_str(&self.text).ok().filter(|_| short);
            value.filter(|value| value.is_bool() || value.is_number() || value.is_null())
        };
        let value = match self.form {
            Form::Plain => literal(),
            Form::Filled => literal().filter(|value| !value.is_null()),
            Form::Quoted => None,
        };
        value.unwrap_or_else(|| Value::String(self.text.clone()))
    }

    /// Whether it was written bare.
    pub fn is_plain(&self) -> bool {
        self.form == Form::Plain
    }
}

impl Node {
    /// The field of that name, if this is a map that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// The field of that name with its key's place.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == name)
    }

    /// The fields of a map; none of anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            Content::Broken | Content::Scalar(_) | Content::List(_) => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Self] {
        match &self.content {
            Content::List(items) => items,
            Content::Broken | Content::Scalar(_) | Content::Map(_) => &[],
        }
    }

    /// The scalar, if this is one.
    pub const fn scalar(&self) -> Option<&Scalar> {
        match &self.content {
            Content::Scalar(scalar) => Some(scalar),
            Content::Broken | Content::List(_) | Content::Map(_) => None,
        }
    }

    /// The text of a scalar that refers to nothing.
    pub fn text(&self) -> Option<&str> {
        self.scalar().filter(|scalar| scalar.pieces.is_empty()).map(|scalar| scalar.text.as_str())
    }

    /// A whole number that is not negative.
    pub fn whole(&self) -> Option<u64> {
        self.scalar()?.resolved().as_u64()
    }

    /// A finite number.
    pub fn number(&self) -> Option<f64> {
        self.scalar()?.resolved().as_f64().filter(|number| number.is_finite())
    }

    /// Whether nothing stands here.
    pub fn is_null(&self) -> bool {
        self.scalar().is_some_and(|scalar| scalar.resolved().is_null())
    }

    /// The secret that a scalar of one reference names.
    pub fn secret(&self) -> Option<&SecretName> {
        match self.scalar()?.pieces.as_slice() {
            [Piece::Secret(name)] => Some(name),
            _ => None,
        }
    }

    /// The text with its references to outputs; none if it names a secret.
    pub fn template(&self) -> Option<Template> {
        let scalar = self.scalar()?;
        if scalar.pieces.is_empty() {
            return Some(Template(vec![Fragment::Text(scalar.text.clone())]));
        }
        let fragment = |piece: &Piece| match piece {
            Piece::Text(text) => Some(Fragment::Text(text.clone())),
            Piece::Output(output) => Some(Fragment::Output(output.clone())),
            Piece::Secret(_) => None,
        };
        scalar.pieces.iter().map(fragment).collect::<Option<_>>().map(Template)
    }

    /// What this is, in a word for messages.
    pub fn kind(&self) -> &'static str {
        match &self.content {
            Content::Broken => "nothing",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
            Content::Scalar(scalar) => match scalar.resolved() {
                Value::Null => "nothing",
                Value::Bool(_) => "a boolean",
                Value::Number(_) => "a number",
                Value::String(_) | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => {
                    "a text"
                }
            },
        }
    }

    /// How many values it holds, itself among them.
    pub fn size(&self) -> usize {
        1 + match &self.content {
            Content::Broken | Content::Scalar(_) => 0,
            Content::List(items) => items.iter().map(Self::size).sum(),
            Content::Map(entries) => entries.iter().map(|entry| entry.value.size()).sum(),
        }
    }

    /// How many levels it has, itself among them.
    pub fn depth(&self) -> usize {
        1 + match &self.content {
            Content::Broken | Content::Scalar(_) => 0,
            Content::List(items) => items.iter().map(Self::depth).max().unwrap_or(0),
            Content::Map(entries) => {
                entries.iter().map(|entry| entry.value.depth()).max().unwrap_or(0)
            }
        }
    }
}
