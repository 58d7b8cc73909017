//! The JSON Schema of a stack file, made from its shape.

use std::mem;

use serde_json::{Map, Value, json};

use crate::config::{
    shape::{Field, Kind, Need, Shape},
    stack,
};

/// The JSON Schema that editors check a stack file against.
///
/// A file that extends another may leave out anything, so it is held to its field names and
/// values only.
pub fn schema() -> Value {
    let mut whole = Writer { extent: Extent::Whole, definitions: Map::new() };
    let mut part = Writer { extent: Extent::Part, definitions: Map::new() };
    let stack = whole.shape(&stack::SHAPE);
    let mut over = part.shape(&stack::SHAPE);
    over["properties"]["extends"] =
        json!({ "type": "string", "description": "The stack file below this one; this one wins." });
    let mut definitions = whole.definitions;
    definitions.append(&mut part.definitions);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A dostack stack file",
        "if": { "required": ["extends"] },
        "then": over,
        "else": stack,
        "$defs": definitions,
    })
}

/// How much of a shape must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Everything that is required.
    Whole,
    /// Any part: the rest comes from the file below.
    Part,
}

/// Writes shapes down, each section once.
struct Writer {
    extent: Extent,
    definitions: Map<String, Value>,
}

impl Writer {
    fn shape(&mut self, shape: &Shape) -> Value {
        match *shape {
            Shape::Text | Shape::Template | Shape::Setting => {
                json!({ "type": ["string", "number"] })
            }
            Shape::Secret => {
                json!({ "type": "string", "pattern": r"^\$\{secret:ORG_[A-Z0-9_]+\}$" })
            }
            Shape::Whole(least, most) => {
                or_variable(&json!({ "type": "integer", "minimum": least, "maximum": most }))
            }
            Shape::Number => or_variable(&json!({ "type": "number" })),
            Shape::Amount => or_variable(&json!({ "type": "number", "exclusiveMinimum": 0 })),
            Shape::Word(words) => {
                or_variable(&json!({ "enum": words.iter().copied().map(word).collect::<Vec<_>>() }))
            }
            Shape::List(item) => json!({ "type": "array", "items": self.item(item) }),
            Shape::Names(value) => {
                json!({ "type": "object", "additionalProperties": self.shape(value) })
            }
            Shape::Record(fields) => self.record(fields),
            Shape::Kinds(kinds) => self.kinds(kinds),
            Shape::Either(full, short) => {
                json!({ "anyOf": [self.shape(full), self.shape(short)] })
            }
        }
    }

    /// The item of a list, which is always whole: lists are replaced, not merged.
    fn item(&mut self, item: &Shape) -> Value {
        let extent = mem::replace(&mut self.extent, Extent::Whole);
        let schema = self.shape(item);
        self.extent = extent;
        schema
    }

    fn record(&mut self, fields: &[Field]) -> Value {
        let properties: Map<_, _> =
            fields.iter().map(|field| (field.name.to_owned(), self.field(field))).collect();
        let needed = fields.iter().filter(|field| field.need == Need::Required);
        let required: Vec<_> =
            needed.filter(|_| self.extent == Extent::Whole).map(|field| field.name).collect();
        let mut schema = json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        if self.extent == Extent::Whole {
            for field in fields {
                alternatives(field, &mut schema);
            }
        }
        schema
    }

    /// A field; a section is written down once and referred to, for a name stands for one shape.
    fn field(&mut self, field: &Field) -> Value {
        let mut schema = self.shape(field.shape);
        if !is_leaf(field.shape) {
            let name = match self.extent {
                Extent::Whole => field.name.to_owned(),
                Extent::Part => format!("{}-part", field.name),
            };
            let reference = json!({ "$ref": format!("#/$defs/{name}") });
            let other = self.definitions.insert(name, schema.clone());
            debug_assert!(
                other.is_none_or(|other| other == schema),
                "{} is two shapes",
                field.name
            );
            schema = reference;
        }
        if self.extent == Extent::Part {
            schema = json!({ "anyOf": [schema, { "type": "null" }] });
        }
        schema["description"] = Value::String(field.about.to_owned());
        schema
    }

    /// One schema for each kind, chosen by the word under `kind`, so that an editor tells what is
    /// wrong with that kind and not with all of them.
    fn kinds(&mut self, kinds: &[Kind]) -> Value {
        let names: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
        let required: &[&str] = match self.extent {
            Extent::Whole => &["kind"],
            Extent::Part => &[],
        };
        let branches: Vec<_> = kinds.iter().map(|kind| self.branch(kind)).collect();
        json!({
            "type": "object",
            "properties": { "kind": { "enum": names } },
            "required": required,
            "allOf": branches,
        })
    }

    fn branch(&mut self, kind: &Kind) -> Value {
        let mut then = self.record(kind.fields);
        then["properties"]["kind"] = json!({ "const": kind.name, "description": kind.about });
        json!({
            "if": { "properties": { "kind": { "const": kind.name } }, "required": ["kind"] },
            "then": then,
        })
    }
}

/// Says which other field a field stands for, or never stands beside.
fn alternatives(field: &Field, schema: &mut Value) {
    match field.need {
        Need::Required | Need::Optional => {}
        Need::Unless(other) => {
            schema["oneOf"] = json!([{ "required": [field.name] }, { "required": [other] }]);
        }
        Need::Without(other) => {
            schema["dependentSchemas"][other]["properties"][field.name] = json!(false);
        }
    }
}

fn is_leaf(shape: &Shape) -> bool {
    match *shape {
        Shape::Text
        | Shape::Template
        | Shape::Setting
        | Shape::Secret
        | Shape::Whole(..)
        | Shape::Number
        | Shape::Amount
        | Shape::Word(_) => true,
        Shape::List(item) => is_leaf(item),
        Shape::Names(_) | Shape::Record(_) | Shape::Kinds(_) | Shape::Either(..) => false,
    }
}

/// A word as YAML reads it: `true` and `false` are no texts.
fn word(word: &str) -> Value {
    match word {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        text => Value::String(text.to_owned()),
    }
}

/// A value, or a variable in its place.
fn or_variable(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "type": "string", "pattern": r"\$\{env:" }] })
}
