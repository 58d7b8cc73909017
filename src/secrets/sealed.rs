//! One value, encrypted: an age file in its armour, which the `age` program opens too.

use std::{
    fmt,
    io::{self, Read as _, Write as _},
    str::FromStr,
};

use age::{
    DecryptError, Decryptor, Encryptor,
    armor::{ArmoredReader, ArmoredWriter, Format},
};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::{
    secrets::{Keys, LONGEST, SecretsError, of_bytes},
    values::SecretName,
};

/// Somebody who can open values: the public half of an age key.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(age::x25519::Recipient);

impl Recipient {
    /// Reads `age1…`.
    pub fn parse(text: &str) -> Result<Self, SecretsError> {
        age::x25519::Recipient::from_str(text.trim())
            .map(Self)
            .map_err(|_| SecretsError::NoRecipient)
    }
}

impl From<age::x25519::Recipient> for Recipient {
    fn from(key: age::x25519::Recipient) -> Self {
        Self(key)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0.to_string())
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// Encrypts a value for everybody named, of whom there is at least one.
pub fn seal<'a>(
    value: &SecretString,
    recipients: impl Iterator<Item = &'a Recipient>,
) -> io::Result<String> {
    let recipients = recipients.map(|recipient| &recipient.0 as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
    let armour = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor)?;
    let mut writer = encryptor.wrap_output(armour)?;
    writer.write_all(value.expose_secret().as_bytes())?;
    let bytes = writer.finish().and_then(ArmoredWriter::finish)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// Decrypts the value of a name.
pub fn open(name: &SecretName, sealed: &str, keys: &Keys) -> Result<SecretString, SecretsError> {
    let damaged = || SecretsError::Damaged(name.clone());
    let decryptor = Decryptor::new(ArmoredReader::new(sealed.as_bytes())).map_err(|_| damaged())?;
    let reader = decryptor.decrypt(keys.all()).map_err(|error| {
        if matches!(error, DecryptError::NoMatchingKeys) {
            SecretsError::Foreign { name: name.clone(), key: keys.shown() }
        } else {
            damaged()
        }
    })?;
    // A line's end may come on top, and one byte more tells that it is too long.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 3));
    let most = u64::try_from(LONGEST + 3).unwrap_or(u64::MAX);
    reader.take(most).read_to_end(&mut bytes).map_err(|_| damaged())?;
    of_bytes(&bytes).map_err(|_| damaged())
}
