//! The graph of a stack, for Graphviz and for Mermaid.

use std::fmt::Write as _;

use crate::components::Wanted;

/// Graphviz' language.
pub fn dot(wanted: &Wanted) -> String {
    let mut text = String::from("digraph stack {\n  rankdir = LR;\n  node [shape = box];\n");
    for (address, node) in wanted.iter() {
        let label = format!("{}\\n{}", node.value.kind(), node.value.name());
        let _ = writeln!(text, "  \"{address}\" [label = \"{}\"];", label.replace('"', "'"));
    }
    for (address, node) in wanted.iter() {
        for need in &node.needs {
            let _ = writeln!(text, "  \"{need}\" -> \"{address}\";");
        }
    }
    text.push_str("}\n");
    text
}

/// Mermaid's language, which GitHub draws.
pub fn mermaid(wanted: &Wanted) -> String {
    let mut text = String::from("graph LR\n");
    let id = |address: &dyn std::fmt::Display| {
        address.to_string().replace(|c: char| !c.is_ascii_alphanumeric(), "_")
    };
    for (address, node) in wanted.iter() {
        let name = node.value.name().replace('"', "'");
        let _ = writeln!(text, "  {}[\"{} {name}\"]", id(address), node.value.kind());
    }
    for (address, node) in wanted.iter() {
        for need in &node.needs {
            let _ = writeln!(text, "  {} --> {}", id(need), id(address));
        }
    }
    text
}
