//! The JSON Schema of a stack file, made from its shape.

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
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A dostack stack file",
        "if": { "required": ["extends"] },
        "then": { "$ref": "#/$defs/override" },
        "else": { "$ref": "#/$defs/whole" },
        "$defs": {
            "whole": of(&stack::SHAPE, Extent::Whole),
            "override": with_extends(of(&stack::SHAPE, Extent::Override)),
        },
    })
}

/// How much of a shape must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Everything that is required.
    Whole,
    /// Any part: the rest comes from the file below.
    Override,
}

fn with_extends(mut schema: Value) -> Value {
    schema["properties"]["extends"] =
        json!({ "type": "string", "description": "The stack file below this one; this one wins." });
    schema
}

fn of(shape: &Shape, extent: Extent) -> Value {
    match *shape {
        Shape::Text | Shape::Template | Shape::Setting => json!({ "type": ["string", "number"] }),
        Shape::Secret => json!({ "type": "string", "pattern": r"^\$\{secret:ORG_[A-Z0-9_]+\}$" }),
        Shape::Whole(least, most) => {
            or_variable(&json!({ "type": "integer", "minimum": least, "maximum": most }))
        }
        Shape::Number => or_variable(&json!({ "type": "number" })),
        Shape::Amount => or_variable(&json!({ "type": "number", "exclusiveMinimum": 0 })),
        Shape::Word(words) => {
            or_variable(&json!({ "enum": words.iter().map(word).collect::<Vec<_>>() }))
        }
        Shape::List(item) => json!({ "type": "array", "items": of(item, Extent::Whole) }),
        Shape::Names(value) => {
            json!({ "type": "object", "additionalProperties": of(value, extent) })
        }
        Shape::Record(fields) => record(fields, extent),
        Shape::Kinds(kinds) => one_of_kinds(kinds, extent),
        Shape::Either(full, short) => json!({ "anyOf": [of(full, extent), of(short, extent)] }),
    }
}

/// A word as YAML reads it: `true` and `false` are no texts.
fn word(word: &&str) -> Value {
    match *word {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        text => Value::String(text.to_owned()),
    }
}

fn or_variable(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "type": "string", "pattern": r"\$\{env:" }] })
}

fn record(fields: &[Field], extent: Extent) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = of(field.shape, extent);
        if extent == Extent::Override {
            schema = json!({ "anyOf": [schema, { "type": "null" }] });
        }
        schema["description"] = Value::String(field.about.to_owned());
        properties.insert(field.name.to_owned(), schema);
    }
    let needed = fields.iter().filter(|field| field.need == Need::Required);
    let required: Vec<_> =
        needed.filter(|_| extent == Extent::Whole).map(|field| field.name).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// One schema for each kind, chosen by the word under `kind`, so that an editor tells what is
/// wrong with that kind and not with all of them.
fn one_of_kinds(kinds: &[Kind], extent: Extent) -> Value {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
    let kind_of = |kind: &Kind| {
        let mut then = record(kind.fields, extent);
        then["properties"]["kind"] = json!({ "const": kind.name, "description": kind.about });
        json!({
            "if": { "properties": { "kind": { "const": kind.name } }, "required": ["kind"] },
            "then": then,
        })
    };
    let required: &[&str] = match extent {
        Extent::Whole => &["kind"],
        Extent::Override => &[],
    };
    json!({
        "type": "object",
        "properties": { "kind": { "enum": names } },
        "required": required,
        "allOf": kinds.iter().map(kind_of).collect::<Vec<_>>(),
    })
}
