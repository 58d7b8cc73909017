//! The places where values are looked for, in the order in which they count.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use secrecy::SecretString;

use crate::{
    secrets::{KeyFile, Origin, SecretsError, Store, Vault, dotenv, program},
    values::SecretName,
};

/// Where values are looked for.
pub struct Sources {
    /// The project's folder, in which programs run.
    pub folder: PathBuf,
    /// The environment of this process; an empty variable is as good as none.
    pub environment: BTreeMap<String, String>,
    /// The stack's file of variables.
    pub dotenv: PathBuf,
    /// The programs that the stack file names.
    pub programs: BTreeMap<SecretName, Vec<String>>,
    /// The file of encrypted values.
    pub vault: PathBuf,
    /// What opens them.
    pub key: KeyFile,
}

/// What the files say.
struct Files {
    dotenv: BTreeMap<SecretName, SecretString>,
    vault: Option<Vault>,
}

impl Sources {
    /// Where the value of each name comes from; nothing is decrypted and no program run.
    pub fn origins(
        &self,
        names: &BTreeSet<SecretName>,
    ) -> Result<BTreeMap<SecretName, Option<Origin>>, SecretsError> {
        let files = self.files()?;
        let origin = |name: &SecretName| (name.clone(), self.origin(name, &files));
        Ok(names.iter().map(origin).collect())
    }

    /// The value of each name, or all that are missing at once.
    ///
    /// Only what supplies one of these is asked: no program runs for a value that the environment
    /// has, and no key is needed where nothing is encrypted.
    pub fn values(&self, names: &BTreeSet<SecretName>) -> Result<Store, SecretsError> {
        let files = self.files()?;
        let mut missing = BTreeSet::new();
        let mut asked = BTreeMap::new();
        let mut sealed = Vec::new();
        let mut values = Vec::new();
        for name in names {
            match self.origin(name, &files) {
                None => _ = missing.insert(name.clone()),
                Some(Origin::Environment) => {
                    let value = self.environment.get(name.as_str());
                    values.extend(value.map(|it| (name.clone(), SecretString::from(it.as_str()))));
                }
                Some(Origin::Dotenv(_)) => {
                    values.extend(files.dotenv.get(name).map(|it| (name.clone(), it.clone())));
                }
                Some(Origin::Program(_)) => {
                    let program = self.programs.get(name);
                    asked.extend(program.map(|words| (name.clone(), words.clone())));
                }
                Some(Origin::Vault(_)) => sealed.push(name),
            }
        }
        if !missing.is_empty() {
            return Err(SecretsError::Missing(missing));
        }
        if let (Some(vault), false) = (&files.vault, sealed.is_empty()) {
            let keys = self.key.read()?;
            for name in sealed {
                values.push((name.clone(), vault.open(name, &keys)?));
            }
        }
        let bench = program::Bench { folder: &self.folder, environment: &self.environment };
        values.extend(program::ask(&bench, &asked)?);
        Ok(values.into_iter().collect())
    }

    fn files(&self) -> Result<Files, SecretsError> {
        Ok(Files { dotenv: dotenv::read(&self.dotenv)?, vault: Vault::read(&self.vault)? })
    }

    fn origin(&self, name: &SecretName, files: &Files) -> Option<Origin> {
        if self.environment.get(name.as_str()).is_some_and(|value| !value.is_empty()) {
            return Some(Origin::Environment);
        }
        if files.dotenv.contains_key(name) {
            return Some(Origin::Dotenv(self.dotenv.display().to_string()));
        }
        if let Some(words) = self.programs.get(name) {
            return Some(Origin::Program(words.first().cloned().unwrap_or_default()));
        }
        let vault = files.vault.as_ref().filter(|vault| vault.has(name));
        vault.map(|_| Origin::Vault(self.vault.display().to_string()))
    }
}
