//! A failure as a person reads it: what was tried, what the cause was, what to do next.

use std::{error::Error, fmt::Write as _};

use serde_json::{Value, json};

use crate::{
    cli::{
        Exit,
        output::Output,
        view::{json, style},
    },
    config::{Located, Report},
    values::in_full,
};

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

    /// Mistakes in a stack file, each with its place.
    pub fn mistakes(report: Report) -> Self {
        Self { text: Text::Mistakes(report), ..Self::new(Exit::Input, "") }
    }

    /// What a plan refuses, each with its way out.
    pub fn refusals(exit: Exit, refused: Vec<(String, String)>) -> Self {
        Self { text: Text::Refusals(refused), ..Self::new(exit, "") }
    }

    /// A failure with everything that led to it.
    pub fn caused(exit: Exit, error: &dyn Error) -> Self {
        Self::new(exit, in_full(error))
    }

    /// Adds that all is as it was.
    pub fn unchanged(mut self) -> Self {
        if let Text::Sentence(text) = &mut self.text {
            text.push_str("; nothing was changed");
        }
        self
    }

    /// Adds that DigitalOcean has not heard of it.
    pub fn unsent(mut self) -> Self {
        if let Text::Sentence(text) = &mut self.text {
            text.push_str("; nothing was sent");
        }
        self
    }

    /// Adds what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The text for a person.
    pub fn render(&self, output: Output) -> String {
        let text = match &self.text {
            Text::Sentence(text) => output.fitted(&format!("{}: {text}\n", style::error("error"))),
            Text::Mistakes(report) => format!("{}\n", report.render(output.look()).trim_end()),
            Text::Refusals(refused) => output.fitted(&refusals(refused)),
        };
        let hint = |hint| output.fitted(&format!("{}: {hint}\n", style::hint("help")));
        text + &self.hints.iter().map(hint).collect::<String>()
    }

    /// The document for programs.
    pub fn document(&self) -> Value {
        let mut content = json!({ "exit": self.exit.code(), "hints": self.hints });
        match &self.text {
            Text::Sentence(text) => content["message"] = json!(text),
            Text::Mistakes(report) => {
                content["message"] = json!("the stack file has mistakes");
                content["mistakes"] = report.located().iter().map(mistake).collect();
            }
            Text::Refusals(refused) => {
                content["message"] = json!(REFUSED);
                let refusal = |(message, help)| json!({ "message": message, "help": help });
                content["refusals"] = refused.iter().cloned().map(refusal).collect();
            }
        }
        json::document("error", &content)
    }
}

fn mistake(found: &Located) -> Value {
    let place = found
        .place
        .as_ref()
        .map(|(file, line, column)| json!({ "file": file, "line": line, "column": column }));
    json!({
        "severity": found.severity.word(),
        "message": found.message,
        "help": found.help,
        "place": place,
    })
}

/// What all refusals have in common.
const REFUSED: &str = "the plan is refused; nothing was changed";

fn refusals(refused: &[(String, String)]) -> String {
    let mut text = String::new();
    for (message, help) in refused {
        let _ = writeln!(text, "{}: {message}", style::error("error"));
        let _ = writeln!(text, "{}: {help}", style::hint("help"));
    }
    text + REFUSED + "\n"
}

/// What went wrong.
#[derive(Debug)]
pub enum Text {
    /// A sentence, the causes after it.
    Sentence(String),
    /// Everything that is wrong with a stack file.
    Mistakes(Report),
    /// Everything that a plan refuses, each with its way out.
    Refusals(Vec<(String, String)>),
}
