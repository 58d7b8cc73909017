//! Host keys: the one a machine is born with, for the first connection only, and the one it shows.
//!
//! Any process on the machine can read what it was born with, so the key proves who answers once,
//! and is replaced over that first connection. Its fingerprint is a tag in the create call, so that
//! any computer with the token can make that connection.

use std::fmt;

use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};
use ssh_key::{Fingerprint, HashAlg, LineEnding, PrivateKey, PublicKey, private::Ed25519Keypair};

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

/// The public half of the host key that a machine shows whoever connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownKey {
    key: PublicKey,
    digest: HostDigest,
}

impl ShownKey {
    /// Reads a key as it goes over the wire; none of a sort that nobody should use any more.
    pub fn read(blob: &[u8]) -> Option<Self> {
        let key = PublicKey::from_bytes(blob).ok()?;
        Some(Self { key, digest: HostDigest::of(blob) })
    }

    /// What tells it from others.
    pub const fn digest(&self) -> &HostDigest {
        &self.digest
    }

    /// Its fingerprint as `ssh-keygen -l` prints it, `SHA256:…`.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The key as one line, `ssh-ed25519 AAAA…`.
    pub fn line(&self) -> String {
        self.key.to_openssh().expect("a key that was read can be written down")
    }
}

/// What tells a host key from others: the first 128 bits of the SHA-256 of its public half, in
/// hexadecimal. That many digits fit a tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostDigest(String);

impl HostDigest {
    /// How many hexadecimal digits it has.
    const DIGITS: usize = 32;

    /// Reads a digest as a tag has it, or a fingerprint as `ssh-keygen -l` prints it (`SHA256:…`).
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with("SHA256:") {
            let fingerprint: Fingerprint = text.parse().ok()?;
            return Some(Self::written(fingerprint.as_bytes()));
        }
        // DigitalOcean keeps a tag in the spelling it first saw.
        let text = text.to_ascii_lowercase();
        let is_whole = text.len() == Self::DIGITS && text.bytes().all(|it| it.is_ascii_hexdigit());
        is_whole.then_some(Self(text))
    }

    /// The digest of a public key as it goes over the wire (RFC 4253, 6.6).
    pub fn of(blob: &[u8]) -> Self {
        Self::written(&Sha256::digest(blob))
    }

    fn written(hash: &[u8]) -> Self {
        let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        Self(
            digits
                .take(Self::DIGITS)
                .filter_map(|digit| char::from_digit(digit.into(), 16))
                .collect(),
        )
    }

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
    use ssh_key::PublicKey;

    use super::{HostDigest, HostKey, Seed, ShownKey};

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

    #[test]
    fn the_key_a_machine_shows_is_known_by_each_of_its_fingerprints() {
        let key = key(7, "vector");
        let blob = PublicKey::from_openssh(key.public()).unwrap().to_bytes().unwrap();
        let shown = ShownKey::read(&blob).unwrap();
        assert_eq!((shown.digest(), shown.line().as_str()), (key.digest(), key.public()));
        let written = [shown.fingerprint(), key.digest().to_string().to_uppercase()];
        for text in written {
            assert_eq!(HostDigest::parse(&text).as_ref(), Some(key.digest()), "{text}");
        }
        for text in ["", "SHA256:", "0a1b", "SHA512:abc", "zz".repeat(16).as_str()] {
            assert_eq!(HostDigest::parse(text), None, "{text}");
        }
        assert_eq!(ShownKey::read(b"no key"), None);
    }
}
