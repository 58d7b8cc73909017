//! Where texts come from: the loader asks, and never touches the world itself.

use std::{iter, ops::Range};

use thiserror::Error;

/// What the loader may ask the world for.
pub trait Sources {
    /// The bytes of a stack file, by its path from the project folder.
    ///
    /// It need not read more than `limit` and one byte. Links that lead out of the project folder
    /// are refused here; a path that leaves it by its words alone never arrives.
    fn stack_file(&self, path: &str, limit: usize) -> Result<Vec<u8>, SourceError>;

    /// The bytes of an SSH public key's file; `~` is the user's home.
    fn key_file(&self, path: &str) -> Result<Vec<u8>, SourceError>;

    /// The value of an environment variable.
    fn variable(&self, name: &str) -> Option<String>;

    /// How a stack file's path is shown to the user.
    fn shown(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// One file, and nothing else in the world.
pub struct OneFile<'a>(
    /// Its text.
    pub &'a str,
);

impl Sources for OneFile<'_> {
    fn stack_file(&self, _: &str, _: usize) -> Result<Vec<u8>, SourceError> {
        Ok(self.0.as_bytes().to_vec())
    }

    fn key_file(&self, _: &str) -> Result<Vec<u8>, SourceError> {
        Err(SourceError::Missing)
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}

/// Why a text could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SourceError {
    /// There is none.
    #[error("there is no such file")]
    Missing,
    /// A link leads out of the project folder.
    #[error("it lies outside the project folder")]
    Outside,
    /// The system said something else.
    #[error("{0}")]
    Unreadable(String),
}

/// A stretch of one of the files that make a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which file, in the order they were opened.
    pub file: usize,
    /// Its first byte.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
}

/// The files that make a stack, in the order they were opened.
#[derive(Clone, Debug, Default)]
pub struct Files(Vec<File>);

/// One file, and what of it must not be shown.
#[derive(Clone, Debug)]
struct File {
    shown: String,
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
    hidden: Vec<Range<usize>>,
}

impl Files {
    /// Adds a file and answers its number.
    pub fn open(&mut self, shown: String, text: String) -> usize {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = iter::once(0).chain(breaks).collect();
        self.0.push(File { shown, text, lines, hidden: Vec::new() });
        self.0.len() - 1
    }

    /// The text of a file, secrets and all; only for parsing.
    pub fn text(&self, file: usize) -> &str {
        &self.0[file].text
    }

    /// What a file is called in messages.
    pub fn shown(&self, file: usize) -> &str {
        &self.0[file].shown
    }

    /// The names of all files, as they are shown.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|file| file.shown.as_str())
    }

    /// Never shows this stretch: it may be a secret.
    pub fn hide(&mut self, place: Place) {
        self.0[place.file].hidden.push(place.start..place.end);
    }

    /// The text of a file with every hidden stretch as asterisks, byte for byte as long.
    pub fn veiled(&self, file: usize) -> String {
        let file = &self.0[file];
        let hidden = |at: usize| file.hidden.iter().any(|range| range.contains(&at));
        let veil = |(at, letter): (usize, char)| match letter {
            '\n' | '\r' => letter.to_string(),
            letter if hidden(at) => "*".repeat(letter.len_utf8()),
            letter => letter.to_string(),
        };
        if file.hidden.is_empty() {
            file.text.clone()
        } else {
            file.text.char_indices().map(veil).collect()
        }
    }

    /// Line and column of a place's start, from 1, the column in characters.
    pub fn line_and_column(&self, place: Place) -> (usize, usize) {
        let File { text, lines, .. } = &self.0[place.file];
        let at = text.floor_char_boundary(place.start.min(text.len()));
        let line = lines.partition_point(|start| *start <= at);
        let column = text[lines[line - 1]..at].chars().count() + 1;
        (line, column)
    }
}

#[cfg(test)]
mod tests {
    use super::{Files, Place};

    #[test]
    fn a_hidden_stretch_is_asterisks_of_the_same_length() {
        let mut files = Files::default();
        let file = files.open("a.yaml".to_owned(), "key: pä\nx\n".to_owned());
        files.hide(Place { file, start: 5, end: 10 });
        assert_eq!(files.veiled(file), "key: ***\n*\n");
        assert_eq!(files.veiled(file).len(), files.text(file).len());
    }

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let mut files = Files::default();
        let file = files.open("a.yaml".to_owned(), "a\nä b\n".to_owned());
        assert_eq!(files.line_and_column(Place { file, start: 0, end: 1 }), (1, 1));
        assert_eq!(files.line_and_column(Place { file, start: 5, end: 6 }), (2, 3));
        assert_eq!(files.line_and_column(Place { file, start: 99, end: 99 }), (3, 1));
    }
}
