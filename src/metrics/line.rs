//! One line of a page of metrics, read strictly (Prometheus: Exposition formats).

use std::collections::BTreeMap;

/// A sample as it stands in its line.
#[derive(Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// The metric's name.
    pub name: &'a str,
    /// Its labels, their values as they are meant.
    pub labels: BTreeMap<String, String>,
    /// Its number as it was written.
    pub value: &'a str,
}

/// Reads a line; a blank one and a comment are none. The error says what was expected.
pub fn read(line: &str) -> Result<Option<Sample<'_>>, &'static str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (name, rest) = name(line).ok_or("expected a metric's name")?;
    let (labels, rest) = labels(rest.trim_start())?;
    // What follows the number is the time of the sample, and in OpenMetrics an exemplar.
    let value = rest.split_whitespace().next().ok_or("expected a number")?;
    let _: f64 = value.parse().map_err(|_| "expected a number")?;
    Ok(Some(Sample { name, labels, value }))
}

/// The name at the beginning of a text, and the rest of it.
fn name(text: &str) -> Option<(&str, &str)> {
    let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    let end = text.find(|letter| !word(letter)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let starts = name.starts_with(|first: char| !first.is_ascii_digit());
    starts.then_some((name, rest))
}

/// The labels at the beginning of a text, if there are any, and the rest of it.
fn labels(text: &str) -> Result<(BTreeMap<String, String>, &str), &'static str> {
    let mut labels = BTreeMap::new();
    let Some(mut rest) = text.strip_prefix('{') else { return Ok((labels, text)) };
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('}') {
            return Ok((labels, after));
        }
        let (name, after) = name(rest).ok_or("expected a label's name")?;
        let after = after.trim_start().strip_prefix('=').ok_or("expected `=` after a label")?;
        let after = after.trim_start().strip_prefix('"').ok_or("expected a quoted value")?;
        let (value, after) = quoted(after).ok_or("a label's value does not end")?;
        if labels.insert(name.to_owned(), value).is_some() {
            return Err("a label stands there twice");
        }
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(next) => next,
            None if after.starts_with('}') => after,
            None => return Err("expected `,` or `}` after a label"),
        };
    }
}

/// A text up to its closing quote, its escapes undone, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[place + 1..])),
            '\\' => value.push(match letters.next()?.1 {
                'n' => '\n',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn labels_are_what_was_meant() {
        let line = r#"a_total{x="1,2=3}", y = "q\"\\\n" ,} 4 1395066363000 # {id="7"} 1"#;
        let sample = read(line).unwrap().unwrap();
        assert_eq!((sample.name, sample.value), ("a_total", "4"));
        let labels: Vec<_> = sample.labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(labels, [("x", "1,2=3}"), ("y", "q\"\\\n")]);
        assert_eq!(read("a {} +Inf").unwrap().unwrap().value, "+Inf");
        assert!(read("a NaN").unwrap().unwrap().labels.is_empty());
    }

    #[test]
    fn comments_and_blanks_are_no_samples() {
        for line in ["", "  ", "# HELP a b", "# EOF"] {
            assert_eq!(read(line), Ok(None), "{line}");
        }
    }

    #[test]
    fn what_is_no_sample_is_refused() {
        for line in [
            "<html>",
            "1a 2",
            "a",
            "a b",
            "a{",
            "a{x} 1",
            "a{x=1} 1",
            "a{x=\"1} 1",
            "a{x=\"1\" y=\"2\"} 1",
            "a{x=\"1\",x=\"2\"} 1",
            "a{x=\"1\"}",
            "\u{e9} 1",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
