//! Mistakes and warnings, each with its place, shown as rustc and cargo show theirs.

use std::{fmt, ops::Range};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::config::source::{Files, Place};

/// How many findings are shown; behind them the reader has lost the thread.
const SHOWN: usize = 50;

/// The longest message, in characters: a value of a megabyte is not repeated whole.
const MESSAGE: usize = 600;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file means nothing until this is put right.
    Error,
    /// It is valid and probably not meant.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a lowercase fragment.
    pub message: String,
    /// Where; a file that could not be read has no place.
    pub place: Option<Place>,
    /// Other places that have a part in it, each with a word on which.
    pub also: Vec<(Place, String)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A mistake at a place.
    pub fn error(place: Place, message: impl fmt::Display) -> Self {
        Self::new(Severity::Error, Some(place), message)
    }

    /// A finding of any kind.
    pub fn new(severity: Severity, place: Option<Place>, message: impl fmt::Display) -> Self {
        let message = printable(&message.to_string());
        Self { severity, message, place, also: Vec::new(), help: None }
    }

    /// Adds what to do about it.
    pub fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into().map(|help| printable(&help));
        self
    }

    /// Adds another place that has a part in it.
    pub fn also(mut self, place: Place, label: impl Into<String>) -> Self {
        self.also.push((place, label.into()));
        self
    }
}

/// Whether a rendered report carries colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Text alone.
    Plain,
    /// With terminal colours.
    Styled,
}

/// One finding with its place in words, for output that programs read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The file, its line and its column, both from 1.
    pub place: Option<(String, usize, usize)>,
}

/// What was found in a stack file, in the order of its lines.
#[derive(Clone, Debug, Default)]
pub struct Report {
    files: Files,
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// The findings over these files; each is told once.
    pub fn new(files: Files, mut diagnostics: Vec<Diagnostic>) -> Self {
        diagnostics.sort_by_key(|one| (one.severity, one.place));
        diagnostics.dedup();
        Self { files, diagnostics }
    }

    /// Each finding.
    #[cfg(test)]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Each finding with its place in words, the first fifty of them.
    pub fn located(&self) -> Vec<Located> {
        let words = |place: Place| {
            let (line, column) = self.files.line_and_column(place);
            (self.files.shown(place.file).to_owned(), line, column)
        };
        let locate = |one: &Diagnostic| Located {
            severity: one.severity,
            message: one.message.clone(),
            help: one.help.clone(),
            place: one.place.map(words),
        };
        self.diagnostics.iter().take(SHOWN).map(locate).collect()
    }

    /// The findings as text, each with the line it is about, the first fifty of them.
    pub fn render(&self, look: Look) -> String {
        let veiled: Vec<String> =
            self.files.names().enumerate().map(|(file, _)| self.files.veiled(file)).collect();
        let renderer = match look {
            Look::Plain => Renderer::plain(),
            Look::Styled => Renderer::styled(),
        };
        let mut blocks: Vec<String> = self
            .diagnostics
            .iter()
            .take(SHOWN)
            .map(|one| renderer.render(&[self.group(one, &veiled)]))
            .collect();
        if let Some(more) = self.diagnostics.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            blocks.push(format!("... and {more} more; put the first {SHOWN} right to see them"));
        }
        blocks.join("\n\n")
    }

    fn group<'a>(&'a self, one: &'a Diagnostic, veiled: &'a [String]) -> Group<'a> {
        let level = match one.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level.primary_title(one.message.as_str());
        let mut group = title.elements(self.snippets(one, veiled));
        if let Some(help) = &one.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        group
    }

    fn snippets<'a>(
        &'a self,
        one: &'a Diagnostic,
        veiled: &'a [String],
    ) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
        let Some(primary) = one.place else { return Vec::new() };
        let snippet = |file: usize| {
            Snippet::source(veiled[file].as_str()).path(self.files.shown(file)).fold(true)
        };
        let mut first = snippet(primary.file)
            .annotation(AnnotationKind::Primary.span(within(primary, &veiled[primary.file])));
        let mut others = Vec::new();
        for (place, label) in &one.also {
            let span = within(*place, &veiled[place.file]);
            let note = AnnotationKind::Context.span(span).label(label.as_str());
            if place.file == primary.file {
                first = first.annotation(note);
            } else {
                others.push(snippet(place.file).annotation(note));
            }
        }
        others.insert(0, first);
        others
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.render(Look::Plain))
    }
}

/// A place's bytes on its first line, cut to the text and to whole characters.
fn within(place: Place, text: &str) -> Range<usize> {
    let start = text.floor_char_boundary(place.start.min(text.len()));
    let end = text.ceil_char_boundary(place.end.clamp(start, text.len()));
    let line = text[start..end].find(['\n', '\r']).map_or(end, |at| start + at);
    start..line
}

/// A text without control characters, and not longer than a message may be.
fn printable(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(MESSAGE)
        .flat_map(|letter| {
            let odd = letter.is_control();
            let escaped = odd.then(|| letter.escape_default());
            escaped.into_iter().flatten().chain((!odd).then_some(letter))
        })
        .collect();
    if text.chars().nth(MESSAGE).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, Look, Report};
    use crate::config::source::{Files, Place};

    fn two_lines() -> Files {
        let mut files = Files::default();
        files.open("a.yaml".to_owned(), "one: 1\ntwo: 2\n".to_owned());
        files
    }

    #[test]
    fn a_finding_shows_its_line_and_what_to_do() {
        let place = Place { file: 0, start: 7, end: 10 };
        let one =
            Diagnostic::error(place, "unknown field `two`").help("did you mean `ten`?".to_owned());
        insta::assert_snapshot!(Report::new(two_lines(), vec![one]).render(Look::Plain), @r"
        error: unknown field `two`
         --> a.yaml:2:1
          |
        2 | two: 2
          | ^^^
          |
          = help: did you mean `ten`?
        ");
    }

    #[test]
    fn findings_come_in_the_order_of_the_lines_and_once() {
        let at = |start| Diagnostic::error(Place { file: 0, start, end: start + 1 }, start);
        let report = Report::new(two_lines(), vec![at(7), at(0), at(7)]);
        let order: Vec<_> = report.located().into_iter().map(|one| one.message).collect();
        assert_eq!(order, ["0", "7"]);
    }

    #[test]
    fn the_fifty_first_finding_is_only_counted() {
        let at = |number: usize| {
            Diagnostic::error(Place { file: 0, start: 0, end: 1 }, format!("mistake {number:03}"))
        };
        let text = Report::new(two_lines(), (0..53).map(at).collect()).render(Look::Plain);
        assert!(text.contains("mistake 049") && !text.contains("mistake 050"), "{text}");
        assert!(text.ends_with("... and 3 more; put the first 50 right to see them"), "{text}");
    }

    #[test]
    fn a_place_behind_the_text_and_a_control_character_do_no_harm() {
        let place = Place { file: 0, start: 900, end: 10 };
        let text = Report::new(two_lines(), vec![Diagnostic::error(place, "a\nb\u{1b}[1m")])
            .render(Look::Plain);
        assert!(text.contains(r"a\nb\u{1b}[1m"), "{text}");
    }
}
