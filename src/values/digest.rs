//! Short hashes of what DigitalOcean does not give back.

use sha2::{Digest, Sha256};

/// How many hexadecimal digits of a hash are kept: 48 bits, enough to tell one stack's texts apart.
const DIGITS: usize = 12;

/// The first twelve hexadecimal digits of the SHA-256 of a text.
pub fn short_digest(text: &str) -> String {
    let digest = Sha256::digest(text);
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.take(DIGITS).filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::short_digest;

    #[test]
    fn the_same_text_has_the_same_digest_and_another_has_another() {
        assert_eq!(short_digest("a"), short_digest("a"));
        assert_ne!(short_digest("a"), short_digest("b"));
        // `printf abc | sha256sum | cut -c1-12`
        assert_eq!(short_digest("abc"), "ba7816bf8f01");
    }
}
