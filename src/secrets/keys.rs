//! The age keys of whoever works here, in a file as `age-keygen` writes it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use age::{
    secrecy::ExposeSecret as _,
    x25519::{Identity, Recipient as PublicKey},
};
use zeroize::Zeroizing;

use crate::secrets::{Recipient, SecretsError, dotenv::private_text, file};

/// Where the key file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFile {
    /// Where the user says; never made by us, since a mistyped path would look like a lost key.
    Named(PathBuf),
    /// Where it usually is; made when it is first needed.
    Usual(PathBuf),
}

impl KeyFile {
    /// Its path.
    pub fn path(&self) -> &Path {
        match self {
            Self::Named(path) | Self::Usual(path) => path,
        }
    }

    /// The keys in it.
    pub fn read(&self) -> Result<Keys, SecretsError> {
        let path = self.path();
        let text = private_text(path)?.ok_or_else(|| SecretsError::NoKey(path.to_owned()))?;
        let keys = text.lines().zip(1..).map(|(line, number)| (line.trim(), number));
        let keys = keys.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
        let key = |(line, number): (&str, usize)| {
            line.parse::<Identity>().map_err(|_| SecretsError::Malformed {
                path: path.to_owned(),
                line: number,
                what: "this is no age key; one begins with `AGE-SECRET-KEY-1`".to_owned(),
            })
        };
        let all: Vec<Identity> = keys.map(key).collect::<Result<_, _>>()?;
        if all.is_empty() {
            return Err(SecretsError::NoKey(path.to_owned()));
        }
        Ok(Keys(all))
    }

    /// The keys in it; the usual file is made if there is none. Tells whether it was.
    pub fn read_or_make(&self) -> Result<(Keys, Made), SecretsError> {
        match (self.read(), self) {
            (Err(SecretsError::NoKey(_)), Self::Usual(path)) if !path.exists() => {
                make(path).map(|keys| (keys, Made::Now))
            }
            (read, _) => read.map(|keys| (keys, Made::Before)),
        }
    }
}

/// Whether a key was there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// It was.
    Before,
    /// It was made just now.
    Now,
}

/// Keys that open values.
pub struct Keys(Vec<Identity>);

impl Keys {
    /// The public halves.
    pub fn recipients(&self) -> impl Iterator<Item = Recipient> {
        self.0.iter().map(|key| Recipient::from(key.to_public()))
    }

    /// The keys as the age crate takes them.
    pub fn all(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.0.iter().map(|key| key as &dyn age::Identity)
    }

    /// The public halves in words.
    pub fn shown(&self) -> String {
        self.recipients().map(|key| key.to_string()).collect::<Vec<_>>().join(", ")
    }
}

/// Makes a key in a folder that its owner alone may enter; a file that is there is never written over.
fn make(path: &Path) -> Result<Keys, SecretsError> {
    let unwritable = |source| SecretsError::Write { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    file::private_folder(folder).map_err(unwritable)?;
    let key = Identity::generate();
    let public: PublicKey = key.to_public();
    let text = Zeroizing::new(format!(
        "# made by dostack\n# public key: {public}\n{}\n",
        key.to_string().expose_secret()
    ));
    file::create_private(path, text.as_bytes()).map_err(unwritable)?;
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
    Ok(Keys(vec![key]))
}
