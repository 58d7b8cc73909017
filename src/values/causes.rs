//! Errors with what led to them.

use std::{error::Error, fmt::Write as _};

/// Writes an error and all its causes in one line; what a cause has in its own words already is
/// not said twice.
pub fn in_full(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            let _ = write!(text, ": {said}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Told {
        text: &'static str,
        #[source]
        cause: Option<Box<Self>>,
    }

    fn told(texts: &[&'static str]) -> Option<Box<Told>> {
        let (text, causes) = texts.split_first()?;
        Some(Box::new(Told { text, cause: told(causes) }))
    }

    #[test]
    fn every_cause_is_told_once() {
        let error = told(&["cannot send", "connection to a.b: reset", "reset"]).expect("an error");
        assert_eq!(in_full(&*error), "cannot send: connection to a.b: reset");
    }
}
