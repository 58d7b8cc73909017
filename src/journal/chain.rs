//! Lines that vouch for each other.
//!
//! A line is the entry's JSON with one more field at its end, `chain`: the beginning of the SHA-256
//! of the previous line's `chain` and of the entry's own text.

use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

/// How many hexadecimal digits of the hash are kept: 64 bits.
const DIGITS: usize = 16;

/// What stands between an entry's own text and the hash.
const FIELD: &str = r#","chain":""#;

/// What ends a line.
const END: &str = r#""}"#;

/// The hash a line ends with, which the next one begins from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// The hash that a line says it ends with, whether or not it is right.
    pub fn of_line(line: &str) -> Option<Self> {
        let (_, digits) = line.strip_suffix(END)?.rsplit_once(FIELD)?;
        (digits.len() == DIGITS).then(|| Self(digits.to_owned()))
    }
}

/// Writes an entry, which is an object, as a line without its end of line.
pub fn encode(entry: &impl Serialize, previous: &Link) -> (String, Link) {
    let mut text = serde_json::to_string(entry).expect("an entry has text keys only");
    text.pop();
    let link = link(previous, &text);
    text.push_str(FIELD);
    text.push_str(&link.0);
    text.push_str(END);
    (text, link)
}

/// Reads a line, or says what is wrong with it.
pub fn decode<T: DeserializeOwned>(line: &str, previous: &Link) -> Result<(T, Link), &'static str> {
    let body = line.strip_suffix(END).ok_or("it does not end as a line does")?;
    let cut = body.len().checked_sub(DIGITS).ok_or("it is too short")?;
    let (body, digits) = body.split_at_checked(cut).ok_or("its hash is none")?;
    let text = body.strip_suffix(FIELD).ok_or("it has no hash")?;
    let expected = link(previous, text);
    if expected.0 != digits {
        return Err("it does not fit its hash and the line before it");
    }
    let entry = serde_json::from_str(&format!("{text}}}")).map_err(|_| "it is no known record")?;
    Ok((entry, expected))
}

fn link(previous: &Link, text: &str) -> Link {
    let hash = Sha256::new().chain_update(&previous.0).chain_update(text).finalize();
    let mut first = [0; DIGITS / 2];
    first.copy_from_slice(&hash[..DIGITS / 2]);
    Link(format!("{:016x}", u64::from_be_bytes(first)))
}
