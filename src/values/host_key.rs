//! The host key a machine is born with, for the first connection only.
//!
//! Any process on the machine can read what it was born with, so the key proves who answers once,
//! and is replaced over that first connection. Its fingerprint is a tag in the create call, so that
//! any computer with the token can make that connection.

use std::fmt;

use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};
use ssh_key::{LineEnding, PrivateKey, PublicKey, private::Ed25519Keypair};

/// Chance from outside, from which every key of a run is derived.
pub struct Seed(SecretBox<[u8; 32]>);

impl Seed {
    /// A seed of bytes that nobody can guess.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// The host key of one thing, which is the same each time it is asked for.
    pub fn host_key(&self, of: &str) -> HostKey {
        let derived = Sha256::new().chain_update(self.0.expose_secret()).chain_update(of);
        HostKey::from_seed(&derived.finalize().into())
    }
}

/// An ed25519 host key.
#[derive(Debug)]
pub struct HostKey {
    private: SecretString,
    public: String,
    digest: HostDigest,
}

impl HostKey {
    fn from_seed(seed: &[u8; 32]) -> Self {
        let key = PrivateKey::from(Ed25519Keypair::from_seed(seed));
        let private = key.to_openssh(LineEnding::LF).expect("an ed25519 key can be written down");
        let public = key.public_key();
        let blob = public.to_bytes().expect("an ed25519 key can be written down");
        Self {
            private: SecretString::from(private.as_str()),
            public: public.to_openssh().expect("an ed25519 key can be written down"),
            digest: HostDigest::of(&blob),
        }
    }

    /// The private half in OpenSSH's form, several lines.
    pub fn private(&self) -> &str {
        self.private.expose_secret()
    }

    /// The public half, `ssh-ed25519 AAAA…`.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// What tells it from others.
    pub const fn digest(&self) -> &HostDigest {
        &self.digest
    }
}

/// What tells a host key from others: the first 128 bits of the SHA-256 of its public half, in
/// hexadecimal. That many digits fit a tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostDigest(String);

impl HostDigest {
    /// How many hexadecimal digits it has.
    const DIGITS: usize = 32;

    /// The digest of a public key as it goes over the wire (RFC 4253, 6.6).
    pub fn of(blob: &[u8]) -> Self {
        let digest = Sha256::digest(blob);
        let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        Self(
            digits
                .take(Self::DIGITS)
                .filter_map(|digit| char::from_digit(digit.into(), 16))
                .collect(),
        )
    }
}

impl HostDigest {
    /// The digest of a public key in OpenSSH's form, one line.
    pub fn of_line(line: &str) -> Option<Self> {
        let key = PublicKey::from_openssh(line.trim()).ok()?;
        Some(Self::of(&key.to_bytes().ok()?))
    }
}

impl fmt::Display for HostDigest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{HostDigest, HostKey, Seed};

    fn key(seed: u8, of: &str) -> HostKey {
        Seed::new([seed; 32]).host_key(of)
    }

    #[test]
    fn a_machine_has_one_key_and_another_machine_or_run_another() {
        let (one, again) = (key(7, "vector"), key(7, "vector"));
        assert_eq!((one.public(), one.private()), (again.public(), again.private()));
        assert_ne!(one.digest(), key(7, "app").digest());
        assert_ne!(one.digest(), key(8, "vector").digest());
        assert_eq!(HostDigest::of_line(one.public()).as_ref(), Some(one.digest()));
        assert!(one.private().starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
        assert!(one.public().starts_with("ssh-ed25519 "));
    }

    #[test]
    fn its_private_half_is_not_shown_by_chance() {
        let shown = format!("{:?}", key(7, "vector"));
        assert!(!shown.contains("PRIVATE KEY"));
    }
}
