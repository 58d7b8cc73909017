//! `extends`: a stack file laid over another.

use std::slice;

use crate::config::{
    reader::Reader,
    report::{Diagnostic, Severity},
    source::Place,
    tree::{Content, Entry, Node},
    veil, yaml,
};

/// The largest stack file: a thousand components fit ten times.
const MAX_BYTES: usize = 1 << 20;

/// How many files may lie over each other.
const MAX_FILES: usize = 8;

/// A file that was asked for, and by which line.
struct Wanted {
    path: String,
    by: Option<Place>,
}

/// Reads a file and those it extends, and lays them over each other.
pub fn read(path: &str, reader: &mut Reader<'_>) -> Option<Node> {
    let mut chain: Vec<String> = Vec::new();
    let mut wanted = Some(Wanted { path: path.to_owned(), by: None });
    let mut trees = Vec::new();
    while let Some(next) = wanted.take() {
        if let Some(refused) = refuse(&next, &chain) {
            reader.tell(refused);
            break;
        }
        let Some(mut tree) = open(&next, reader) else { break };
        wanted = base_of(&mut tree, &next.path, reader);
        chain.push(next.path);
        trees.push(tree);
    }
    trees.into_iter().rev().reduce(|base, over| lay_over(&base, &over))
}

/// Why a file of the chain is not opened.
fn refuse(next: &Wanted, chain: &[String]) -> Option<Diagnostic> {
    let place = next.by?;
    if chain.contains(&next.path) {
        let circle = [chain, slice::from_ref(&next.path)].concat().join("` extends `");
        return Some(Diagnostic::error(place, format!("the files go in a circle: `{circle}`")));
    }
    (chain.len() == MAX_FILES)
        .then(|| Diagnostic::error(place, format!("more than {MAX_FILES} files over each other")))
}

/// Reads one file to a map.
fn open(next: &Wanted, reader: &mut Reader<'_>) -> Option<Node> {
    let about = |message: String| Diagnostic::new(Severity::Error, next.by, message);
    let shown = reader.sources.shown(&next.path);
    let bytes = match reader.sources.stack_file(&next.path, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) => {
            reader.tell(about(format!("cannot read `{shown}`: {error}")));
            return None;
        }
    };
    if bytes.len() > MAX_BYTES {
        reader.tell(about(format!("`{shown}` is larger than 1 MiB")));
        return None;
    }
    let text = String::from_utf8_lossy(&bytes);
    let file = reader.files.open(shown, text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned());
    if let Err(error) = str::from_utf8(&bytes) {
        let at = reader.files.text(file).find('\u{fffd}').unwrap_or(error.valid_up_to());
        let place = Place { file, start: at, end: at + 1 };
        reader.mistake(place, "this is no text in UTF-8");
        return None;
    }
    tree(file, reader)
}

/// The tree of an opened file, its secrets hidden before anything of it is shown.
fn tree(file: usize, reader: &mut Reader<'_>) -> Option<Node> {
    let start = Place { file, start: 0, end: 1 };
    let root = match yaml::parse(file, reader.files.text(file), &mut reader.diagnostics) {
        Ok(root) => root,
        Err(broken) => {
            veil::hide_lines(file, &mut reader.files);
            reader.tell(broken);
            return None;
        }
    };
    match root {
        Some(mut root) if matches!(root.content, Content::Map(_)) => {
            veil::hide_values(&root, &mut reader.files);
            root.place = root.entries().first().map_or(start, |entry| entry.place);
            Some(root)
        }
        Some(root) if !root.is_null() => {
            veil::hide_lines(file, &mut reader.files);
            reader.mistake(start, "a stack file is a map of fields, as `stack: core-dev`");
            None
        }
        Some(_) | None => {
            let help = "`dostack init` in an empty folder writes one that can be copied".to_owned();
            reader.tell(Diagnostic::error(start, "the file is empty").help(help));
            None
        }
    }
}

/// Takes the `extends` field out of a tree, as the file it names.
fn base_of(tree: &mut Node, path: &str, reader: &mut Reader<'_>) -> Option<Wanted> {
    let Content::Map(entries) = &mut tree.content else { return None };
    let at = entries.iter().position(|entry| entry.key == "extends")?;
    let node = entries.remove(at).value;
    let Some(text) = node.text().filter(|_| !node.is_null()) else {
        reader.mistake(node.place, "`extends` takes the path of one stack file");
        return None;
    };
    match beside(path, text) {
        Ok(path) => Some(Wanted { path, by: Some(node.place) }),
        Err(message) => {
            let help = "name a file inside the project, as `base.yaml`".to_owned();
            reader.tell(Diagnostic::error(node.place, message).help(help));
            None
        }
    }
}

/// The path of a file given relative to another, both from the project folder.
fn beside(path: &str, other: &str) -> Result<String, String> {
    let odd = |letter: char| matches!(letter, '\\' | ':' | '$' | '~') || letter.is_control();
    if other.starts_with('/') || other.contains(odd) {
        return Err(format!("`{other}` is no path relative to this file"));
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(other.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(|| format!("`{other}` leaves the project folder"))?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// Lays a tree over its base: maps merge, everything else is replaced.
///
/// A field without a value takes the base's away.
fn lay_over(base: &Node, over: &Node) -> Node {
    let (Content::Map(below), Content::Map(above)) = (&base.content, &over.content) else {
        return over.clone();
    };
    let covered = |entry: &Entry| above.iter().any(|other| other.key == entry.key);
    let known = |entry: &Entry| below.iter().any(|other| other.key == entry.key);
    let kept = below.iter().filter(|entry| !covered(entry)).cloned();
    let laid = above.iter().filter(|entry| !(entry.value.is_null() && known(entry))).map(|entry| {
        let value = match base.get(&entry.key) {
            Some(below) => lay_over(below, &entry.value),
            None => entry.value.clone(),
        };
        Entry { value, ..entry.clone() }
    });
    Node { content: Content::Map(kept.chain(laid).collect()), place: over.place }
}
