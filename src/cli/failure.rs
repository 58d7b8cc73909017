//! A failure as a person reads it: what was tried, what the cause was, what to do next.

use std::{error::Error, fmt::Write as _};

use crate::cli::Exit;

/// Why a command ends otherwise than well.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What went wrong, the causes after it.
    pub message: String,
    /// What to do next.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure that is its own cause.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hints: Vec::new() }
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

    /// The text for the terminal.
    pub fn render(&self) -> String {
        let mut text = format!("{}: {}\n", super::view::style::error("error"), self.message);
        for hint in &self.hints {
            let _ = writeln!(text, "{}: {hint}", super::view::style::hint("help"));
        }
        text
    }
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
