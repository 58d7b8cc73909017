//! What somebody meant who typed a command or a word that dostack does not have.

use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::project;

/// What other tools call it, and what it is called here.
const WORDS: [(&str, &str); 14] = [
    ("plan", "preview"),
    ("diff", "preview"),
    ("show", "preview"),
    ("apply", "up"),
    ("deploy", "up"),
    ("create", "up"),
    ("update", "up"),
    ("down", "destroy"),
    ("delete", "destroy"),
    ("remove", "destroy"),
    ("rm", "destroy"),
    ("new", "init"),
    ("ls", "outputs"),
    ("list", "outputs"),
];

/// What to type instead, where that can be told.
pub fn meant(error: &clap::Error) -> Option<String> {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    if error.kind() == ErrorKind::InvalidSubcommand {
        let typed = word(ContextKind::InvalidSubcommand)?;
        let (_, ours) = WORDS.iter().find(|(theirs, _)| *theirs == typed)?;
        return Some(format!("`dostack {ours}` does that"));
    }
    if error.kind() == ErrorKind::UnknownArgument {
        let typed = word(ContextKind::InvalidArg)?;
        let is_stack = project::names().iter().any(|name| name == typed);
        let path = Path::new(typed);
        let is_yaml = path.extension().is_some_and(|it| it == "yaml" || it == "yml");
        let is_meant = is_stack || is_yaml || path.is_file();
        return is_meant.then(|| format!("name the stack with `--stack {typed}`"));
    }
    if error.kind() == ErrorKind::ValueValidation {
        let port: u16 = word(ContextKind::InvalidValue)?.trim_start_matches(':').parse().ok()?;
        let flag = word(ContextKind::InvalidArg)?.split(' ').next()?;
        return flag.ends_with("listen").then(|| format!("write `{flag} 127.0.0.1:{port}`"));
    }
    None
}
