//! OpenSSH public keys.

use std::fmt;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The fingerprint form the API uses: MD5 in colon-separated hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Takes a fingerprint as the API said it.
    pub fn from_api(text: &str) -> Self {
        Self(text.to_ascii_lowercase())
    }

    /// The fingerprint as the API writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its first eight hexadecimal digits, to tell keys apart in a name.
    pub fn short(&self) -> String {
        self.0.chars().filter(|digit| *digit != ':').take(8).collect()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// A public key in OpenSSH's one-line form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey {
    /// `ssh-ed25519 AAAA… comment`.
    line: String,
    fingerprint: Fingerprint,
}

/// A text that is no OpenSSH public key; it never shows the text, which may be a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The text begins like a private key.
    #[error("this is a private key; name the file that ends in `.pub`")]
    Private,
    /// The text is no key at all.
    #[error("this is no OpenSSH public key (`ssh-ed25519 AAAA… comment`)")]
    NoKey,
}

impl PublicKey {
    /// Reads the one key of a text such as an `id_ed25519.pub`.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.contains("PRIVATE KEY") {
            return Err(KeyError::Private);
        }
        let line = text.trim();
        let key = ssh_key::PublicKey::from_openssh(line).map_err(|_| KeyError::NoKey)?;
        let blob = key.to_bytes().map_err(|_| KeyError::NoKey)?;
        Ok(Self { line: line.to_owned(), fingerprint: fingerprint(&blob) })
    }

    /// A key whose private half nobody has, the same for the same seed.
    ///
    /// The sandbox takes it where the user has no key yet.
    pub fn throw_away(seed: &str) -> Self {
        let bytes: [u8; 32] = sha2::Sha256::digest(seed).into();
        let key = ssh_key::PublicKey::from(ssh_key::public::Ed25519PublicKey(bytes));
        let line = key.to_openssh().expect("32 bytes encode as an ed25519 key");
        let blob = key.to_bytes().expect("32 bytes encode as an ed25519 key");
        Self { line: format!("{line} throw-away"), fingerprint: fingerprint(&blob) }
    }

    /// The key as one line.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The key as it goes over the wire.
    pub fn blob(&self) -> Vec<u8> {
        let key = ssh_key::PublicKey::from_openssh(&self.line).expect("the line was read before");
        key.to_bytes().expect("a key that was read can be written down")
    }

    /// Its fingerprint in the API's form.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        Self::parse(&text)
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.line
    }
}

fn fingerprint(blob: &[u8]) -> Fingerprint {
    let digits: Vec<String> = Md5::digest(blob).iter().map(|byte| format!("{byte:02x}")).collect();
    Fingerprint(digits.join(":"))
}

#[cfg(test)]
mod tests {
    use super::{KeyError, PublicKey};

    /// Made with `ssh-keygen -t ed25519`; its fingerprint with `ssh-keygen -l -E md5`.
    const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH5GyvNfa5yCBt7vp1vOutJXgdYjXme+sGqj40EuvkIJ dev@example";

    #[test]
    fn the_fingerprint_is_the_one_ssh_keygen_prints() {
        let key = PublicKey::parse(LINE).unwrap();
        assert_eq!(key.fingerprint().as_str(), "9f:5f:a3:f6:5a:d4:40:d7:08:75:91:a3:12:f3:0a:30");
    }

    #[test]
    fn a_private_key_is_refused_without_being_shown() {
        let text = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n";
        let refused = PublicKey::parse(text).unwrap_err();
        assert_eq!(refused, KeyError::Private);
        assert!(!refused.to_string().contains("b3BlbnNza"));
    }

    #[test]
    fn other_texts_are_refused_without_being_shown() {
        for text in ["", "hunter2", "ssh-ed25519 AAAA", "ssh-rsa !!!! me"] {
            let refused = PublicKey::parse(text).unwrap_err();
            assert_eq!(refused, KeyError::NoKey, "{text}");
        }
    }

    #[test]
    fn a_throw_away_key_is_a_key_and_the_same_each_time() {
        let key = PublicKey::throw_away("core-dev");
        assert_eq!(PublicKey::parse(key.line()).unwrap(), key);
        assert_eq!(PublicKey::throw_away("core-dev"), key);
        assert_ne!(PublicKey::throw_away("other"), key);
    }
}
