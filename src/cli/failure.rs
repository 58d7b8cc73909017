//! A failure as a person reads it: what was tried, what the cause was, what to do next.

use std::{error::Error, fmt::Write as _};

use crate::cli::{Exit, view::style};

/// Why a command ends otherwise than well.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What went wrong.
    pub text: Text,
    /// What to do next.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure that is its own cause.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, text: Text::Sentence(message.into()), hints: Vec::new() }
    }

    /// Findings that already are as a person reads them.
    pub fn rendered(exit: Exit, text: String) -> Self {
        Self { text: Text::Rendered(text), ..Self::new(exit, "") }
    }

    /// A failure with everything that led to it.
    pub fn caused(exit: Exit, error: &dyn Error) -> Self {
        Self::new(exit, chain(error))
    }

    /// Adds what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What went wrong, without what to do about it.
    pub fn message(&self) -> &str {
        match &self.text {
            Text::Sentence(text) | Text::Rendered(text) => text,
        }
    }

    /// The text for the terminal.
    pub fn render(&self) -> String {
        let mut text = match &self.text {
            Text::Sentence(text) => format!("{}: {text}\n", style::error("error")),
            Text::Rendered(text) => text.clone(),
        };
        for hint in &self.hints {
            let _ = writeln!(text, "{}: {hint}", style::hint("help"));
        }
        text
    }
}

/// What went wrong.
#[derive(Debug)]
pub enum Text {
    /// A sentence, the causes after it.
    Sentence(String),
    /// Findings with their places, as a person reads them.
    Rendered(String),
}

/// An error and its causes, joined by colons; a cause that its effect already names is left out.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            let _ = write!(text, ": {next}");
        }
        cause = error.source();
    }
    text
}
