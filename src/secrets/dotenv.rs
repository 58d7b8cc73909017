//! `.env.<stack>`: variables in a file that its owner alone may read.
//!
//! The form is the one that shells and Compose share: `NAME=value`, `export` before it or not, `#`
//! for remarks, single quotes for a value as it stands, double quotes for one with `\n`, `\"`, `\\`
//! and `\$` in it; a quoted value may go over lines. Nothing in it is ever run or filled in.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::{secrets::SecretsError, values::SecretName};

/// The largest file that is read.
const LIMIT: u64 = 1 << 20;

/// What a file of variables says; none if there is no such file.
pub fn read(path: &Path) -> Result<BTreeMap<SecretName, SecretString>, SecretsError> {
    let Some(text) = private_text(path)? else { return Ok(BTreeMap::new()) };
    parse(&text).map_err(|(line, what)| SecretsError::Malformed {
        path: path.to_owned(),
        line,
        what: what.to_owned(),
    })
}

/// The text of a file that nobody but its owner may read; none if there is no such file.
pub fn private_text(path: &Path) -> Result<Option<Zeroizing<String>>, SecretsError> {
    let unreadable = |source| SecretsError::Read { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mode = file.metadata().map_err(unreadable)?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SecretsError::Open { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LIMIT + 1).read_to_string(&mut text).map_err(unreadable)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > LIMIT) {
        return Err(unreadable(io::ErrorKind::FileTooLarge.into()));
    }
    Ok(Some(text))
}

/// Where a text goes wrong, from line 1, and how.
type Wrong = (usize, &'static str);

/// The secrets of a text; other variables are not kept.
fn parse(text: &str) -> Result<BTreeMap<SecretName, SecretString>, Wrong> {
    let mut values = BTreeMap::new();
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| !letter.is_whitespace()) {
        rest = &rest[start..];
        let line = 1 + text[..text.len() - rest.len()].matches('\n').count();
        if rest.starts_with('#') {
            rest = after_line(rest);
            continue;
        }
        let wrong = |what| (line, what);
        let (name, after) = name(rest).ok_or(wrong("this is no `NAME=value`"))?;
        let (value, after) = value(after).map_err(wrong)?;
        rest = after;
        let Some(name) = SecretName::parse(name).filter(|_| !value.is_empty()) else { continue };
        if values.insert(name, SecretString::from(value.as_str())).is_some() {
            return Err(wrong("this variable was set above already"));
        }
    }
    Ok(values)
}

fn after_line(text: &str) -> &str {
    text.find('\n').map_or("", |end| &text[end + 1..])
}

/// The name of a variable, and what comes behind its `=`.
fn name(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix("export ").map_or(text, str::trim_start);
    let (name, value) = text.split_once('=')?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (!name.is_empty() && name.bytes().all(is_word)).then_some((name, value))
}

/// A value, and what comes behind it.
fn value(text: &str) -> Result<(Zeroizing<String>, &str), &'static str> {
    let (value, rest) = match text.chars().next() {
        Some('\'') => {
            let end = text[1..].find('\'').ok_or("the quote is never closed")?;
            (Zeroizing::new(text[1..=end].to_owned()), &text[end + 2..])
        }
        Some('"') => double_quoted(&text[1..])?,
        _ => {
            let line = text.split('\n').next().unwrap_or_default();
            let remark = line.find(" #").unwrap_or(line.len());
            return Ok((Zeroizing::new(line[..remark].trim().to_owned()), after_line(text)));
        }
    };
    let tail = rest.split('\n').next().unwrap_or_default().trim();
    if tail.is_empty() || tail.starts_with('#') {
        Ok((value, after_line(rest)))
    } else {
        Err("something follows the closing quote")
    }
}

/// A value up to its closing double quote, and what comes behind that.
fn double_quoted(text: &str) -> Result<(Zeroizing<String>, &str), &'static str> {
    let mut value = Zeroizing::new(String::with_capacity(text.len()));
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match letters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, escaped @ ('"' | '\\' | '$'))) => value.push(escaped),
                Some((_, other)) => value.extend(['\\', other]),
                None => break,
            },
            other => value.push(other),
        }
    }
    Err("the quote is never closed")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::parse;
    use crate::values::SecretName;

    fn value(text: &str) -> String {
        let values = parse(text).unwrap();
        values[&SecretName::parse("ORG_A").unwrap()].expose_secret().to_owned()
    }

    #[test]
    fn values_are_read_as_shells_and_compose_write_them() {
        for (text, expected) in [
            ("ORG_A=plain", "plain"),
            ("# a remark\n\nexport ORG_A=plain # another\n", "plain"),
            ("ORG_A=a=b#c", "a=b#c"),
            ("ORG_A=' as $it \"stands\" '\n", " as $it \"stands\" "),
            (r#"ORG_A="a\n\"b\" \\ \$c \d" # remark"#, "a\n\"b\" \\ $c \\d"),
            ("ORG_A=\"first\nsecond\"\nOTHER=1", "first\nsecond"),
            ("ORG_A=''\nORG_A=later", "later"),
            ("ORG_A=windows\r\nB=1\r\n", "windows"),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_variable_is_told_by_its_line_alone() {
        for (text, line) in [
            ("hunter2", 1),
            ("ORG_A=1\nORG A=hunter2", 2),
            ("\nORG_A='hunter2", 2),
            ("ORG_A=\"hunter2\\", 1),
            ("ORG_A='a' hunter2", 1),
            ("ORG_A=1\n\nORG_A=hunter2", 3),
        ] {
            let (found, what) = parse(text).unwrap_err();
            assert_eq!(found, line, "{text}");
            assert!(!what.contains("hunter2"));
        }
    }
}
