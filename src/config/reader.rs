//! One reading of a stack file: where its mistakes gather.

use std::fmt::Display;

use crate::{
    config::{
        report::{Diagnostic, Severity},
        source::{Files, Place, Sources},
        tree::Node,
    },
    values::StackName,
};

/// What happens when a key file does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKeys {
    /// It is a mistake.
    #[default]
    Refuse,
    /// A throw-away key takes its place, with a note: enough for the sandbox.
    ThrowAway,
}

/// A reading in progress.
pub struct Reader<'a> {
    /// Where texts come from.
    pub sources: &'a dyn Sources,
    /// What happens when a key file does not exist.
    pub missing_keys: MissingKeys,
    /// The files read so far.
    pub files: Files,
    /// What was found so far.
    pub diagnostics: Vec<Diagnostic>,
    /// The stack's name, as soon as it is known.
    pub stack: Option<StackName>,
}

impl<'a> Reader<'a> {
    /// A reading that has not begun.
    pub fn new(sources: &'a dyn Sources, missing_keys: MissingKeys) -> Self {
        Self {
            sources,
            missing_keys,
            files: Files::default(),
            diagnostics: Vec::new(),
            stack: None,
        }
    }

    /// Tells a mistake.
    pub fn mistake(&mut self, place: Place, message: impl Display) {
        self.diagnostics.push(Diagnostic::error(place, message));
    }

    /// Tells any finding.
    pub fn tell(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Tells what is valid and probably not meant.
    pub fn warn(&mut self, place: Place, message: impl Display) {
        self.diagnostics.push(Diagnostic::new(Severity::Warning, Some(place), message));
    }

    /// Whether a mistake was told.
    pub fn has_mistakes(&self) -> bool {
        self.diagnostics.iter().any(|one| one.severity == Severity::Error)
    }

    /// The text of a node through `parse`; what it refuses is a mistake at the node.
    pub fn parse<T, E: Display>(
        &mut self,
        node: Option<&Node>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let node = node?;
        let parsed = parse(node.text()?);
        self.keep(node.place, parsed)
    }

    /// The value of a result; its error is a mistake at the place.
    pub fn keep<T, E: Display>(&mut self, place: Place, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.mistake(place, error)).ok()
    }

    /// Every item of a list through `parse`.
    pub fn parse_all<T, E: Display>(
        &mut self,
        list: Option<&Node>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let items = list.map(Node::items).unwrap_or_default();
        items.iter().filter_map(|item| self.parse(Some(item), &parse)).collect()
    }
}
