//! A value as a program printed it, or as it was typed.

use secrecy::SecretString;

/// The longest value in bytes; a chain of certificates has a few thousand.
pub const LONGEST: usize = 64 * 1024;

/// A text without the end of its last line, or what is odd about it, in words that go on from "the
/// value".
pub fn of_bytes(bytes: &[u8]) -> Result<SecretString, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is no text")?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        Err("is empty")
    } else if text.len() > LONGEST {
        Err("is longer than 64 KiB")
    } else if text.contains('\0') {
        Err("has a zero byte in it, which no environment can hold")
    } else {
        Ok(SecretString::from(text))
    }
}
