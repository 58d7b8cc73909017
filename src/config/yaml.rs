//! YAML text to a tree: every mistake that YAML itself allows, told with its place.
//!
//! The parser reports events; the tree is built here, so that keys given twice, aliases that
//! multiply and depth without end are seen before they cost anything.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::config::{
    report::Diagnostic,
    source::Place,
    tree::{Content, Entry, Form, Node, Scalar},
};

/// The most values a file may have once its aliases are written out.
///
/// A stack of 500 components has some 10,000; a bomb has billions.
const MAX_NODES: usize = 20_000;

/// The deepest nesting; the stack file's own shape needs eight levels.
const MAX_DEPTH: usize = 32;

/// Builds the tree of one file; `mistakes` gets what does not stop the reading.
pub fn parse(
    file: usize,
    text: &str,
    mistakes: &mut Vec<Diagnostic>,
) -> Result<Option<Node>, Diagnostic> {
    let mut builder = Builder {
        file,
        length: text.len(),
        mistakes,
        open: Vec::new(),
        anchors: BTreeMap::new(),
        nodes: 0,
        root: None,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
            Diagnostic::error(
                Place { file, start: at, end: at + 1 },
                format!("this is no YAML: {}", error.info()),
            )
            .help(likely(&error.info()))
        })?;
        builder.event(event, span)?;
    }
    Ok(builder.root)
}

/// What most often makes a parser say so.
fn likely(said: &str) -> Option<String> {
    let table = [
        ("tab", "YAML indents with blanks: put two in the tabulator's place"),
        ("key expected ':'", "a field is written `name: value`"),
        ("flow mapping", "a `{` above is not closed by a `}`"),
        ("flow sequence", "a `[` above is not closed by a `]`"),
    ];
    let (_, help) = table.into_iter().find(|(word, _)| said.contains(word))?;
    Some(help.to_owned())
}

/// The collections open at one point of the file, and what is known by anchor.
struct Builder<'a> {
    file: usize,
    length: usize,
    mistakes: &'a mut Vec<Diagnostic>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

/// A collection whose end has not come yet.
struct Open {
    anchor: usize,
    place: Place,
    members: Members,
}

enum Members {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(String, Place)> },
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        let place = self.place(span);
        match event {
            Event::Scalar(.., tag) if tag.is_some() => Err(no_tags(place)),
            Event::SequenceStart(.., tag) | Event::MappingStart(.., tag) if tag.is_some() => {
                Err(no_tags(place))
            }
            Event::Scalar(text, style, anchor, _) => {
                let form = match style {
                    ScalarStyle::Plain => Form::Plain,
                    ScalarStyle::SingleQuoted
                    | ScalarStyle::DoubleQuoted
                    | ScalarStyle::Literal
                    | ScalarStyle::Folded => Form::Quoted,
                };
                let scalar = Scalar { text: text.into_owned(), form, pieces: Vec::new() };
                self.scalar(scalar, place, anchor)
            }
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::SequenceStart(_, anchor, _) => {
                self.enter(anchor, place, Members::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, _) => {
                self.enter(anchor, place, Members::Map { entries: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(),
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(Diagnostic::error(place, "a second document begins here")
                    .help("keep each stack in a file of its own".to_owned()))
            }
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Anchor(..)
            | Event::UnresolvedAlias(_)
            | _ => Ok(()),
        }
    }

    fn scalar(&mut self, scalar: Scalar, place: Place, anchor: usize) -> Result<(), Diagnostic> {
        if let Some(Open { members: Members::Map { key: key @ None, .. }, .. }) =
            self.open.last_mut()
        {
            *key = Some((scalar.text, place));
            return Ok(());
        }
        let place = if place.start == place.end { self.key_or(place) } else { place };
        self.count(1, place)?;
        self.place_node(Node { content: Content::Scalar(scalar), place }, anchor)
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Diagnostic> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(Diagnostic::error(place, "this alias stands for what contains it"));
        };
        let (size, depth) = (node.size(), node.depth());
        self.count(size, place)?;
        if self.open.len() + depth > MAX_DEPTH {
            return Err(too_deep(place));
        }
        let node = self.anchors.get(&anchor).cloned();
        node.map_or(Ok(()), |node| self.place_node(node, 0))
    }

    fn enter(&mut self, anchor: usize, at: Place, members: Members) -> Result<(), Diagnostic> {
        let place = self.key_or(at);
        self.count(1, place)?;
        if self.open.len() == MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.open.push(Open { anchor, place, members });
        Ok(())
    }

    fn leave(&mut self) -> Result<(), Diagnostic> {
        let Some(Open { anchor, place, members }) = self.open.pop() else { return Ok(()) };
        let content = match members {
            Members::List(items) => Content::List(items),
            Members::Map { entries, .. } => Content::Map(entries),
        };
        self.place_node(Node { content, place }, anchor)
    }

    /// Puts a finished node where it belongs.
    fn place_node(&mut self, node: Node, anchor: usize) -> Result<(), Diagnostic> {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.members) {
            None => self.root = Some(node),
            Some(Members::List(items)) => items.push(node),
            Some(Members::Map { entries, key }) => {
                let Some((key, place)) = key.take() else {
                    return Err(Diagnostic::error(node.place, "a key must be a word"));
                };
                match entries.iter().find(|entry| entry.key == key) {
                    Some(first) => self.mistakes.push(
                        Diagnostic::error(place, format!("`{key}` is given twice"))
                            .also(first.place, "first given here"),
                    ),
                    None => entries.push(Entry { key, place, value: node }),
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, more: usize, place: Place) -> Result<(), Diagnostic> {
        self.nodes += more;
        if self.nodes > MAX_NODES {
            let message = format!("the file has more than {MAX_NODES} values");
            let help = "aliases count as often as they are used".to_owned();
            return Err(Diagnostic::error(place, message).help(help));
        }
        Ok(())
    }

    /// The place of the key whose value comes next, or `place` where there is none.
    ///
    /// A map's own first byte says less to a reader than the name it is known by.
    fn key_or(&self, place: Place) -> Place {
        match self.open.last().map(|open| &open.members) {
            Some(Members::Map { key: Some((_, key)), .. }) => *key,
            Some(Members::Map { key: None, .. } | Members::List(_)) | None => place,
        }
    }

    fn place(&self, span: Span) -> Place {
        let range = span.byte_range().unwrap_or(0..0);
        let start = range.start.min(self.length);
        Place { file: self.file, start, end: range.end.clamp(start, self.length) }
    }
}

fn no_tags(place: Place) -> Diagnostic {
    Diagnostic::error(place, "YAML tags have no meaning in a stack file")
        .help("leave out the word that begins with `!`".to_owned())
}

fn too_deep(place: Place) -> Diagnostic {
    Diagnostic::error(place, format!("the file is nested more than {MAX_DEPTH} levels deep"))
}
