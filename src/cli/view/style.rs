//! Labels to colours: the one table.
//!
//! Text means the same without colour; the stream takes the codes out where they cannot be shown.

use anstyle::{AnsiColor, Style};

use crate::plan::Action;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A heading.
pub fn heading(text: &str) -> String {
    paint(BOLD, text)
}

/// Something of less weight.
pub fn faint(text: &str) -> String {
    paint(DIM, text)
}

/// The word in front of an error.
pub fn error(text: &str) -> String {
    paint(AnsiColor::Red.on_default().bold(), text)
}

/// The word in front of a warning or a note.
pub fn warning(text: &str) -> String {
    paint(AnsiColor::Yellow.on_default().bold(), text)
}

/// The word in front of what to do next.
pub fn hint(text: &str) -> String {
    paint(AnsiColor::Cyan.on_default().bold(), text)
}

/// Something that went well.
pub fn good(text: &str) -> String {
    paint(AnsiColor::Green.on_default().bold(), text)
}

/// Something said of an action, in the action's colour.
pub fn action(action: Action, text: &str) -> String {
    let style = match action {
        Action::Nothing => DIM,
        Action::Create | Action::Adopt => AnsiColor::Green.on_default(),
        Action::Update | Action::Release => AnsiColor::Yellow.on_default(),
        Action::Resize => AnsiColor::Magenta.on_default(),
        Action::Replace | Action::Delete => AnsiColor::Red.on_default(),
    };
    paint(style, text)
}
