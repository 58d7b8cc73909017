//! Values for programs: one document, with the version of its shape.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{plan::Plan, provision::Pending};

/// The version of every document's shape; fields may be added without a new one.
const VERSION: u32 = 1;

/// A plan as a document.
pub fn plan(plan: &Plan) -> Value {
    document("plan", plan)
}

/// A plan as a document, with the software that is not as wanted.
pub fn preview(plan: &Plan, software: &[Pending]) -> Value {
    let mut document = self::plan(plan);
    document["software"] = json!(software);
    document
}

/// Any value as a document of a kind.
pub fn document(kind: &str, content: &impl Serialize) -> Value {
    json!({ "version": VERSION, "kind": kind, kind: content })
}

/// A value as text, with a line's end.
pub fn text(value: &Value) -> String {
    format!("{value:#}\n")
}

/// A value as one line, for a stream of them.
pub fn line(value: &Value) -> String {
    format!("{value}\n")
}
