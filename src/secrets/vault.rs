//! `stacks/<stack>.secrets.yaml`: values that may be kept beside the stack file, in version control.
//!
//! The names can be read, so that a review shows what changed; each value is encrypted by itself for
//! everybody under `recipients`, so that giving a value needs no key, and two people who change
//! two values do not meet. Who may write the file may put another value in it; age tells who can
//! read, not who wrote.

use std::{collections::BTreeMap, fmt::Write as _, fs, io, path::Path};

use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    secrets::{Keys, Recipient, SecretsError, file, lock, sealed},
    values::SecretName,
};

/// The largest file that is read.
const LIMIT: u64 = 16 << 20;

/// What a file begins with.
const HEAD: &str = "\
# Secrets of the stack beside this file, each encrypted with age for everybody under `recipients`.
# `dostack secrets` reads and changes them.
";

/// What is not as it should be: this program alone writes such files.
const ODD: &str = "this is no file of secrets: it has `recipients`, and `secrets` by name";

/// A file of encrypted values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vault {
    /// Who can open the values, by what they are called here.
    pub recipients: BTreeMap<String, Recipient>,
    values: BTreeMap<SecretName, String>,
}

/// The file as YAML.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    recipients: BTreeMap<String, String>,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
}

impl Vault {
    /// Reads a file; none if there is no such file.
    pub fn read(path: &Path) -> Result<Option<Self>, SecretsError> {
        let unreadable = |source| SecretsError::Read { path: path.to_owned(), source };
        let text = match fs::metadata(path) {
            Ok(about) if about.len() <= LIMIT => fs::read_to_string(path).map_err(unreadable)?,
            Ok(_) => return Err(unreadable(io::ErrorKind::FileTooLarge.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        Self::parse(&text).map(Some).map_err(|line| SecretsError::Malformed {
            path: path.to_owned(),
            line,
            what: ODD.to_owned(),
        })
    }

    /// Reads a text; what is wrong is told by its line, since its words may be a value.
    fn parse(text: &str) -> Result<Self, usize> {
        let line = |error: serde_yaml::Error| error.location().map_or(1, |place| place.line());
        let written: Written = serde_yaml::from_str(text).map_err(line)?;
        let line_of = |word: &str| {
            1 + text.lines().position(|line| line.trim_start().starts_with(word)).unwrap_or(0)
        };
        let recipients = written.recipients.into_iter().map(|(who, key)| {
            let parsed = Recipient::parse(&key).map_err(|_| line_of(&who))?;
            Ok((who, parsed))
        });
        let recipients = recipients.collect::<Result<_, usize>>()?;
        let values = written.secrets.into_iter().map(|(name, value)| {
            let parsed = SecretName::parse(&name).ok_or_else(|| line_of(&name))?;
            Ok((parsed, value))
        });
        Ok(Self { recipients, values: values.collect::<Result<_, usize>>()? })
    }

    /// The text of the file.
    fn render(&self) -> String {
        let mut text = format!("{HEAD}recipients:\n");
        for (who, key) in &self.recipients {
            let _ = writeln!(text, "  {who}: {key}");
        }
        text.push_str(if self.values.is_empty() { "secrets: {}\n" } else { "secrets:\n" });
        for (name, sealed) in &self.values {
            let _ = writeln!(text, "  {name}: |");
            for line in sealed.lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
        text
    }

    /// Changes the file at a path, and nobody else does meanwhile; without a file, `fresh` is
    /// changed and becomes it. What is read back has to be what was meant, or nothing is written.
    pub fn change<T>(
        path: &Path,
        fresh: impl FnOnce() -> Result<Self, SecretsError>,
        change: impl FnOnce(&mut Self) -> Result<T, SecretsError>,
    ) -> Result<T, SecretsError> {
        let unwritable = |source| SecretsError::Write { path: path.to_owned(), source };
        let _alone = lock::hold(path)?;
        let mut vault = match Self::read(path)? {
            Some(vault) => vault,
            None => fresh()?,
        };
        let done = change(&mut vault)?;
        let text = vault.render();
        if Self::parse(&text).as_ref() != Ok(&vault) {
            return Err(unwritable(io::ErrorKind::InvalidData.into()));
        }
        file::replace(path, text.as_bytes()).map_err(unwritable)?;
        Ok(done)
    }

    /// Encrypts every value anew for everybody under `recipients`.
    pub fn seal_anew(&mut self, keys: &Keys) -> Result<(), SecretsError> {
        let names: Vec<SecretName> = self.values.keys().cloned().collect();
        for name in names {
            let value = self.open(&name, keys)?;
            self.put(name, &value)?;
        }
        Ok(())
    }

    /// The names that have a value.
    pub fn names(&self) -> impl Iterator<Item = &SecretName> {
        self.values.keys()
    }

    /// Whether a name has a value.
    pub fn has(&self, name: &SecretName) -> bool {
        self.values.contains_key(name)
    }

    /// The value of a name that has one.
    pub fn open(&self, name: &SecretName, keys: &Keys) -> Result<SecretString, SecretsError> {
        let sealed = self.values.get(name);
        let missing = || SecretsError::Missing([name.clone()].into());
        sealed::open(name, sealed.ok_or_else(missing)?, keys)
    }

    /// Gives a name a value that everybody under `recipients` can open.
    pub fn put(&mut self, name: SecretName, value: &SecretString) -> Result<(), SecretsError> {
        if self.recipients.is_empty() {
            return Err(SecretsError::NobodyReads);
        }
        let sealed = sealed::seal(value, self.recipients.values());
        let sealed = sealed.map_err(|source| SecretsError::Seal { name: name.clone(), source })?;
        self.values.insert(name, sealed);
        Ok(())
    }

    /// Takes a name's value away, and tells whether there was one.
    pub fn remove(&mut self, name: &SecretName) -> bool {
        self.values.remove(name).is_some()
    }
}
